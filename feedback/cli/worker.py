"""`feedback worker`, `topics` and `replay`: the loop on Kafka."""

import asyncio
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from feedback.cli.shared import Command, Family, db_option, json_option, opened, print_json, table
from feedback.settings import load_settings

if TYPE_CHECKING:
    from streams.connection import Connection

__all__ = ["brokers_option", "connection_to", "replay", "topics", "worker"]

# Faust and aiokafka are slow to import, so each command imports what it needs of `streams`.


def brokers_option(command: Command) -> Command:
    """Add --brokers, which `FEEDBACK_KAFKA_BROKERS` may give."""
    return click.option(
        "--brokers",
        envvar="FEEDBACK_KAFKA_BROKERS",
        metavar="HOST:PORT,...",
        help="Kafka brokers. [env: FEEDBACK_KAFKA_BROKERS; default: kafka.brokers in the settings]",
    )(command)


def connection_to(brokers: str | None) -> "Connection":
    """Return the connection of a command to these brokers, else to those of the environment, else of the settings."""
    from streams.connection import Connection  # noqa: PLC0415  slow to import

    return Connection.of(load_settings().kafka, client_id="feedback", brokers=brokers)


@click.command()
@click.option(
    "--role",
    type=click.Choice(["assess", "record", "all"]),
    required=True,
    help="assess: failures to assessments, no store. record: assessments into the store. all: both, on one machine.",
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port of /healthz, /readyz and /metrics; 0 takes a free one."
)
@click.option("--take-over", is_flag=True, help="Take the topics over from another store (record and all).")
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop also when standard input ends.")
@brokers_option
@db_option
def worker(
    role: str, port: int | None, brokers: str | None, db: str | None, *, take_over: bool, with_parent: bool
) -> None:
    """
    Consume failures from Kafka and see them through.

    Workers in the role assess share the partitions of failures.online and failures.offline. One worker in the role record consumes what they say into a store, and publishes tickets, templates and the classifier. SIGTERM stops a worker; nothing is lost by that, nor by kill -9.
    """
    from streams.worker import run_both, run_role  # noqa: PLC0415  slow to import

    settings = load_settings()
    if role == "all":
        if port is not None:
            message = "--port names one port, and --role all runs two workers: set worker.assess_port and record_port"
            raise click.UsageError(message)
        raise SystemExit(
            run_both(settings, [_again("assess", brokers, None), _again("record", brokers, db, take_over=take_over)])
        )
    run_role(
        "assess" if role == "assess" else "record",
        settings,
        brokers=brokers,
        port=port,
        db=db,
        take_over=take_over,
        with_parent=with_parent,
    )


def _again(role: str, brokers: str | None, db: str | None, *, take_over: bool = False) -> list[str]:
    command = [sys.executable, "-m", "feedback", "worker", "--role", role, "--with-parent"]
    command += ["--brokers", brokers] if brokers else []
    command += ["--db", db] if db else []
    return command + (["--take-over"] if take_over else [])


@click.group("topics", cls=Family)
def topics() -> None:
    """Make and list the Kafka topics."""


@topics.command()
@brokers_option
@json_option
def create(brokers: str | None, *, json_wanted: bool) -> None:
    """
    Make the topics that are missing.

    Partitions, copies and retention come from [topics] in the settings. Topics that exist stay as they are.
    """
    from streams.topics import create_topics  # noqa: PLC0415  slow to import

    made = asyncio.run(create_topics(connection_to(brokers), load_settings().topics))
    if json_wanted:
        print_json({"created": made})
    else:
        click.echo(f"Made {len(made)} topics" + (f": {', '.join(made)}." if made else ": all were there."))


@topics.command("list")
@brokers_option
@json_option
def list_(brokers: str | None, *, json_wanted: bool) -> None:
    """
    List the topics, and how they differ from the settings.

    Exit code 1 says that one is missing or differs.
    """
    from streams.topics import describe_topics  # noqa: PLC0415  slow to import

    found = asyncio.run(describe_topics(connection_to(brokers), load_settings().topics))
    if json_wanted:
        print_json(
            [
                {
                    "topic": one.name,
                    "partitions": one.partitions,
                    "configs": one.configs,
                    "differences": list(one.differences),
                }
                for one in found
            ]
        )
    else:
        rows = [(one.name, one.partitions, "; ".join(one.differences)) for one in found]
        table("Topics", ("topic", "partitions", "differs from the settings"), rows, right=("partitions",))
    if any(one.differences for one in found):
        raise SystemExit(1)


@click.command()
@click.option("--role", type=click.Choice(["assess", "record"]), required=True, help="Whose group is set back.")
@click.option(
    "--from-time", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="Since when, such as 2026-04-24T09:00:00+0000."
)
@click.option("--from-offset", type=click.IntRange(0), help="From which offset, of the one --topic and --partition.")
@click.option("--topic", help="Only this topic.")
@click.option("--partition", type=click.IntRange(0), help="Only this partition.")
@brokers_option
@db_option
@json_option
def replay(
    role: str,
    from_time: datetime | None,
    from_offset: int | None,
    topic: str | None,
    partition: int | None,
    brokers: str | None,
    db: str | None,
    *,
    json_wanted: bool,
) -> None:
    """
    Have a role consume again from an offset or a time.

    Its workers must be stopped; they go on from there when they are started. What is known already changes nothing. A group is only ever set back, never forward: that would lose messages.
    """
    from streams.replay import set_back  # noqa: PLC0415  slow to import
    from streams.topics import ASSESS_GROUP, ASSESSED, INCOMING, record_group  # noqa: PLC0415  as above

    if (from_time is None) == (from_offset is None):
        raise click.UsageError("name either --from-time or --from-offset")
    if from_offset is not None and (topic is None or partition is None):
        raise click.UsageError("--from-offset needs --topic and --partition: offsets are those of one partition")
    own = (ASSESSED,) if role == "record" else INCOMING
    if topic is not None and topic not in own:
        raise click.UsageError(f"the role {role} consumes {' and '.join(own)}, not {topic}")
    group = record_group(opened(db, create=False).store.store_id) if role == "record" else ASSESS_GROUP
    chosen = [topic] if topic else own
    since = from_time or from_offset or 0
    moved = asyncio.run(set_back(connection_to(brokers), group, chosen, since=since, partition=partition))
    if json_wanted:
        print_json([{"topic": at[0], "partition": at[1], "offset": offset} for at, offset in moved.items()])
    else:
        rows = [(*at, offset) for at, offset in moved.items()]
        table(f"{group} goes on from", ("topic", "partition", "offset"), rows, right=("partition", "offset"))
