"""A service in this process, on a real port, for tests that speak HTTP or drive a browser."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import httpx
import uvicorn

from feedback.settings import Settings, load_settings
from feedback.web.app import build_app

__all__ = ["asking", "serving"]


@contextmanager
def serving(path: Path, settings: Settings | None = None, *, assessing: bool = True) -> Iterator[str]:
    """Serve the store at `path` for the block, and give the address to ask, without a slash at its end."""
    app = build_app(str(path), settings or load_settings())
    listening = socket.socket(proto=socket.IPPROTO_TCP)  # without it asyncio sends small answers late
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    lives: Literal["on", "off"] = "on" if assessing else "off"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan=lives))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        app.state.stores.close()


@contextmanager
def asking(path: Path, settings: Settings | None = None) -> Iterator[httpx.Client]:
    """Serve the store at `path` for the block with nobody assessing, and give a client that asks it."""
    with serving(path, settings, assessing=False) as address, httpx.Client(base_url=address) as client:
        yield client
