"""A real Apache Kafka of one node, started by the test run on free ports of the loopback."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

POM = Path(__file__).parent / "kafka" / "pom.xml"
CLUSTER_ID = "tests-tests-tests-test"
USER, PASSWORD = "loop", "open-sesame"
_START_SECONDS = 60
_STOP_SECONDS = 30


class NoBroker(Exception):
    """Java, Maven or the jars are not to be had here."""


def kafka_jars() -> Path:
    """Return the folder with the jars of the POM, resolved into the cache where they are not there yet."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            message = f"{program} is missing"
            raise NoBroker(message)
    cache = Path(os.environ.get("FEEDBACK_TEST_CACHE") or Path.home() / ".cache" / "feedback-tests")
    jars = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if not (jars / ".complete").exists():
        command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"Maven does not give the jars of Apache Kafka: {(done.stdout + done.stderr).strip()[-500:]}"
            raise NoBroker(message)
        (jars / ".complete").touch()
    return jars


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """A broker that can be stopped, killed and started again on the same ports with the same data."""

    folder: Path
    jars: Path
    port: int = field(default_factory=free_port)
    secure_port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def brokers(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def secure_brokers(self) -> str:
        """The listener that asks for TLS and a password."""
        return f"127.0.0.1:{self.secure_port}"

    @property
    def authority(self) -> Path:
        """The certificate that clients of the secure listener must trust."""
        return self.folder / "ca.pem"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        keystore = _certificate(self.authority)
        (self.folder / "keystore.pem").write_bytes(keystore)
        (self.folder / "server.properties").write_text(self._properties(), encoding="utf-8")
        config = ["-t", CLUSTER_ID, "-c", str(self.folder / "server.properties")]
        self._java("kafka.tools.StorageTool", "format", *config).wait(_START_SECONDS)

    def start(self) -> None:
        self.process = self._java("kafka.Kafka", str(self.folder / "server.properties"))
        deadline = time.monotonic() + _START_SECONDS
        while not _listens(self.port) or not _listens(self.secure_port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NoBroker((self.folder / "kafka.log").read_text(encoding="utf-8", errors="replace")[-2000:])
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(_STOP_SECONDS)
            self.process = None

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        memory = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with (self.folder / "kafka.log").open("ab") as log:
            return subprocess.Popen(["java", *memory, "-cp", f"{self.jars}/*", *arguments], stdout=log, stderr=log)

    def _properties(self) -> str:
        login = "org.apache.kafka.common.security.plain.PlainLoginModule"
        lines = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},SASL_SSL://127.0.0.1:{self.secure_port},"
            f"CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port},SASL_SSL://127.0.0.1:{self.secure_port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT",
            "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": f'{login} required user_{USER}="{PASSWORD}";',
            "listener.name.sasl_ssl.ssl.keystore.type": "PEM",
            "listener.name.sasl_ssl.ssl.keystore.location": self.folder / "keystore.pem",
            "log.dirs": self.folder / "data",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 2,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 500,  # a killed worker's partitions are soon another's
            "auto.create.topics.enable": "false",
            "file.delete.delay.ms": 1000,
        }
        return "".join(f"{key}={value}\n" for key, value in lines.items())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _certificate(authority: Path) -> bytes:
    """Write a certificate that signs itself, and return it with its key as one PEM text."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    authority.write_bytes(certificate)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate
