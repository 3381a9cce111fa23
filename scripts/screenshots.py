"""Take the pictures of the review pages in docs/review, from the samples, in real Chromium.

    scripts/screenshots.py [--out docs/review] [--workspace DIR]

Without ``--workspace`` the committed samples are read first. Everybody on them
is invented. The pictures change whenever a page does: look at them.
"""

import argparse
import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
START_S = 60.0
WIDE = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=375, height=740)

# Name of the picture, path of the page, and what else: "fr" in French, "phone" narrow,
# "dark" with dark colours.
PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("progress", "/", ()),
    ("card", "/next?field=name", ()),
    ("card-postal-code", "/next?field=postal_code&order=column", ("dark",)),
    ("card-french", "/next?field=address", ("fr",)),
    ("card-phone", "/next?field=name", ("phone",)),
    ("queue", "/queue", ()),
    ("groups", "/groups", ()),
    ("sheets", "/sheets", ()),
    ("add", "/add", ()),
    ("people", "/people", ()),
)


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "review")
    parser.add_argument("--workspace", type=Path, help="a workspace to show (it is not changed)")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        if given.workspace is not None:
            shutil.copytree(given.workspace, workspace)
        else:
            scans = ROOT / "samples" / "scans"
            run = [sys.executable, "-m", "digitizer", "run", str(scans), "--out", str(workspace)]
            subprocess.run(run, check=False, cwd=ROOT)
        with _served(workspace) as url, _chromium() as browser:
            for name, path, ways in PAGES:
                page = _open(browser, url, ways)
                page.goto(f"{url}{path}")
                if name == "sheets":
                    _shoot(page, given.out / "sheets.png")
                    page.click("main a[href^='/sheet/']")
                    _shoot(page, given.out / "sheet.png")
                    page.goto(f"{page.url}?edit=rows")
                    page.evaluate("document.querySelector('.frame').scrollTop = 1e6")
                    name = "sheet-rows"
                if name == "groups":
                    _first_group(page)
                _shoot(page, given.out / f"{name}.png")
                page.context.close()
    return 0


def _first_group(page: Page) -> None:
    """Go on to a field that has groups, where the page offers a choice."""
    links = page.locator("main a[href*='/groups?']")
    if links.count():
        links.first.click()


@contextlib.contextmanager
def _served(workspace: Path) -> Iterator[str]:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "digitizer", "review", str(workspace), "--port", str(port)]
    server = subprocess.Popen([*command, "--quiet"], cwd=ROOT)
    try:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
                break
            time.sleep(0.2)
        yield f"http://{HOST}:{port}"
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def _chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def _open(browser: Browser, url: str, ways: tuple[str, ...]) -> Page:
    """A page with somebody signed in."""
    context = browser.new_context(
        viewport=PHONE if "phone" in ways else WIDE,
        color_scheme="dark" if "dark" in ways else "light",
        locale="fr-CA" if "fr" in ways else "en-CA",
    )
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("#name", "Robin")
    page.press("#name", "Enter")
    page.wait_for_url(f"{url}/")
    return page


def _shoot(page: Page, target: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(target))
    sys.stderr.write(f"{target}\n")


if __name__ == "__main__":
    sys.exit(main())
