"""CloudEvents 1.0: a failure event that came inside an envelope, structured (one JSON object) or binary (headers)."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, NoReturn

from feedback.domain.canonical import short_id
from feedback.errors import Fault, InvalidInput

__all__ = ["SPECVERSION", "event_id_of", "is_envelope", "structured", "unwrap", "with_time"]

SPECVERSION = "specversion"
"""The attribute that every CloudEvent has and no failure event: it tells one from the other."""
_REQUIRED = ("id", "source", "type")
_DATA = ("data", "data_base64")
_ID_DIGITS = 32


def is_envelope(value: Mapping[str, Any]) -> bool:
    """Tell whether a JSON object is a structured CloudEvent."""
    return SPECVERSION in value


def structured(attributes: Mapping[str, str], data: bytes) -> bytes:
    """
    Return a binary CloudEvent, `data` with its attributes beside it, as a structured one that says the same.

    So it has one form wherever it is kept. Data that is no JSON is put in as base64, and refused when it is opened.
    """
    envelope = json.dumps({name: value for name, value in attributes.items() if name not in _DATA}).encode()
    try:
        json.loads(data)
        content = b'"data": ' + data.strip()
    except (ValueError, RecursionError):
        content = b'"data_base64": "' + base64.b64encode(data) + b'"'
    return envelope[:-1] + b", " + content + b"}"


def unwrap(envelope: Mapping[str, Any]) -> Any:
    """
    Return the data of a structured CloudEvent, as parsed JSON.

    Raises:
        InvalidInput: It is no CloudEvent of version 1.0, or its data is no JSON.
    """
    _check(envelope)
    kind = str(envelope.get("datacontenttype", "application/json")).partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        _refuse("datacontenttype", f"expected JSON, found {kind!r}")
    if "data" in envelope:
        return envelope["data"]
    if "data_base64" not in envelope:
        _refuse("data", "is required: the failure event stands there")
    try:
        return json.loads(base64.b64decode(envelope["data_base64"], validate=True))
    except (binascii.Error, TypeError, ValueError, RecursionError) as error:
        _refuse("data_base64", f"expected JSON in base64: {error}")


def event_id_of(attributes: Mapping[str, Any]) -> str:
    """
    Return the identity of what came in a CloudEvent: `ce:` and a hash of source and id.

    Raises:
        InvalidInput: They are no attributes of a CloudEvent of version 1.0.
    """
    _check(attributes)
    try:
        return short_id("ce:", attributes["source"], attributes["id"], length=_ID_DIGITS)
    except UnicodeEncodeError:
        _refuse("id", "not valid UTF-8: id or source holds half a surrogate pair")


def with_time(event: Any, attributes: Mapping[str, Any]) -> Any:
    """Return the event with the envelope's time as `occurred_at`, where it says none itself."""
    if isinstance(event, dict) and "occurred_at" not in event and "time" in attributes:
        return event | {"occurred_at": attributes["time"]}
    return event


def _check(attributes: Mapping[str, Any]) -> None:
    if attributes.get(SPECVERSION) != "1.0":
        _refuse(SPECVERSION, f"expected '1.0', found {attributes.get(SPECVERSION)!r}")
    for name in _REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            _refuse(name, "a CloudEvent needs it, as a text that is not empty")


def _refuse(path: str, message: str) -> NoReturn:
    raise InvalidInput(Fault(path, message))
