"""`feedback serve`: intake, assessing, API and pages in one process."""

import signal
import socket
from typing import NoReturn

import click

from feedback.cli.shared import db_option, opened
from feedback.errors import CannotListen, OpenToOthers
from feedback.service.access import any_tokens
from feedback.settings import load_settings

__all__ = ["serve"]

_LAST_ANSWERS_SECONDS = 5


@click.command()
@click.option("--host", metavar="ADDRESS", help="Where to listen. [default: serve.host in the settings]")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="At which port; 0 takes a free one. [default: serve.port in the settings]",
)
@db_option
def serve(host: str | None, port: int | None, db: str | None) -> None:
    """
    Answer the HTTP API and the pages, and assess what comes in.

    One process, one SQLite file, no broker. What was answered with accepted is durable; assessing goes on behind.
    SIGTERM and Ctrl-C stop it; the next start goes on where it stopped. While there are no tokens only programs and browsers of this machine are answered, and no other address is listened on.
    """
    import uvicorn  # noqa: PLC0415  slow to import, and no other command needs it

    from feedback.logs import begin_logging  # noqa: PLC0415  as above
    from feedback.web.app import build_app  # noqa: PLC0415  as above
    from feedback.web.guard import is_loopback  # noqa: PLC0415  as above

    settings = load_settings()
    asked = host or settings.serve.host
    if not is_loopback(asked) and not any_tokens(opened(db)):
        raise OpenToOthers(asked)
    listening = _listening(asked, settings.serve.port if port is None else port)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, _end)  # the server raises what it was told once more, when it has ended
    begin_logging(settings.logging)
    app = build_app(db, settings)
    address, taken = listening.getsockname()[:2]
    click.echo(f"Serving at http://{f'[{address}]' if ':' in address else address}:{taken}/")
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS
    )
    uvicorn.Server(config).run(sockets=[listening])


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)


def _listening(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens there.

    Raises:
        CannotListen: Somebody else does, or the address is none of this machine.
    """
    try:
        # the protocol too: asyncio sends small answers at once only where the socket names it
        (family, kind, protocol, _, place), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{host}:{port}", error.strerror or str(error)) from error
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
        made.listen()
    except OSError as error:
        made.close()
        raise CannotListen(f"{host}:{port}", error.strerror or str(error)) from error
    return made
