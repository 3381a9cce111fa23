"""`digitizer review`: the server itself, from an open port to its end."""

import contextlib
import errno
import ipaddress
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import uvicorn

from digitizer.errors import UsageError
from digitizer.execution import log_to_file
from digitizer.review.app import create_app
from digitizer.review.gate import access_code
from digitizer.review.security import LOOPBACK
from digitizer.store import Store

# Requests still running when the server is told to end may take this long.
_GRACE_S = 3
# A hard field takes a while: the next decision should not wait for a new connection.
_KEEP_ALIVE_S = 75
# What the system keeps waiting while we answer others.
_BACKLOG = 128
_EVERYWHERE = ("0.0.0.0", "::", "")


class _Server(uvicorn.Server):
    """Ends on Ctrl+C or a termination signal as a command that is done, not as one broken off."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let ``handle_exit`` answer both signals, and no one else afterwards."""
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(
    store: Store,
    workspace: Path,
    host: str,
    port: int,
    *,
    code: str | None = None,
    log_level: int,
    quiet: bool = False,
    watch: Sequence[Path] = (),
) -> None:
    """Serve the pages of a workspace until interrupted; all is saved then.

    ``host``: name or address to listen at; ``port`` 0 takes a free one.
    ``code``: another access code, for a host that other computers reach; they
    need one in any case. ``watch``: folders whose new scans are read meanwhile.
    Raises UsageError where the port cannot be had.
    """
    with contextlib.closing(open_port(host, port)) as listening:
        port = listening.getsockname()[1]
        alone = is_loopback(host)
        if code is not None and alone:
            raise UsageError(f"--code is for other computers: give --host too, {host} is this one")
        asked = None if alone else access_code(store, code)
        if quiet and asked is not None and code is None:
            raise UsageError("--quiet would hide the access code: give one with --code")
        log_to_file(workspace / "run.log", log_level)
        app = create_app(store, workspace, hosts=names_of(host), code=asked, watch=watch)
        # A server that was killed may have left the CSV files behind its last decisions.
        app.state.desk.show_anew(())
        if not quiet:
            for line in _greeting(host, port, asked):
                print(line, file=sys.stderr, flush=True)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            # Nobody stands between us and the browser who could name another address.
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        _Server(config).run(sockets=[listening])


def open_port(host: str, port: int) -> socket.socket:
    """A socket that listens at ``host``, ``port``; UsageError where it cannot be had."""
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError, OverflowError) as error:
        raise UsageError(f"--host {host}: there is no such name or address") from error
    family, kind, protocol, _, address = found[0]
    listening = socket.socket(family, kind, protocol)
    try:
        # A server that has just ended must not hold the port for a minute more.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise UsageError(_no_port(host, port, error)) from error
    return listening


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches a server that listens at ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str) -> tuple[str, ...]:
    """Names under which browsers may ask for a server that listens at ``host``."""
    if is_loopback(host):
        return (*LOOPBACK, host)
    if host not in _EVERYWHERE:
        return (*LOOPBACK, host)
    own = socket.gethostname()
    return (*LOOPBACK, own, f"{own.partition('.')[0]}.local", socket.getfqdn())


def _no_port(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {port} is taken, perhaps by another `digitizer review`: look there first "
            f"(http://{_in_url(host)}:{port}/), or add --port {port + 1}"
        )
    if error.errno == errno.EACCES:
        return f"port {port} needs an administrator: add --port 8484"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is no address of this computer: use 127.0.0.1, or 0.0.0.0 for all"
    return f"port {port} of {host} cannot be opened: {error.strerror or error}"


def _greeting(host: str, port: int, code: str | None) -> Iterator[str]:
    shown = socket.gethostname() if host in _EVERYWHERE else host
    yield f"Review pages: http://{_in_url(shown)}:{port}/  (Ctrl+C ends it, all is saved)"
    if code is not None:
        yield f"Access code: {code}"
        yield (
            "Other computers reach this server and its traffic is not encrypted: "
            "use it within a trusted network only."
        )


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
