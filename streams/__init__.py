"""The only place that knows Kafka: the same pipeline and use cases as on one machine, between topics."""
