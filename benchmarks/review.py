"""How fast the review pages are on a large workspace, and whether twenty people get along.

    python -m benchmarks.review [--records 100000] [--workspace DIR] [--decisions 60]
    python -m benchmarks.review --reviewers 20 --seconds 20 --pace 4 --no-browser

Builds an invented workspace (kept where ``--workspace`` names it), starts the
real server (`digitizer review`) as a process, and measures

- how long until it answers, and until everything is in the queue;
- in Chromium: from the press of Enter to the moment the next card stands there
  with its picture painted, first after a look at each card and then without any;
  keystrokes and requests a decision;
- N people at once over HTTP, each taking ``--pace`` seconds a decision, and
  then without any pause; every answer is checked, and afterwards the database:
  each decision that was answered is there once (none lost), and no field was
  decided by two (none double);
- the simplest thing that could work (``--baseline``): one page with a table of
  all doubtful fields, an input beside each crop, and one Save.

Needs Playwright and Chromium for the browser's part.
"""

import argparse
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks import review_baseline
from benchmarks.review_people import Crowd, work_together
from benchmarks.review_workspace import build
from digitizer.store import DATABASE_FILE, Store

HOST = "127.0.0.1"
CHROMIUM = "/usr/bin/chromium"
# Longest wait for the server, and for it to have taken everything in.
START_S = 60
READY_S = 600
TARGET_MS = 100.0

# Starts the clock at Enter and stops it when another card is painted with its picture.
_TIMER = """
() => {
  const card = () => document.querySelector("#card");
  window.timeNext = () => new Promise((resolve) => {
    const old = card().dataset.path;
    document.addEventListener("keydown", () => {
      const began = performance.now();
      const look = () => {
        const now = card();
        if (!now || now.dataset.path === old) return requestAnimationFrame(look);
        const drawn = now.querySelector(".crop image, .crop img");
        const picture = new Image();
        picture.src = drawn ? drawn.getAttribute("href") || drawn.getAttribute("src") : "";
        // Decoded, and then the frame after the one in which it is there has been painted.
        const painted = () => requestAnimationFrame(() => requestAnimationFrame(
          () => resolve(performance.now() - began)));
        picture.decode().then(painted, painted);
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
    window.timerReady = true;
  });
}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one table."""
    given = _parse(arguments)
    with _workspace(given) as workspace:
        lines = [("records", f"{given.records:,}")]
        with _server(workspace) as (address, started_s, process):
            lines.append(("server answers after", f"{started_s:.1f} s"))
            lines.append(("everything in the queue after", f"{_wait_ready(address):.1f} s"))
            if given.browser:
                lines += _in_browser(address, given.decisions, given.look)
            for pace in (given.pace, 0.0):
                before_s = _cpu_s(process)
                together, decided = _together(
                    workspace, address, given.reviewers, given.seconds, pace
                )
                used_ms = 1000 * (_cpu_s(process) - before_s) / max(decided, 1)
                lines += [*together, ("... processor time a decision", f"{used_ms:.0f} ms")]
        if given.baseline:
            lines += review_baseline.measure(workspace)
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name:<{width}}  {value}")
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--workspace", type=Path, help="keep the workspace here, or use it again")
    parser.add_argument("--decisions", type=int, default=60, help="in the browser")
    parser.add_argument("--look", type=float, default=0.3, help="seconds before each Enter")
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--pace", type=float, default=4.0, help="seconds a decision of a person")
    parser.add_argument("--baseline", action="store_true")
    parser.add_argument("--no-browser", dest="browser", action="store_false")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _workspace(given: argparse.Namespace) -> Iterator[Path]:
    if given.workspace is not None:
        if not (given.workspace / DATABASE_FILE).exists():
            build(given.workspace, given.records)
        yield given.workspace
        return
    folder = Path(tempfile.mkdtemp(prefix="digitizer-review-"))
    try:
        yield build(folder / "workspace", given.records)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _server(workspace: Path) -> Iterator[tuple[str, float, psutil.Process]]:
    """The server's address, after how many seconds it answered, and its process."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "digitizer", "review", str(workspace), "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
                break
            if process.poll() is not None or time.monotonic() - began > START_S:
                raise SystemExit("the server did not start")
            time.sleep(0.05)
        yield f"http://{HOST}:{port}", time.monotonic() - began, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(READY_S)


def _wait_ready(address: str) -> float:
    """Seconds until the queue has stopped growing, as its page tells."""
    began = time.monotonic()
    crowd = Crowd(address, "Waiting")
    while "data-loading" in crowd.get("/queue"):
        if time.monotonic() - began > READY_S:
            raise SystemExit("the queue was never whole")
        time.sleep(0.5)
    return time.monotonic() - began


def _in_browser(address: str, decisions: int, look_s: float) -> list[tuple[str, str]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}/sign-in")
        page.fill("#name", "Browser")
        page.press("#name", "Enter")
        page.goto(f"{address}/next")
        page.wait_for_selector("#card")
        page.evaluate(_TIMER)
        requests: list[str] = []
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")

        def count(event: dict[str, Any]) -> None:
            # The icon comes from the browser's own cache.
            if not event["response"].get("fromDiskCache"):
                requests.append(event["response"]["url"])

        network.on("Network.responseReceived", count)

        def press(times: int, pause_s: float) -> list[float]:
            took_ms = []
            for _ in range(times):
                page.wait_for_timeout(1000 * pause_s)
                timed = page.evaluate_handle("() => ({ promise: window.timeNext() })")
                page.keyboard.press("Enter")
                took_ms.append(float(timed.evaluate("(timed) => timed.promise")))
            page.wait_for_timeout(1000 * look_s)
            return took_ms

        # The card behind the first one is asked for by itself.
        page.wait_for_timeout(1000 * look_s)
        requests.clear()
        looked, asked = press(decisions, look_s), len(requests)
        raced = press(decisions, 0.0)
        browser.close()
    return [
        ("Chromium: Enter to next card, median", f"{statistics.median(looked):.0f} ms"),
        (
            "Chromium: 95th percentile",
            f"{_percentile(looked, 95):.0f} ms (target {TARGET_MS:.0f})",
        ),
        ("... Enter as soon as a card is there, median", f"{statistics.median(raced):.0f} ms"),
        ("... 95th percentile", f"{_percentile(raced, 95):.0f} ms"),
        ("keystrokes a right reading", "1 (Enter)"),
        ("requests a decision", f"{asked / decisions:.2f} (target 2)"),
    ]


def _together(
    workspace: Path, address: str, people: int, seconds: float, pace_s: float
) -> tuple[list[tuple[str, str]], int]:
    """Lines to print, and how many decisions were taken."""
    with Store.open(workspace / DATABASE_FILE) as store:
        before = len(store.decisions())
        done = work_together(address, people, seconds, pace_s)
        stored = store.decisions()[before:]
    places = [(d.sheet_id, d.row, d.field) for d in stored]
    told = {decided for one in done for decided in one.decided}
    lost = len(told - set(places))
    double = len(places) - len(set(places))
    times = [ms for one in done for ms in one.took_ms]
    errors = sum(one.errors for one in done)
    what = f"{people} people, " + (f"{pace_s:g} s a decision" if pace_s else "no pause")
    lines = [
        (f"{what}: decisions", f"{len(told)} ({len(told) / seconds:.1f}/s)"),
        (f"{what}: lost / double / errors", f"{lost} / {double} / {errors}"),
        (f"{what}: refused as conflicts", str(sum(one.conflicts for one in done))),
        (f"{what}: card shown ahead was right", f"{sum(one.kept for one in done)}"),
        (f"{what}: decision to its answer, median", f"{statistics.median(times):.0f} ms"),
        (f"{what}: 95th percentile", f"{_percentile(times, 95):.0f} ms"),
    ]
    return lines, len(told)


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def _percentile(values: Sequence[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1]


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
