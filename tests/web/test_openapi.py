"""The OpenAPI document is true: a real service is asked what the document allows, and must answer as it says."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from feedback.storage.database import open_store
from feedback.web.app import api_document
from tests.builders import TEMPLATE, a_template, failures, register, take_in, told
from tests.web.serving import serving

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
_EXAMPLES = 40
_SCHEMA = from_dict(api_document())
_OPERATIONS = [found.ok() for found in _SCHEMA.get_all_operations() if isinstance(found, Ok)]
_ANY = [(operation, GenerationMode.POSITIVE) for operation in _OPERATIONS]
_WRONG = [(one, GenerationMode.NEGATIVE) for one in _OPERATIONS if one.body or one.query or "number" in one.path]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, trained: object) -> Iterator[str]:
    """Serve a store with failures, tickets, a template and a dead letter."""
    del trained
    path = tmp_path_factory.mktemp("served") / "feedback.db"
    store = open_store(path)
    register(store, a_template())
    take_in(store, *failures(40, metadata=told()), {"broken": True})
    store.close()
    with serving(path) as served:
        # the first imports of two threads at once have been seen to confuse Python's own parser
        while httpx.get(f"{served}/readyz").status_code != 200:
            time.sleep(0.05)
        yield served


@pytest.mark.parametrize(
    ("operation", "mode"), [*_ANY, *_WRONG], ids=[f"{one.label} {mode.value}" for one, mode in [*_ANY, *_WRONG]]
)
def test_a_route_answers_as_its_document_says(
    operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, address: str
) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(base_url=address, checks=_CHECKS)

    ask()


def _a_revision(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/v1/tickets", params={"kind": "template_revision"}).json()["items"][0]
    return found


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/tickets/{ticket_id}", lambda client: client.get("/v1/tickets").json()["items"][0]),
        *((f"/v1/tickets/{{ticket_id}}/{part}", _a_revision) for part in ("history", "revision", "affected")),
        ("/v1/triage", lambda _: {}),
        ("/v1/patterns/{pattern_id}", lambda client: client.get("/v1/patterns").json()["items"][0]),
        ("/v1/failures/{event_id}", lambda client: client.get("/v1/failures").json()["items"][0]),
        ("/v1/dead-letters/{number}", lambda client: client.get("/v1/dead-letters").json()["items"][0]),
        ("/v1/templates/{name}/versions/{version}", lambda _: {"name": TEMPLATE, "version": "2.0.0"}),
    ],
)
def test_what_is_there_is_shown_as_the_document_says(
    path: str, named: Callable[[httpx.Client], dict[str, Any]], address: str
) -> None:
    with httpx.Client(base_url=address) as client:
        found = named(client)
    place = {name: found[name] for name in re.findall(r"{(\w+)}", path)}
    answer = _SCHEMA[path]["GET"].Case(path_parameters=place).call_and_validate(base_url=address, checks=_CHECKS)
    assert answer.status_code == 200
