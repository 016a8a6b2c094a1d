"""`feedback serve`: intake, assessing, API and pages in one process."""

import click

from feedback.cli.shared import db_option
from feedback.settings import load_settings

__all__ = ["serve"]


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
    SIGTERM and Ctrl-C stop it; the next start goes on where it stopped.
    """
    import uvicorn  # noqa: PLC0415  slow to import, and no other command needs it

    from feedback.logs import begin_logging  # noqa: PLC0415  as above
    from feedback.web.app import build_app  # noqa: PLC0415  as above

    settings = load_settings()
    begin_logging(settings.logging)
    app = build_app(db, settings)
    config = uvicorn.Config(
        app,
        host=host or settings.serve.host,
        port=settings.serve.port if port is None else port,
        log_config=None,
        access_log=False,
        server_header=False,
    )
    socket = config.bind_socket()
    address, taken = socket.getsockname()[:2]
    click.echo(f"Serving at http://{f'[{address}]' if ':' in address else address}:{taken}/")
    uvicorn.Server(config).run(sockets=[socket])
