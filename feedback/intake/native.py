"""The native format: one JSON object of the contract, checked, made canonical, and given its identity."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from feedback.domain.canonical import canonical_json, digest
from feedback.domain.failure import MAX_EVENT_BYTES, MAX_NESTING, FailureEvent
from feedback.errors import Fault, InvalidInput
from feedback.intake import cloudevents

__all__ = [
    "Opened",
    "Received",
    "canonical",
    "canonical_object",
    "failure_in",
    "kind_of",
    "opened",
    "parse_failure",
    "parse_json",
    "validate",
    "validate_value",
]

_UNION_MEMBER = re.compile(r"str|(tuple|dict|list)\[.*\]")  # pydantic names the member of a union that did not fit
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Opened:
    """The JSON value of an item, out of its CloudEvent, and the attributes of that; none where it came in none."""

    value: Any
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """A failure event as it was received: its identity, what it says, and its content as canonical JSON."""

    event_id: str
    event: FailureEvent
    content: str


def parse_failure(raw: bytes, attributes: Mapping[str, str] | None = None) -> Received:
    """
    Return the failure event in `raw`, one JSON object, alone or as the data of a structured CloudEvent.

    Args:
        attributes: Those of the binary CloudEvent whose data `raw` is, without prefix; none where it is none.

    Raises:
        InvalidInput: It is no JSON of finite numbers in UTF-8, is over a limit, or breaks the contract; each fault
            names its path.
    """
    return failure_in(opened(raw, attributes))


def opened(raw: bytes, attributes: Mapping[str, str] | None = None) -> Opened:
    """
    Return the JSON value in `raw`, alone or as the data of a CloudEvent, whose binary `attributes` stand beside it.

    Raises:
        InvalidInput: It is no JSON of finite numbers in UTF-8, or a faulty CloudEvent.
    """
    value = parse_json(raw)
    if not attributes and isinstance(value, dict) and cloudevents.is_envelope(value):
        return Opened(cloudevents.unwrap(value), value)
    return Opened(value, attributes or {})


def failure_in(item: Opened) -> Received:
    """
    Return the failure event in an item.

    Raises:
        InvalidInput: It is over a limit, or breaks the contract; each fault names its path.
    """
    value, identity = item.value, None
    if item.envelope:
        identity = cloudevents.event_id_of(item.envelope)
        value = cloudevents.with_time(value, item.envelope)
    content = canonical_object(value)
    event = validate(FailureEvent, content)
    return Received(event.event_id or identity or digest(value), event, content)


def parse_json(raw: bytes) -> Any:
    """
    Return the JSON value in `raw`.

    Raises:
        InvalidInput: It does not parse; the message says where.
    """
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_not_finite)
    except UnicodeDecodeError as error:
        _refuse(f"not valid UTF-8: byte {error.start}")
    except json.JSONDecodeError as error:
        _refuse(f"not valid JSON: {error.msg}, column {error.pos + 1}")
    except RecursionError:
        _refuse(f"nested deeper than {MAX_NESTING} levels")
    except ValueError as error:
        _refuse(f"not valid JSON: {error}")


def validate(model: type[Model], content: str) -> Model:
    """
    Return `content` (JSON) as a `model`.

    Raises:
        InvalidInput: It does not fit; each fault names its path and what was expected and found.
    """
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise _invalid(error) from error


def validate_value(model: type[Model], value: Any) -> Model:
    """
    Return a parsed JSON value as a `model`.

    Raises:
        InvalidInput: As `validate`.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(error) from error


def canonical(value: Any) -> str:
    """
    Return the canonical JSON of a parsed value.

    Raises:
        InvalidInput: It holds a number that is not finite, half a surrogate pair, or something JSON has no word for.
    """
    try:
        return canonical_json(value)
    except UnicodeEncodeError:
        _refuse("not valid UTF-8: a text holds half a surrogate pair (an escape \\ud800 to \\udfff alone)")
    except RecursionError:
        _refuse(f"nested deeper than {MAX_NESTING} levels")
    except ValueError:
        _refuse("a number is too large to be finite, or is none")
    except TypeError as error:
        _refuse(f"cannot be written as JSON: {error}")


def canonical_object(value: Any) -> str:
    """
    Return the canonical JSON of a parsed value that must be an object within the limits of the contract.

    Raises:
        InvalidInput: It is none.
    """
    if not isinstance(value, dict):
        _refuse(f"expected one JSON object, found {kind_of(value)}")
    content = canonical(value)
    # every level costs an opening bracket, so few brackets mean no deep nesting: the walk is seldom needed
    if content.count("{") + content.count("[") > MAX_NESTING and _depth(value) > MAX_NESTING:
        _refuse(f"nested {_depth(value)} levels deep, {MAX_NESTING} are allowed")
    size = len(content.encode())
    if size > MAX_EVENT_BYTES:
        _refuse(f"{size} bytes long, {MAX_EVENT_BYTES} are allowed")
    return content


def kind_of(value: Any) -> str:
    """Return what a JSON value is, in words such as "an object"."""
    names = {dict: "an object", list: "an array", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _invalid(error: ValidationError) -> InvalidInput:
    faults = [Fault(_dotted(one["loc"]), _sentence(dict(one))) for one in error.errors(include_url=False)]
    return InvalidInput(*dict.fromkeys(faults))


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return depth


def _dotted(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, str) and _UNION_MEMBER.fullmatch(part):
            continue
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _sentence(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "unknown key"
    if error["type"] == "missing":
        return "is required"
    message = str(error["msg"]).removeprefix("Value error, ")
    if isinstance(error["input"], dict | list) or error["input"] is None:
        return f"{message}, found {kind_of(error['input'])}"
    found = repr(error["input"])
    return message if found in message else f"{message}, found {found[:80]}"


def _not_finite(constant: str) -> NoReturn:
    message = f"the number {constant} is not finite"
    raise ValueError(message)


def _refuse(message: str) -> NoReturn:
    raise InvalidInput(Fault("", message)) from None
