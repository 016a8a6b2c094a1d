"""A service in this process, on a real port, for tests that speak HTTP or drive a browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from feedback.settings import Settings, load_settings
from feedback.web.app import build_app

__all__ = ["serving"]


@contextmanager
def serving(path: Path, settings: Settings | None = None) -> Iterator[str]:
    """Serve the store at `path` for the block, and give the address to ask, without a slash at its end."""
    app = build_app(str(path), settings or load_settings())
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()  # whoever asks before the service has begun waits for it
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
