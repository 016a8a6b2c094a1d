"""docker-compose.yml and the Dockerfile name only what is there; they cannot be run here."""

import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from feedback.cli import main
from feedback.settings import load_settings
from streams.connection import BROKERS_VARIABLE

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
VARIABLES = {"FEEDBACK_DB", "FEEDBACK_SETTINGS", "FEEDBACK_CACHE", BROKERS_VARIABLE}


def _parsed(words: list[str]) -> click.Context:
    """Parse a command as the command line would, without running it."""
    command: click.Command = main
    context = click.Context(main, **main.context_settings)  # click keeps the names of --help of the first context
    while isinstance(command, click.Group):
        command = command.commands[words[0]]
        words = words[1:]
    return command.make_context(command.name, list(words), parent=context)


def test_there_are_a_broker_the_topics_a_recorder_and_two_assess_workers() -> None:
    assert set(SERVICES) == {"kafka", "topics", "record", "assess"}
    assert SERVICES["assess"]["deploy"]["replicas"] == 2
    assert "deploy" not in SERVICES["record"]


@pytest.mark.parametrize("name", OURS)
def test_every_command_can_be_parsed(name: str) -> None:
    assert 'ENTRYPOINT ["feedback"]' in DOCKERFILE
    context = _parsed(SERVICES[name]["command"])
    if name in ("record", "assess"):
        assert context.params["role"] == name


def test_images_are_pinned_and_the_broker_is_the_kafka_of_the_tests() -> None:
    pom = (ROOT / "tests" / "streams" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    assert f"<version>{SERVICES['kafka']['image'].removeprefix('apache/kafka:')}</version>" in pom
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)


def test_the_image_has_the_version_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {SERVICES[name]["image"] for name in OURS} == {f"failure-feedback:{project['version']}"}


@pytest.mark.parametrize("name", OURS)
def test_variables_and_files_are_those_the_program_knows(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= VARIABLES
    host, port = environment[BROKERS_VARIABLE].split(":")
    assert f"INTERNAL://:{port}" in SERVICES[host]["environment"]["KAFKA_LISTENERS"]
    mounted = dict(volume.removesuffix(":ro").split(":") for volume in SERVICES[name]["volumes"])
    for source, target in mounted.items():
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        assert target in (environment["FEEDBACK_SETTINGS"], "/data")


def test_the_settings_of_the_containers_are_settings() -> None:
    settings = load_settings(ROOT / "config" / "compose.toml")
    assert settings.worker.host == "0.0.0.0"
    assert settings.logging.format == "json"


@pytest.mark.parametrize(("name", "key"), [("record", "record_port"), ("assess", "assess_port")])
def test_health_checks_ask_the_port_that_the_role_answers_on(name: str, key: str) -> None:
    port = getattr(load_settings(ROOT / "config" / "compose.toml").worker, key)
    assert f"http://localhost:{port}/healthz" in SERVICES[name]["healthcheck"]["test"][-1]
    assert str(port) in re.findall(r"\d+", re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[0])
    compile(SERVICES[name]["healthcheck"]["test"][-1], "healthcheck", "exec")


def test_the_store_lies_on_a_volume_and_topics_come_before_workers_and_after_the_broker() -> None:
    assert "store:/data" in SERVICES["record"]["volumes"]
    assert "FEEDBACK_DB=/data/" in DOCKERFILE
    assert SERVICES["topics"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    for name in ("record", "assess"):
        assert SERVICES[name]["depends_on"] == {"topics": {"condition": "service_completed_successfully"}}


def test_what_the_dockerfile_copies_is_there_and_its_user_is_not_root() -> None:
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)]
    assert copied
    assert not [name for names in copied for name in names if not (ROOT / name).exists()]
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["feedback"]


def test_a_worker_has_time_to_stop() -> None:
    assert all(int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 10 for name in ("record", "assess"))
