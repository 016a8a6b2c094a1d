"""Reaching the brokers: the settings and the password, as aiokafka and Faust want them."""

import os
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, KafkaTimeoutError, KafkaUnavailableError

from feedback.errors import BrokerRefused, BrokersUnreachable, InvalidSettings
from feedback.settings import KafkaSettings

__all__ = [
    "BROKERS_VARIABLE",
    "MAX_MESSAGE_BYTES",
    "PASSWORD_VARIABLE",
    "Connection",
    "administering",
    "kafka_errors",
    "reading",
]

BROKERS_VARIABLE = "FEEDBACK_KAFKA_BROKERS"
PASSWORD_VARIABLE = "FEEDBACK_KAFKA_PASSWORD"  # noqa: S105  the name of the variable, not a password
MAX_MESSAGE_BYTES = 2 * 1024 * 1024
"""Largest message of every topic but the dead letters, whose messages are those of others with reasons beside them."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the brokers; `client_id` is what they call us."""

    settings: KafkaSettings
    brokers: str
    client_id: str

    @classmethod
    def of(cls, settings: KafkaSettings, *, client_id: str, brokers: str | None = None) -> "Connection":
        """Return the connection to `brokers`, else to those of the environment, else of the settings."""
        return cls(settings, brokers or os.environ.get(BROKERS_VARIABLE) or settings.brokers, client_id)

    @property
    def addresses(self) -> Sequence[str]:
        """The brokers, one by one."""
        return [address.strip() for address in self.brokers.split(",") if address.strip()]

    def for_aiokafka(self) -> dict[str, Any]:
        """
        Return the keyword arguments of every client of aiokafka.

        Raises:
            InvalidSettings: A file for TLS cannot be read, or the password is missing.
        """
        arguments: dict[str, Any] = {
            "bootstrap_servers": list(self.addresses),
            "client_id": self.client_id,
            "security_protocol": self.settings.security_protocol,
            "request_timeout_ms": int(self.settings.request_timeout_seconds * 1000),
        }
        if self._is_encrypted:
            arguments["ssl_context"] = self._ssl_context()
        if self._has_password:
            arguments |= {
                "sasl_mechanism": self.settings.sasl_mechanism,
                "sasl_plain_username": self.settings.sasl_username,
                "sasl_plain_password": self._password(),
            }
        return arguments

    def for_faust(self) -> dict[str, Any]:
        """
        Return the keyword arguments of a Faust app.

        Raises:
            InvalidSettings: As `for_aiokafka`.
        """
        credentials: faust.SASLCredentials | faust.SSLCredentials | None = None
        if self._has_password:
            credentials = faust.SASLCredentials(
                mechanism=self.settings.sasl_mechanism,
                username=self.settings.sasl_username,
                password=self._password(),
                ssl_context=self._ssl_context() if self._is_encrypted else None,
            )
        elif self._is_encrypted:
            credentials = faust.SSLCredentials(self._ssl_context())
        return {
            "broker": [f"kafka://{address}" for address in self.addresses],
            "broker_credentials": credentials,
            "broker_client_id": self.client_id,
            "broker_session_timeout": self.settings.session_timeout_seconds,
            "broker_heartbeat_interval": self.settings.session_timeout_seconds / 10,
            "broker_request_timeout": max(
                self.settings.request_timeout_seconds, self.settings.session_timeout_seconds + 1
            ),
            "broker_commit_interval": self.settings.commit_interval_seconds,
        }

    @property
    def _is_encrypted(self) -> bool:
        return self.settings.security_protocol in ("SSL", "SASL_SSL")

    @property
    def _has_password(self) -> bool:
        return self.settings.security_protocol.startswith("SASL_")

    def _password(self) -> str:
        password = os.environ.get(PASSWORD_VARIABLE)
        if not password:
            raise InvalidSettings("kafka", f"{self.settings.security_protocol} needs a password in {PASSWORD_VARIABLE}")
        return password

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.settings.ssl_cafile or None)
            if self.settings.ssl_certfile:
                context.load_cert_chain(self.settings.ssl_certfile, self.settings.ssl_keyfile or None)
        except (OSError, ssl.SSLError) as error:
            raise InvalidSettings("kafka.ssl_cafile, ssl_certfile, ssl_keyfile", str(error)) from error
        return context


@contextmanager
def kafka_errors(connection: Connection) -> Iterator[None]:
    """
    Turn what aiokafka says about the brokers into our errors.

    Raises:
        BrokersUnreachable: The same may succeed later.
        BrokerRefused: It will not: the password is wrong, a right is missing, a message is too large.
    """
    try:
        yield
    except KafkaError as error:
        said = str(error) or type(error).__name__
        if error.retriable or isinstance(error, KafkaTimeoutError | KafkaUnavailableError):
            raise BrokersUnreachable(connection.brokers, said) from error
        raise BrokerRefused("do it", said) from error


@asynccontextmanager
async def administering(connection: Connection) -> AsyncIterator[AIOKafkaAdminClient]:
    """
    Give an admin client for the block.

    Raises:
        BrokersUnreachable: No broker answers.
    """
    with kafka_errors(connection):
        admin = AIOKafkaAdminClient(**connection.for_aiokafka())
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


@asynccontextmanager
async def reading(connection: Connection, **more: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """
    Give a consumer for the block that commits nothing by itself; `more` are further arguments of aiokafka.

    Raises:
        BrokersUnreachable: No broker answers.
    """
    with kafka_errors(connection):
        consumer = AIOKafkaConsumer(
            **connection.for_aiokafka(), enable_auto_commit=False, auto_offset_reset="earliest", **more
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()
