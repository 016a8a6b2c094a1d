from pathlib import Path

import pytest
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, KafkaTimeoutError, MessageSizeTooLargeError

from feedback.errors import BrokerRefused, BrokersUnreachable, InvalidSettings
from feedback.settings import load_settings
from streams.connection import Connection, kafka_errors


def _connection(brokers: str | None = None, **changes: object) -> Connection:
    return Connection.of(load_settings().kafka.model_copy(update=changes), client_id="me", brokers=brokers)


def test_brokers_come_from_the_call_else_the_environment_else_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FEEDBACK_KAFKA_BROKERS", raising=False)
    assert _connection().brokers == "localhost:9092"
    monkeypatch.setenv("FEEDBACK_KAFKA_BROKERS", "a:1, b:2")
    assert list(_connection().addresses) == ["a:1", "b:2"]
    assert _connection("c:3").brokers == "c:3"


def test_plain_text_needs_neither_certificate_nor_password() -> None:
    arguments = _connection().for_aiokafka()
    assert arguments["security_protocol"] == "PLAINTEXT"
    assert not {"ssl_context", "sasl_plain_password"} & set(arguments)
    assert _connection().for_faust()["broker_credentials"] is None


def test_the_password_comes_from_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    secured = _connection(security_protocol="SASL_PLAINTEXT", sasl_username="me", sasl_mechanism="SCRAM-SHA-512")
    monkeypatch.delenv("FEEDBACK_KAFKA_PASSWORD", raising=False)
    with pytest.raises(InvalidSettings, match="needs a password in FEEDBACK_KAFKA_PASSWORD"):
        secured.for_aiokafka()
    monkeypatch.setenv("FEEDBACK_KAFKA_PASSWORD", "secret")
    arguments = secured.for_aiokafka()
    assert (arguments["sasl_mechanism"], arguments["sasl_plain_password"]) == ("SCRAM-SHA-512", "secret")
    credentials = secured.for_faust()["broker_credentials"]
    assert (credentials.username, credentials.password, credentials.mechanism.value) == (
        "me",
        "secret",
        "SCRAM-SHA-512",
    )


def test_tls_without_a_password_is_passed_on() -> None:
    encrypted = _connection(security_protocol="SSL")
    assert encrypted.for_aiokafka()["ssl_context"] is not None
    assert encrypted.for_faust()["broker_credentials"].protocol.value == "SSL"


@pytest.mark.parametrize("key", ["ssl_cafile", "ssl_certfile"])
def test_a_certificate_that_cannot_be_read_is_named(key: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate", encoding="utf-8")
    with pytest.raises(InvalidSettings, match="ssl_cafile"):
        _connection(security_protocol="SSL", **{key: str(broken)}).for_aiokafka()


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), KafkaTimeoutError()])
def test_what_may_succeed_later_says_so(error: Exception) -> None:
    with pytest.raises(BrokersUnreachable, match="a:1 cannot be reached"), kafka_errors(_connection("a:1")):
        raise error


@pytest.mark.parametrize("error", [AuthenticationFailedError("who?"), MessageSizeTooLargeError()])
def test_what_will_never_succeed_is_refused(error: Exception) -> None:
    with pytest.raises(BrokerRefused), kafka_errors(_connection("a:1")):
        raise error
