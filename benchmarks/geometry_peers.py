"""Other programs for skew, orientation and tables, each in a process of its own.

``run_peer`` hands pictures to ``geometry_peer_worker.py`` and returns its
answers. Peers whose packages would disturb ours (another OpenCV) have an
environment of their own, made on first use in .benchmarks-cache.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.geometry_common import ROOT, Skipped
from benchmarks.peers import environment_of

# Environment of each peer: its name and what is installed into it; none: ours.
SKEW_PACKAGES = ("jdeskew==0.4.2", "deskew==1.6.1")
PEERS: dict[str, tuple[str, ...]] = {
    "leptonica": (),
    "jdeskew": SKEW_PACKAGES,
    "deskew": SKEW_PACKAGES,
    "tesseract-osd": (),
    "pp-lcnet": (),
    "img2table": ("img2table==2.0.0",),
    "wired-table-rec": ("wired-table-rec==1.0.2",),
}


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """What a peer said of a picture: ``value`` by its kind, None with ``error``."""

    value: Any
    ms: float
    error: str


def run_peer(peer: str, pictures: Sequence[Path]) -> list[PeerAnswer]:
    """Let ``peer`` look at all ``pictures``, one after the other on one core."""
    packages = PEERS[peer]
    python = Path(sys.executable)
    if packages:
        try:
            python = environment_of(packages)
        except subprocess.CalledProcessError as error:
            raise Skipped(f"{peer} cannot be installed: {error}") from error
    worker = ROOT / "benchmarks" / "geometry_peer_worker.py"
    finished = subprocess.run(
        [python, worker, peer],
        input="".join(f"{picture}\n" for picture in pictures),
        capture_output=True,
        text=True,
        check=False,
    )
    answers: dict[str, PeerAnswer] = {}
    for line in finished.stdout.splitlines():
        said = json.loads(line)
        answers[said["path"]] = PeerAnswer(said["value"], said["ms"], said["error"])
    if not answers:
        raise Skipped(f"{peer} could not be started: {finished.stderr.strip()[-300:]}")
    lost = PeerAnswer(None, float("nan"), "the process died")
    return [answers.get(str(picture), lost) for picture in pictures]
