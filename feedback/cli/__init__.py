"""The command line: one group of commands, a file a family."""

import click

from feedback import __version__
from feedback.cli import (
    assess,
    corrections,
    coverage,
    dead_letters,
    demo,
    evaluate,
    ingest,
    patterns,
    registrations,
    serve,
    store,
    templates,
    tickets,
    tokens,
    train,
    worker,
)
from feedback.cli.shared import Family

__all__ = ["main"]


@click.group(cls=Family, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="feedback")
def main() -> None:
    """
    Turn failures of language models into template revisions and regression sets.

    Start with `feedback demo`, or send your own: `feedback ingest FILE` takes failure events, one JSON object a line,
    and `feedback tickets list` shows what came of them.

    Every command that uses a store takes --db PATH (or FEEDBACK_DB); commands that print data take --json.
    Exit codes: 0 done; 1 failed; 2 bad usage, or some input was rejected.
    """


for _command in (
    demo.demo,
    serve.serve,
    tokens.tokens,
    ingest.ingest,
    assess.assess,
    tickets.tickets,
    patterns.patterns,
    coverage.coverage,
    corrections.corrections,
    templates.templates,
    registrations.samples,
    registrations.versions,
    dead_letters.dead_letters,
    worker.worker,
    worker.topics,
    worker.replay,
    train.train,
    evaluate.evaluate,
    store.verify,
    store.rebuild,
    store.backup,
):
    main.add_command(_command)
