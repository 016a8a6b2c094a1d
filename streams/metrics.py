"""The metrics, by name and meaning; Prometheus reads them at /metrics."""

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["Metrics"]

_SECONDS = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60),
    *(300, 1800, 3600, 21_600, 86_400, 604_800),
)
_MESSAGES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self, role: str) -> None:
        """Register all of them; those that the role does not move stay 0."""
        self.registry = CollectorRegistry()
        labels: dict[str, Any] = {"registry": self.registry, "namespace": "feedback"}
        self.consumed = Counter("records_consumed", "Messages taken from a topic.", ["topic"], **labels)
        self.assessed = Counter("failures_assessed", "Failures assessed, by category.", ["category"], **labels)
        self.recorded = Counter(
            "failures_recorded", "Failures consumed into the store, by verdict.", ["status"], **labels
        )
        self.dead_letters = Counter(
            "dead_letters", "What can never succeed, by the topic it came on.", ["topic"], **labels
        )
        self.published = Counter("facts_published", "Facts sent to a topic from the log.", ["topic"], **labels)
        self.batch_size = Histogram("batch_messages", "Messages to a batch.", buckets=_MESSAGES, **labels)
        self.batch_seconds = Histogram("batch_seconds", "Seconds that a batch was in work.", buckets=_SECONDS, **labels)
        self.since_occurred = Histogram(
            "occurred_to_recorded_seconds", "Seconds from occurred_at to recorded.", buckets=_SECONDS, **labels
        )
        self.since_arrived = Histogram(
            "arrived_to_recorded_seconds", "Seconds from arrival on Kafka to recorded.", buckets=_SECONDS, **labels
        )
        self.lag = Gauge("consumer_lag", "Messages of a partition that wait.", ["topic", "partition"], **labels)
        self.blocked = Gauge("blocked", "1 while the store or the brokers hold the worker up.", **labels)
        self.templates = Gauge("templates_known", "Template versions that assessing knows.", **labels)
        self.info = Gauge("worker", "1; role and classifier stand in the labels.", ["role", "classifier"], **labels)
        self.triage_share = Gauge(
            "triage_share", "Share of the recent window's units sent to triage, by source.", ["source"], **labels
        )
        self.triage_share_template = Gauge(
            "triage_share_template", "The same, by template; 200 at most.", ["template"], **labels
        )
        self.confidence_mean = Gauge(
            "confidence_mean", "Mean probability of the first category in the recent window.", ["source"], **labels
        )
        self.drift_alarm = Gauge(
            "drift_alarm", "1 where the recent window differs from the baseline.", ["kind", "scope", "name"], **labels
        )
        self.role = role
