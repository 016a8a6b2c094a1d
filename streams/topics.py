"""The topics: their names, what they hold, who writes and reads them, and how they are made."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from feedback.errors import BrokerRefused
from feedback.settings import TopicSettings
from streams.connection import MAX_MESSAGE_BYTES, Connection, administering

__all__ = [
    "ASSESSED",
    "ASSESS_GROUP",
    "CLASSIFIERS",
    "DEAD_LETTERS",
    "EXPOSURES",
    "INCOMING",
    "INTERACTIONS",
    "MAX_DEAD_LETTER_BYTES",
    "REGRESSION_SETS",
    "TEMPLATES",
    "TICKETS",
    "TOPICS",
    "Described",
    "create_topics",
    "describe_topics",
    "record_group",
]

INCOMING = ("failures.online", "failures.offline")
"""What producers send, keyed by session id, else event id."""
INTERACTIONS = ("interactions.online", "interactions.offline")
"""Whole interactions, good and bad, keyed likewise; made for producers, read by nobody yet."""
ASSESSED = "failures.assessed"
"""Event and assessment, keyed by event id: from assess to record."""
EXPOSURES = "exposures"
"""How much went well, keyed by template name; made for producers, read by nobody yet."""
TEMPLATES = "templates"
"""All versions of a template, keyed by its name: from record to assess; compacted."""
CLASSIFIERS = "classifiers"
"""The promoted classifier: from record to assess; compacted."""
TICKETS = "tickets"
"""Facts about tickets and their cases, as CloudEvents, keyed by ticket id: from record to whoever listens."""
REGRESSION_SETS = "regression-sets"
"""Facts about frozen sets, as CloudEvents, keyed by set name; written once sets can be frozen."""
DEAD_LETTERS = "failures.dead-letter"
"""What can never succeed: its bytes, with place and reasons in headers, keyed by source topic and partition."""

ASSESS_GROUP = "feedback-assess"
MAX_DEAD_LETTER_BYTES = MAX_MESSAGE_BYTES + 128 * 1024
_DAY_MS = 24 * 60 * 60 * 1000


def record_group(store_id: str) -> str:
    """Return the consumer group of the recorder of a store."""
    return f"feedback-record-{store_id}"


@dataclass(frozen=True, slots=True)
class _Topic:
    """A topic: which retention it has (none: compacted), whether its partitions are set, its largest message."""

    name: str
    retention: str | None
    many_partitions: bool = True
    max_message_bytes: int = MAX_MESSAGE_BYTES

    def partitions(self, settings: TopicSettings) -> int:
        # one partition keeps the chunks of a classifier, and the versions of a template, in order
        return settings.partitions if self.many_partitions else 1

    def configs(self, settings: TopicSettings) -> dict[str, str]:
        kept = {"max.message.bytes": str(self.max_message_bytes)}
        if self.retention is None:
            return kept | {"cleanup.policy": "compact"}
        days = float(getattr(settings, self.retention))
        return kept | {"cleanup.policy": "delete", "retention.ms": str(int(days * _DAY_MS))}


TOPICS = (
    *(_Topic(name, "incoming_retention_days") for name in (*INCOMING, *INTERACTIONS, EXPOSURES)),
    _Topic(ASSESSED, "assessed_retention_days"),
    _Topic(TEMPLATES, None, many_partitions=False),
    _Topic(CLASSIFIERS, None, many_partitions=False),
    _Topic(TICKETS, "ticket_retention_days"),
    _Topic(REGRESSION_SETS, "ticket_retention_days"),
    _Topic(DEAD_LETTERS, "dead_letter_retention_days", max_message_bytes=MAX_DEAD_LETTER_BYTES),
)


@dataclass(frozen=True, slots=True)
class Described:
    """A topic as it is on the brokers, and how that differs from the settings; `partitions` is 0 where it is missing."""

    name: str
    partitions: int
    configs: dict[str, str]
    differences: tuple[str, ...]


async def create_topics(connection: Connection, settings: TopicSettings) -> list[str]:
    """
    Make the topics that are missing and return their names; those that exist stay as they are.

    Raises:
        BrokerRefused: A broker would not make one.
        BrokersUnreachable: No broker answered.
    """
    async with administering(connection) as admin:
        made = await admin.create_topics(
            [
                NewTopic(
                    topic.name,
                    topic.partitions(settings),
                    settings.replication_factor,
                    topic_configs=topic.configs(settings),
                )
                for topic in TOPICS
            ]
        )
    created = []
    for name, code, *told in made.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise BrokerRefused(f"make the topic {name}", told[0] if told and told[0] else for_code(code).__name__)
        if not code:
            created.append(name)
    return created


async def describe_topics(connection: Connection, settings: TopicSettings) -> list[Described]:
    """
    Return every topic of the contract as it is, in their order.

    Raises:
        BrokersUnreachable: No broker answered.
    """
    async with administering(connection) as admin:
        present = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(_names())}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in present if present[name]]
        configs: dict[str, dict[str, str]] = {}
        for answer in await admin.describe_configs(resources) if resources else []:
            for _, _, _, name, entries in answer.resources:
                configs[name] = {entry[0]: entry[1] for entry in entries}
    return [_described(topic, settings, present.get(topic.name, 0), configs.get(topic.name, {})) for topic in TOPICS]


def _described(topic: _Topic, settings: TopicSettings, partitions: int, configs: dict[str, str]) -> Described:
    wanted = topic.configs(settings)
    if not partitions:
        return Described(topic.name, 0, {}, ("missing: `feedback topics create` makes it",))
    differences = [
        f"{key} is {configs.get(key)}, not {value}" for key, value in wanted.items() if configs.get(key) != value
    ]
    if partitions != topic.partitions(settings):
        differences.insert(0, f"{partitions} partitions, not {topic.partitions(settings)}")
    return Described(topic.name, partitions, {key: configs.get(key, "") for key in wanted}, tuple(differences))


def _names() -> Sequence[str]:
    return [topic.name for topic in TOPICS]
