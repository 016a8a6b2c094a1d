"""`feedback evaluate`: what the classifier is worth, and whether that has changed."""

import click

from feedback.cli import watch
from feedback.cli.shared import Family

__all__ = ["evaluate"]


@click.group(cls=Family, invoke_without_command=True)
@click.pass_context
def evaluate(ctx: click.Context) -> None:
    """Look at labels that may be wrong, at drift, and at how far people and the classifier agree."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for _command in (watch.audit, watch.drift, watch.agreement):
    evaluate.add_command(_command)
