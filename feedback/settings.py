"""Settings and taxonomy, read from `config/`; every key of `config/settings.toml` has a place here."""

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from feedback.domain.drift import DriftPolicy
from feedback.domain.recurrence import RecurrencePolicy
from feedback.domain.taxonomy import Taxonomy
from feedback.errors import InvalidSettings

__all__ = ["Settings", "config_dir", "load_settings", "load_taxonomy"]

Share = Annotated[float, Field(ge=0, le=1)]
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

    @property
    def policy(self) -> RecurrencePolicy:
        """The policy in the units of the domain."""
        return RecurrencePolicy(
            window_hours=self.window_days * 24,
            min_units=self.min_units,
            high_risk_min_units=min(self.high_risk_min_units, self.min_units),
        )


class TicketSettings(_Section):
    """Which tickets open, and with how many cases."""

    isolated_high_risk_opens_regression_set: bool
    proposed_cases: int = Field(ge=1, le=100)


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
    drift_interval_seconds: float = Field(gt=0, le=86_400)


class LoggingSettings(_Section):
    """How a worker writes its log."""

    format: Literal["console", "json"]
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(_Section):
    """All settings."""

    store: StoreSettings
    ingest: IngestSettings
    classifier: ClassifierSettings
    attribution: AttributionSettings
    recurrence: RecurrenceSettings
    tickets: TicketSettings
    drift: DriftSettings
    kafka: KafkaSettings
    topics: TopicSettings
    worker: WorkerSettings
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
