"""`feedback tokens`: who may ask the service for what."""

import re
from dataclasses import asdict
from datetime import timedelta
from typing import cast

import click

from feedback.cli.shared import Family, db_option, json_option, opened, print_json, table
from feedback.domain.roles import ROLES, Role
from feedback.service import access

__all__ = ["tokens"]

_LIFETIME = re.compile(r"([1-9]\d{0,4})([hd])")


class _Lifetime(click.ParamType):
    """A number of hours or days, such as 12h or 90d."""

    name = "lifetime"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _LIFETIME.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is neither hours nor days, such as 12h or 90d", param, ctx)
        return timedelta(hours=int(found[1])) if found[2] == "h" else timedelta(days=int(found[1]))


@click.group(cls=Family)
def tokens() -> None:
    """Make, list and revoke tokens for the HTTP service."""


@tokens.command()
@click.option("--role", type=click.Choice(ROLES), required=True, help="What it allows.")
@click.option("--name", required=True, help="Whom it is for, as the history of a ticket shows it.")
@click.option("--expires", type=_Lifetime(), metavar="12h|90d", help="After how long it ends. [default: never]")
@db_option
@json_option
def create(role: str, name: str, expires: timedelta | None, db: str | None, *, json_wanted: bool) -> None:
    """
    Make a token and print it, once.

    Only its hash is kept. From the first token on the service asks for one, and may listen on other than loopback addresses.
    """
    made, shown = access.create_token(opened(db), name=name, role=cast("Role", role), lifetime=expires)
    if json_wanted:
        print_json(asdict(made) | {"token": shown})
        return
    click.echo(shown)
    ends = f", until {made.expires_at}" if made.expires_at else ""
    click.echo(f"Token {made.token_id} for {made.name}: {made.role}{ends}. It is not shown again.", err=True)


@tokens.command("list")
@db_option
@json_option
def list_(db: str | None, *, json_wanted: bool) -> None:
    """List all tokens that were ever made, without their secrets."""
    found = access.tokens(opened(db, create=False))
    if json_wanted:
        print_json([asdict(one) for one in found])
        return
    rows = [
        (
            one.token_id,
            one.name,
            one.role,
            one.created_at,
            one.expires_at or "",
            one.revoked_at or "",
            one.last_used_at or "",
        )
        for one in found
    ]
    table(f"{len(rows)} tokens", ("token", "name", "role", "made", "expires", "revoked", "last used"), rows)


@tokens.command()
@click.argument("token_id")
@db_option
@json_option
def revoke(token_id: str, db: str | None, *, json_wanted: bool) -> None:
    """End a token and its sessions at once."""
    revoked = access.revoke_token(opened(db, create=False), token_id)
    if json_wanted:
        print_json(asdict(revoked))
    else:
        click.echo(f"Token {revoked.token_id} of {revoked.name} was revoked at {revoked.revoked_at}.")
