"""`python -m feedback.schemas` writes the JSON Schemas of the contract, and the OpenAPI document, into `config/schemas/`."""

import json

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from feedback.domain.assessment import Assessment
from feedback.domain.exposure import Exposure
from feedback.domain.failure import FailureEvent, Interaction
from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.settings import config_dir
from feedback.web.app import api_document

__all__ = ["OPENAPI", "SCHEMAS", "openapi_text", "schema_text", "write"]

SCHEMAS: dict[str, type[BaseModel]] = {
    "failure-event": FailureEvent,
    "interaction": Interaction,
    "exposure": Exposure,
    "template": Template,
    "sample-registration": SampleRegistration,
    "version-registration": VersionRegistration,
    "assessment": Assessment,
}
"""The published models by the name of their file."""
OPENAPI = "openapi"
"""The name of the file of the OpenAPI document."""


def schema_text(name: str) -> str:
    """Return the JSON Schema of a published model as the text of its file."""
    mode: JsonSchemaMode = "serialization" if name == "assessment" else "validation"
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | SCHEMAS[name].model_json_schema(mode=mode)
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def openapi_text() -> str:
    """Return the OpenAPI document of the HTTP API as the text of its file."""
    return json.dumps(api_document(), indent=2, ensure_ascii=False) + "\n"


def write() -> None:
    """Write every schema, and the OpenAPI document, to its file."""
    folder = config_dir() / "schemas"
    folder.mkdir(exist_ok=True)
    for name in SCHEMAS:
        (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")
    (folder / f"{OPENAPI}.json").write_text(openapi_text(), encoding="utf-8")


if __name__ == "__main__":
    write()
