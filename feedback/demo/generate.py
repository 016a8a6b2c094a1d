"""Generates failure events and exposures from a world: templates, faults written by hand, and the truth about each."""

import random
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from feedback.domain.failure import SOURCES_BY_CHANNEL
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.domain.template import Template

__all__ = ["WORLD", "expected_tickets", "generate", "load_world", "weekly_exposures"]

WORLD = Path(__file__).parent / "world.yaml"
_ONLINE = SOURCES_BY_CHANNEL["online"]
_SLOT = re.compile(r"<<(\w+)>>")
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def load_world(path: Path = WORLD) -> dict[str, Any]:
    """Return the world in a YAML file."""
    world: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return world


def generate(
    world: Mapping[str, Any], templates: Mapping[tuple[str, str], Template], seed: int
) -> list[dict[str, Any]]:
    """Return the world's failure events in the order of their times; the same seed gives the same events."""
    dice = random.Random(seed)
    events = [event for fault in world["faults"] for event in _events_of(fault, world, templates, dice)]
    events.sort(key=lambda event: (event["occurred_at"], event["event_id"]))
    return [event | {"event_id": f"{world['name']}-{n:04d}"} for n, event in enumerate(events, start=1)]


def weekly_exposures(world: Mapping[str, Any], seed: int) -> list[dict[str, Any]]:
    """
    Return an exposure a week of each template whose traffic the world gives, in its order; none where it gives none.

    A week's interactions lie within a tenth of what the world says. The same seed gives the same, whatever the faults.
    """
    dice = random.Random(f"exposures {seed}")
    begin, week = datetime.fromisoformat(world["start"]), timedelta(weeks=1)
    return [
        {
            "exposure_id": f"{world['name']}-{of['template']['name']}-week-{n + 1}",
            "template": dict(of["template"]),
            "from": (begin + n * week).isoformat(),
            "to": (begin + (n + 1) * week).isoformat(),
            "interactions": round(of["interactions_a_week"] * dice.uniform(0.9, 1.1)),
        }
        for of in world.get("exposures", ())
        for n in range(world["days"] // week.days)
    ]


def expected_tickets(
    world: Mapping[str, Any], templates: Mapping[tuple[str, str], Template]
) -> list[tuple[str, str, str]]:
    """Return (kind, category, template name) of every ticket that the truth about the world asks for, sorted."""
    tickets: set[tuple[str, str, str]] = set()
    for fault in world["faults"]:
        category, ref = fault["category"], fault["template"]
        if ref is None or category == NEEDS_TRIAGE:
            continue
        risk = fault.get("risk_level") or templates[ref["name"], ref["version"]].labels.risk_level
        if fault["expect"] == "systemic" and category != "model_capability_gap":
            tickets.add(("template_revision", category, ref["name"]))
        if fault["expect"] == "systemic" or risk == "high":
            tickets.add(("regression_set", category, ref["name"]))
    return sorted(tickets)


def _events_of(
    fault: Mapping[str, Any],
    world: Mapping[str, Any],
    templates: Mapping[tuple[str, str], Template],
    dice: random.Random,
) -> list[dict[str, Any]]:
    start, span = datetime.fromisoformat(world["start"]), timedelta(days=world["days"])
    storm = fault["expect"] == "isolated" and fault["failures"] > 1
    begin = start + span * dice.uniform(0.1, 0.9)
    events = []
    for n in range(fault["failures"]):
        unit = n if n < fault["units"] else dice.randrange(fault["units"])
        example = fault["examples"][n % len(fault["examples"])]
        at = begin + timedelta(minutes=dice.uniform(1, 90)) if storm else start + span * dice.random()
        head = _head(fault, unit, at.replace(microsecond=0), by_reference=_says_template(fault["reference"], n))
        body = _body(fault, example, templates)
        fill = {name: dice.choice(values) for name, values in world["slots"].items()}
        events.append({"event_id": f"{fault['id']}-{n}"} | head | _filled(body, fill))
    return events


def _head(fault: Mapping[str, Any], unit: int, at: datetime, *, by_reference: bool) -> dict[str, Any]:
    source = fault["sources"][unit % len(fault["sources"])]
    online = source in _ONLINE
    head: dict[str, Any] = {
        "occurred_at": at.isoformat(),
        "channel": "online" if online else "offline",
        "source": source,
        "session_id" if online else "sample_id": f"{fault['id']}-{unit:02d}",
    }
    labels = dict(fault.get("labels") or {})
    if "risk_level" in fault:
        labels["risk_level"] = fault["risk_level"]
    if labels:
        head["labels"] = labels
    if "training_version" in fault:
        head["training_version"] = fault["training_version"]
    if by_reference and fault["template"] is not None:
        head["template"] = dict(fault["template"])
    return head


def _says_template(rule: str, n: int) -> bool:
    return rule == "always" or (rule == "half" and n % 2 == 0)


def _body(
    fault: Mapping[str, Any], example: Mapping[str, Any], templates: Mapping[tuple[str, str], Template]
) -> dict[str, Any]:
    body = {part: example[part] for part in ("response", "reference", "signals") if part in example}
    if fault["template"] is None:
        if "messages" in example:
            body["request"] = {"messages": example["messages"]}
        return body
    template = templates[fault["template"]["name"], fault["template"]["version"]]
    values = example.get("values", {})
    user = "\n\n".join(part for part in (template.instruction.strip(), template.context.strip()) if part)
    messages = [{"role": "system", "content": _rendered(template.system.strip(), values)}] if template.system else []
    messages.append({"role": "user", "content": _rendered(user, values)})
    request: dict[str, Any] = {"messages": [*messages, *example.get("turns", [])]}
    if template.tools:
        request["tools"] = [tool.model_dump(mode="json", exclude_none=True) for tool in template.tools]
    if template.output_schema is not None:
        request["output_schema"] = template.output_schema
    return {"request": request} | body


def _rendered(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]).strip(), text)


def _filled(value: Any, slots: Mapping[str, str]) -> Any:
    """Return `value` with every slot filled; one event has one value for each slot, so that its parts agree."""
    match value:
        case str():
            return _SLOT.sub(lambda found: str(slots[found[1]]), value)
        case list():
            return [_filled(one, slots) for one in value]
        case dict():
            return {key: _filled(one, slots) for key, one in value.items()}
        case _:
            return value
