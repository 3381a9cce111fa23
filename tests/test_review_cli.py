"""`digitizer review` as people start and end it: a process of its own."""

import contextlib
import csv
import errno
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from fake_pages import page_ref

from digitizer import cli
from digitizer.errors import ExitCode, UsageError
from digitizer.ids import sheet_id
from digitizer.review import serve
from digitizer.store import DATABASE_FILE, Store

SHEET = sheet_id(page_ref("one").sha256, 1)
START_S = 60.0
COMMAND = [sys.executable, "-m", "digitizer", "review"]


class Started:
    """A running `digitizer review`; ``said``: what it has written to stderr so far."""

    def __init__(self, *arguments: str, port: int) -> None:
        """Start it; ``port`` 0 takes a free one."""
        # Ctrl+C of the tests' own terminal must not reach it.
        self.process = subprocess.Popen(
            [*COMMAND, *arguments, "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def url(self) -> str:
        """Where it serves."""
        end = time.monotonic() + START_S
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"http://(\S+):(\d+)/", "".join(self.said))
            if found:
                return f"http://127.0.0.1:{found[2]}"
            time.sleep(0.05)
        raise AssertionError(f"it did not start: {self.said}")

    def end(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Interrupt it; returns exit status and stdout."""
        self.process.send_signal(number)
        status = self.process.wait(START_S)
        self._reader.join(START_S)
        assert self.process.stdout is not None
        with self.process.stdout:
            return status, self.process.stdout.read()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self.said.extend(lines)


@contextlib.contextmanager
def started(*arguments: str, port: int = 0) -> Iterator[Started]:
    """A running `digitizer review` that does not outlive the test."""
    running = Started(*arguments, port=port)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.end()


@contextlib.contextmanager
def signed_in(url: str, **more: str) -> Iterator[httpx2.Client]:
    """A client that is signed in as Ann."""
    with httpx2.Client(base_url=url, follow_redirects=True) as client:
        given = {"csrf": token(client), "name": "Ann", "next": "/", **more}
        assert client.post("/sign-in", data=given).status_code == 200
        yield client


def token(client: httpx2.Client) -> str:
    """The token of the client's session."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    return found[1]


def test_ctrl_c_ends_it_as_done_with_the_csv_files_written(workspace: Path) -> None:
    with started(str(workspace)) as running:
        with signed_in(running.url()) as client:
            given = {"csrf": token(client), "verb": "accept", "value": "Anna Roy"}
            path = f"/field/{SHEET}/1/name"
            assert client.post(path, data=given, follow_redirects=False).status_code < 400
        status, out = running.end()
    assert status == ExitCode.OK
    assert out == ""
    assert running.said[0].startswith("Review pages: http://127.0.0.1:")
    assert running.said[-1].startswith("Review has ended")
    with (workspace / "records.csv").open(encoding="utf-8-sig") as lines:
        names = {line["record_id"]: line["name"] for line in csv.DictReader(lines)}
    assert names[f"{SHEET}-r01"] == "Anna Roy"
    assert (workspace / "sheets.csv").is_file()
    with Store.open(workspace / DATABASE_FILE) as store:
        (decision,) = store.decisions()
    assert (decision.who, decision.after) == ("Ann", "Anna Roy")


def test_csv_files_that_a_killed_server_left_behind_are_written_at_the_start(
    workspace: Path,
) -> None:
    file = workspace / "records.csv"
    file.write_text("of before\n")
    with started(str(workspace)) as running:
        running.url()
        end = time.monotonic() + START_S
        while "Ana Roy" not in file.read_text("utf-8-sig"):
            assert time.monotonic() < end, "records.csv stays as it was"
            time.sleep(0.05)


def test_a_termination_signal_ends_it_the_same_way(workspace: Path) -> None:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with started(str(workspace), "--quiet", port=port) as running:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with contextlib.suppress(httpx2.TransportError):
                httpx2.get(f"http://127.0.0.1:{port}/sign-in", timeout=1.0)
                break
        status, out = running.end(signal.SIGTERM)
    assert (status, out, running.said) == (ExitCode.OK, "", [])


def test_a_server_for_others_tells_its_code_and_asks_for_it(workspace: Path) -> None:
    with started(str(workspace), "--host", "0.0.0.0", "--supervisor", "Léa Roy") as running:
        url = running.url()
        told = re.search(r"Access code: (\S+)", "".join(running.said))
        for _ in range(100):
            if told:
                break
            time.sleep(0.05)
            told = re.search(r"Access code: (\S+)", "".join(running.said))
        assert told is not None
        with httpx2.Client(base_url=url) as client:
            given = {"csrf": token(client), "name": "Ann", "code": "wrong"}
            assert client.post("/sign-in", data=given).status_code == 422
        with signed_in(url, code=told[1]) as client:
            page = client.get("/people").text
            assert "Léa Roy" in page
        running.end()
    assert "not encrypted" in "".join(running.said)
    with Store.open(workspace / DATABASE_FILE) as store:
        roles = store.read(lambda c: {r.name: r.supervisor for r in _known(c)})
    assert roles == {"Ann": False, "Léa Roy": True}


def _known(connection: object) -> tuple:  # type: ignore[type-arg]
    from digitizer.workspace.reviewers import known_reviewers

    return known_reviewers(connection)  # type: ignore[arg-type]


def test_a_port_that_is_taken_is_told_with_what_to_type(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with contextlib.closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        status = cli.main(["review", str(workspace), "--port", str(port)])
    said = capsys.readouterr()
    assert status == ExitCode.USAGE
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert f"port {port} is taken" in said.err
    assert "--port" in said.err


def test_a_folder_that_is_no_workspace_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["review", str(tmp_path)]) == ExitCode.STORE
    assert "no workspace" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["starlette", "python_multipart"])
def test_without_its_packages_one_line_says_what_to_install(workspace: Path, package: str) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from digitizer.cli import main\n"
        f"sys.exit(main(['review', {str(workspace)!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ended.returncode == ExitCode.DEPENDENCY
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert package in line
    assert "pip install -e" in line and "[review]" in line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--code", "MEADOW-4242"], "--code is for other computers"),
        (["--host", "0.0.0.0", "--code", "short"], "at least"),
        (["--host", "0.0.0.0", "--quiet"], "give one with --code"),
        (["--watch", "no/such/folder"], "is no folder"),
        (["--host", "no.such.host.invalid"], "no such name"),
        (["--host", "203.0.113.7"], "no address of this computer"),
    ],
    ids=[
        "code on loopback",
        "short code",
        "quiet hides the code",
        "no folder",
        "no such name",
        "not ours",
    ],
)
def test_what_makes_no_sense_is_told_before_anything_is_served(
    workspace: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert cli.main(["review", str(workspace), "--port", "0", *arguments]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert told in said.err
    assert "Review pages" not in said.err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_number_of_a_port(workspace: Path, port: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["review", str(workspace), "--port", port])
    assert ended.value.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("office.example", False),
        ("", False),
    ],
)
def test_only_this_computer_reaches_loopback(host: str, alone: bool) -> None:
    assert serve.is_loopback(host) is alone


def test_a_server_for_all_addresses_knows_its_own_names() -> None:
    names = serve.names_of("0.0.0.0")
    assert socket.gethostname() in names
    assert "127.0.0.1" in names
    assert "evil.example" not in names


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EADDRINUSE, "is taken"),
        (errno.EACCES, "needs an administrator"),
        (errno.ENOBUFS, "cannot be opened"),
    ],
)
def test_a_port_that_cannot_be_had_says_why(
    monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    class Refused(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(socket, "socket", Refused)
    with pytest.raises(UsageError, match=told):
        serve.open_port("127.0.0.1", 80)
