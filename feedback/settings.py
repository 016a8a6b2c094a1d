"""Settings and taxonomy, read from `config/`; every key of `config/settings.toml` has a place here."""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from feedback.domain.coverage import Description
from feedback.domain.drift import DriftPolicy
from feedback.domain.faults import FaultModel
from feedback.domain.ignored import Mark, mark_of
from feedback.domain.priority import PriorityPolicy
from feedback.domain.recurrence import RecurrencePolicy
from feedback.domain.taxonomy import Taxonomy
from feedback.domain.webhooks import RetryPolicy
from feedback.errors import InvalidSettings
from feedback.export.cloudevents import TOLD

__all__ = ["Settings", "config_dir", "load_settings", "load_taxonomy"]

Share = Annotated[float, Field(ge=0, le=1)]
_ALL_POINTS = 100
_OTHER_PARTS = 4
Points = Annotated[int, Field(ge=0, le=_ALL_POINTS)]
TemplateName = Annotated[str, Field(min_length=1, max_length=200)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Section):
    """Where the store is."""

    path: str
    busy_timeout_seconds: float = Field(gt=0)


class IngestSettings(_Section):
    """How failure events are taken in."""

    batch_size: int = Field(ge=1, le=10_000)
    judge_interval_seconds: float = Field(gt=0, le=86_400)


class TemplateSettings(_Section):
    """How template files are watched."""

    watch_interval_seconds: float = Field(gt=0, le=3_600)


class ClassifierSettings(_Section):
    """How sure the classifier must be, how much it explains, and how much it heeds corrections."""

    precision: Share
    correction_weight: float = Field(gt=0, le=1_000)
    explained_terms: int = Field(ge=0, le=50)


class AttributionSettings(_Section):
    """Which names mean a registered template, and when a prompt is put down to one by its text."""

    min_probability: Share
    candidates: int = Field(ge=1, le=100)
    aliases: dict[TemplateName, TemplateName]

    @field_validator("aliases")
    @classmethod
    def _no_alias_of_an_alias(cls, value: dict[str, str]) -> dict[str, str]:
        if chained := sorted(value.keys() & set(value.values())):
            message = f"{chained[0]!r} is an alias and stands for a template at once: name the registered template"
            raise ValueError(message)
        return value


class RecurrenceSettings(_Section):
    """When a pattern is systemic."""

    window_days: int = Field(ge=1, le=36_500)
    min_units: int = Field(ge=2)
    high_risk_min_units: int = Field(ge=2)
    history_days: int = Field(ge=1, le=36_500)
    wrong_share: float = Field(gt=0, lt=0.5)
    high_risk_wrong_share: float = Field(gt=0, lt=0.5)
    over_below: Share
    fault_share: float = Field(gt=0, lt=1)
    fault_share_of_few: float = Field(gt=0, lt=1)
    ordinary_spread: float = Field(gt=0, le=3)
    faults_begin_per_day: float = Field(gt=0, lt=1)
    faults_end_per_day: float = Field(gt=0, lt=1)
    accident_rate: float = Field(gt=0, lt=1)
    ignored: list[str]
    storm_failures: int = Field(ge=2)

    @field_validator("ignored")
    @classmethod
    def _readable(cls, value: list[str]) -> list[str]:
        for text in value:
            mark_of(text)
        return value

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What marks an event that does not count."""
        return tuple(mark_of(text) for text in self.ignored)

    @property
    def policy(self) -> RecurrencePolicy:
        """The policy in the units of the domain."""
        return RecurrencePolicy(
            window_hours=self.window_days * 24,
            history_hours=self.history_days * 24,
            min_units=self.min_units,
            high_risk_min_units=min(self.high_risk_min_units, self.min_units),
            wrong_share=self.wrong_share,
            high_risk_wrong_share=max(self.high_risk_wrong_share, self.wrong_share),
            over_below=self.over_below,
            fault_share=self.fault_share,
            fault_share_of_few=max(self.fault_share_of_few, self.fault_share),
            accident_rate=self.accident_rate,
            model=FaultModel(
                ordinary_spread=self.ordinary_spread,
                begin_per_day=self.faults_begin_per_day,
                end_per_day=self.faults_end_per_day,
            ),
        )


class TicketSettings(_Section):
    """Which tickets open, and with how many cases."""

    isolated_high_risk_opens_regression_set: bool
    proposed_cases: int = Field(ge=1, le=100)
    specification_templates: int = Field(ge=2)


class PrioritySettings(_Section):
    """What makes a ticket urgent, and how much of it."""

    risk_points: Points
    scenario_points: Points
    units_points: Points
    trend_points: Points
    age_points: Points
    half_units: int = Field(ge=1)
    trend_days: int = Field(ge=1, le=36_500)
    half_age_days: int = Field(ge=1)
    scenarios: dict[str, dict[str, Share]]

    @field_validator("scenarios")
    @classmethod
    def _of_the_taxonomy(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        if unknown := sorted({name for weights in value.values() for name in weights} - set(load_taxonomy().ids)):
            message = f"no such category: {', '.join(unknown)}; `config/taxonomy.yaml` names them"
            raise ValueError(message)
        return value

    @field_validator("age_points")
    @classmethod
    def _a_hundred_in_all(cls, value: int, info: ValidationInfo) -> int:
        earlier = [points for name, points in info.data.items() if name.endswith("_points")]
        if len(earlier) == _OTHER_PARTS and (points := sum(earlier) + value) != _ALL_POINTS:
            message = f"the points of risk, scenario, units, trend and age must add up to {_ALL_POINTS}, not {points}"
            raise ValueError(message)
        return value

    @property
    def policy(self) -> PriorityPolicy:
        """The policy in the words of the domain."""
        return PriorityPolicy(
            points={
                "risk": self.risk_points,
                "scenario": self.scenario_points,
                "units": self.units_points,
                "trend": self.trend_points,
                "age": self.age_points,
            },
            weights=self.scenarios,
            half_units=self.half_units,
            trend_days=self.trend_days,
            half_age_days=self.half_age_days,
        )


class ExpectedCell(_Section):
    """A cell that should be covered; what is left out stands for any."""

    primary_task: str | None = Field(default=None, min_length=1)
    scenario: str | None = Field(default=None, min_length=1)
    output_format: str | None = Field(default=None, min_length=1)
    knowledge_point: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not any(value for _, value in self):
            message = "name at least one of primary_task, scenario, output_format, knowledge_point"
            raise ValueError(message)
        return self


class CoverageSettings(_Section):
    """What should be covered, and when it is not."""

    min_samples: int = Field(ge=1)
    rare_units: int = Field(ge=0)
    expected: list[ExpectedCell]

    @property
    def descriptions(self) -> tuple[Description, ...]:
        """What is expected, in the words of the domain, each once."""
        found = (
            Description(one.primary_task, one.scenario, one.output_format, one.knowledge_point) for one in self.expected
        )
        return tuple(dict.fromkeys(found))


class DriftSettings(_Section):
    """When what the classifier says has changed."""

    recent_days: int = Field(ge=1, le=36_500)
    baseline_days: int = Field(ge=1, le=36_500)
    min_units: int = Field(ge=2)
    false_alarm_rate: float = Field(gt=0, lt=1)
    least_triage_difference: Share
    least_mix_distance: Share
    least_confidence_difference: Share

    @property
    def policy(self) -> DriftPolicy:
        """The policy in the units of the domain."""
        return DriftPolicy(
            min_units=self.min_units,
            false_alarm_rate=self.false_alarm_rate,
            least={
                "triage_share": self.least_triage_difference,
                "category_mix": self.least_mix_distance,
                "confidence": self.least_confidence_difference,
            },
        )


class KafkaSettings(_Section):
    """How to reach the brokers."""

    brokers: str = Field(min_length=1)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
    sasl_username: str
    ssl_cafile: str
    ssl_certfile: str
    ssl_keyfile: str
    session_timeout_seconds: float = Field(ge=1, le=1_800)
    request_timeout_seconds: float = Field(ge=1, le=600)
    commit_interval_seconds: float = Field(gt=0, le=60)


class TopicSettings(_Section):
    """How topics are made."""

    partitions: int = Field(ge=1, le=10_000)
    replication_factor: int = Field(ge=1, le=100)
    incoming_retention_days: float = Field(gt=0, le=36_500)
    assessed_retention_days: float = Field(gt=0, le=36_500)
    dead_letter_retention_days: float = Field(gt=0, le=36_500)
    ticket_retention_days: float = Field(gt=0, le=36_500)


class WorkerSettings(_Section):
    """How a worker takes messages, when it stops, and where it answers."""

    batch_size: int = Field(ge=1, le=10_000)
    batch_wait_seconds: float = Field(gt=0, le=60)
    dead_letter_share: Share
    dead_letter_window: int = Field(ge=1, le=1_000_000)
    dead_letter_minimum: int = Field(ge=1, le=1_000_000)
    host: str = Field(min_length=1)
    assess_port: int = Field(ge=0, le=65_535)
    record_port: int = Field(ge=0, le=65_535)
    publish_interval_seconds: float = Field(gt=0, le=3_600)
    judge_quiet_seconds: float = Field(ge=0, le=3_600)
    judge_interval_seconds: float = Field(gt=0, le=86_400)
    drift_interval_seconds: float = Field(gt=0, le=86_400)


class ServeSettings(_Section):
    """Where the service answers, and how it works behind that."""

    host: str = Field(min_length=1)
    port: int = Field(ge=0, le=65_535)
    max_body_bytes: int = Field(ge=1_024, le=1_073_741_824)
    assess_batch: int = Field(ge=1, le=10_000)
    yield_seconds: float = Field(ge=0, le=60)
    poll_interval_seconds: float = Field(gt=0, le=60)
    judge_quiet_seconds: float = Field(ge=0, le=3_600)
    judge_interval_seconds: float = Field(gt=0, le=86_400)


class AccessSettings(_Section):
    """How long sessions last, and answers are remembered."""

    session_hours: float = Field(gt=0, le=8_760)
    idempotency_hours: float = Field(gt=0, le=8_760)


class WebhookEndpoint(_Section):
    """One who is told what happens to tickets; deliveries and the place reached are kept by `name`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    url: HttpUrl
    secret_env: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    types: tuple[str, ...] = Field(default=TOLD, min_length=1)
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _without_credentials(cls, value: HttpUrl) -> HttpUrl:
        if value.username is not None or value.password is not None:
            message = "credentials do not belong into a URL: the receiver knows us by the signature"
            raise ValueError(message)
        return value

    @field_validator("types")
    @classmethod
    def _told_ones(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := sorted(set(value) - set(TOLD)):
            message = f"no fact about a ticket: {', '.join(unknown)}; there are {', '.join(TOLD)}"
            raise ValueError(message)
        return value


class WebhookSettings(_Section):
    """Who is told what happens to tickets, and how often that is tried."""

    endpoints: list[WebhookEndpoint]
    poll_interval_seconds: float = Field(gt=0, le=3_600)
    timeout_seconds: float = Field(gt=0, le=600)
    attempts: int = Field(ge=1, le=1_000)
    first_wait_seconds: float = Field(gt=0, le=86_400)
    longest_wait_seconds: float = Field(gt=0, le=604_800)
    log_days: float = Field(gt=0, le=36_500)

    @field_validator("endpoints")
    @classmethod
    def _each_its_name(cls, value: list[WebhookEndpoint]) -> list[WebhookEndpoint]:
        names = [one.name for one in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            message = f"two webhooks are named {twice[0]}: give each a name of its own"
            raise ValueError(message)
        return value

    @property
    def policy(self) -> RetryPolicy:
        """The policy in the words of the domain."""
        longest = max(self.longest_wait_seconds, self.first_wait_seconds)
        return RetryPolicy(self.attempts, self.first_wait_seconds, longest)


class LoggingSettings(_Section):
    """How a worker and the service write their log."""

    format: Literal["console", "json"]
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(_Section):
    """All settings."""

    store: StoreSettings
    ingest: IngestSettings
    templates: TemplateSettings
    classifier: ClassifierSettings
    attribution: AttributionSettings
    recurrence: RecurrenceSettings
    tickets: TicketSettings
    priority: PrioritySettings
    coverage: CoverageSettings
    drift: DriftSettings
    kafka: KafkaSettings
    topics: TopicSettings
    worker: WorkerSettings
    serve: ServeSettings
    access: AccessSettings
    webhooks: WebhookSettings
    logging: LoggingSettings


def config_dir() -> Path:
    """Return the folder with `settings.toml`: that of the checkout, or the copy inside an installed package."""
    package = Path(__file__).parent
    checkout = package.parent / "config"
    return checkout if (checkout / "settings.toml").exists() else package / "config"


def load_settings(path: Path | None = None) -> Settings:
    """
    Return the defaults, with the keys of the file at `path` (else of `FEEDBACK_SETTINGS`) in their place.

    Raises:
        InvalidSettings: A file is missing or no TOML, a key is unknown, or a value is out of range.
    """
    named = path or os.environ.get("FEEDBACK_SETTINGS")
    values = _toml(config_dir() / "settings.toml")
    if named:
        for section, keys in _toml(Path(named)).items():
            if not isinstance(keys, dict):
                raise InvalidSettings(str(named), f"{section}: expected a section such as [{section}]")
            values[section] = values.get(section, {}) | keys
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InvalidSettings(str(named or "settings.toml"), f"{key} = {first['input']!r}: {first['msg']}") from error


@cache
def load_taxonomy() -> Taxonomy:
    """Return the categories of `config/taxonomy.yaml`."""
    path = config_dir() / "taxonomy.yaml"
    try:
        return Taxonomy.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise InvalidSettings(str(path), str(error)) from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidSettings(str(path), str(error)) from error
