"""`digitizer review`: the server itself."""

import sys
from pathlib import Path

import uvicorn

from digitizer.review.app import create_app
from digitizer.review.security import LOOPBACK
from digitizer.store import Store


def serve(store: Store, workspace: Path, host: str, port: int) -> None:
    """Serve the pages of a workspace until interrupted."""
    app = create_app(store, workspace, hosts=(*LOOPBACK, host))
    print(f"Review pages: http://{host}:{port}/  (Ctrl+C ends it)", file=sys.stderr)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
