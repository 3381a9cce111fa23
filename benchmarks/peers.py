"""Two ways to do the same with what is at hand, run over whole sheets.

- ``rapidocr``: RapidOCR's detection and recognition over the page as it is.
  It knows no rows, so a field counts as read if its value stands anywhere in
  the page's texts: kinder than any program that had to find its row.
- ``img2table``: img2table 2.0 finds the ruled table, Tesseract reads its cells.
  Rows are matched to the truth in the way that favours it most; a field counts
  if its value stands anywhere in the cells of its row.

Both get pictures of the pages at the resolution that digitizer uses, made
beforehand: rendering PDF is not counted against them. A crash is a page not
read. img2table needs another OpenCV, so it runs in an environment of its own,
which is made on first use in .benchmarks-cache.
"""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import Usage, measured

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".benchmarks-cache"
IMG2TABLE = "img2table==2.0.0"
PEERS = ("rapidocr", "img2table")


@dataclass(frozen=True, slots=True)
class SeenText:
    """A text that a peer read; ``score`` is its own, None where it gives none."""

    text: str
    score: float | None


@dataclass(frozen=True, slots=True)
class SeenPage:
    """What a peer saw on a page: loose texts, and rows of cells of all its tables."""

    texts: tuple[SeenText, ...]
    rows: tuple[tuple[SeenText, ...], ...]
    error: str


@dataclass(frozen=True, slots=True)
class PeerRun:
    """All pages in the order given; ``loading_s``: until the last process was ready."""

    pages: tuple[SeenPage, ...]
    usage: Usage
    loading_s: float


def environment_of(packages: Sequence[str]) -> Path:
    """The interpreter of an environment that holds ``packages``; makes it on first use."""
    named = "-".join(packages).replace("==", "-").replace("<", "-below-")
    environment = CACHE / named
    python = environment / "bin" / "python"
    done = environment / "ready"
    if not done.exists():
        print(f"Installing {' '.join(packages)} into {environment} ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        done.touch()
    return python


def python_of(peer: str) -> Path:
    """The interpreter that can import ``peer``; makes img2table's environment."""
    return environment_of((IMG2TABLE,)) if peer == "img2table" else Path(sys.executable)


def seen_page(answer: dict[str, Any]) -> SeenPage:
    """A worker's answer as a record."""
    return SeenPage(
        texts=tuple(SeenText(text, score) for text, score in answer["texts"]),
        rows=tuple(
            tuple(SeenText(cell, None) for cell in row)
            for table in answer["tables"]
            for row in table
        ),
        error=answer["error"],
    )


def run_peer(peer: str, pictures: Sequence[Path], *, processes: int) -> PeerRun:
    """Let ``peer`` read all ``pictures``, shared out among ``processes``."""
    command = [str(python_of(peer)), str(ROOT / "benchmarks" / "peer_worker.py"), peer]
    answers: dict[str, SeenPage] = {}
    loaded_at: list[float] = []

    def feed(share: Sequence[Path]) -> None:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as worker:
            lines, _ = worker.communicate("".join(f"{picture}\n" for picture in share))
        for line in lines.splitlines():
            answer = json.loads(line)
            if answer.get("ready"):
                loaded_at.append(answer["at"])
            else:
                answers[answer["path"]] = seen_page(answer)

    with measured() as usage, ThreadPoolExecutor(processes) as feeders:
        started = time.time()
        list(feeders.map(feed, [pictures[number::processes] for number in range(processes)]))
    if not loaded_at:
        raise SystemExit(f"{peer} could not be started: {' '.join(command)}")
    lost = SeenPage((), (), "the process died")
    return PeerRun(
        pages=tuple(answers.get(str(picture), lost) for picture in pictures),
        usage=usage,
        loading_s=max(loaded_at) - started,
    )


def remembered_pages(
    peer: str, pictures: Sequence[Path], *, processes: int, cache: Path | None
) -> tuple[SeenPage, ...]:
    """What ``peer`` saw on ``pictures``, kept in ``cache`` by the pictures' content.

    A peer does not change between two runs of a benchmark, digitizer does.
    Never for speed: what is remembered took no time.
    """
    if cache is None:
        return run_peer(peer, pictures, processes=processes).pages
    cache.mkdir(parents=True, exist_ok=True)
    version = hashlib.sha256((ROOT / "benchmarks" / "peer_worker.py").read_bytes()).hexdigest()
    kept = [
        cache / f"{peer}-{version[:8]}-{hashlib.sha256(picture.read_bytes()).hexdigest()}.json"
        for picture in pictures
    ]
    new = [k for k, file in enumerate(kept) if not file.exists()]
    if new:
        run = run_peer(peer, [pictures[k] for k in new], processes=processes)
        for k, page in zip(new, run.pages, strict=True):
            answer = {
                "texts": [(seen.text, seen.score) for seen in page.texts],
                "tables": [[[seen.text for seen in row] for row in page.rows]],
                "error": page.error,
            }
            kept[k].write_text(json.dumps(answer), encoding="utf-8")
    return tuple(seen_page(json.loads(file.read_text(encoding="utf-8"))) for file in kept)
