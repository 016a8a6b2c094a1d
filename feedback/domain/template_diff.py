"""What differs between two versions of a template, element by element and by meaning."""

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import yaml

from feedback.domain.canonical import canonical_json
from feedback.domain.failure import Tool
from feedback.domain.template import ELEMENTS, Template

__all__ = ["changes_between"]


def changes_between(old: Template, new: Template) -> dict[str, list[str]]:
    """
    Return what changed, by part: the four text elements first, then the others by name; name and version are none.

    Values are compared by meaning: the order of keys is no difference, that of a list is one. Nothing is returned exactly
    where the content is the same. Each part comes as the lines of a unified diff; tools are named one by one, as `added`,
    `removed` or `changed`, and the changes of each stand behind its name.
    """
    before, after = _content(old), _content(new)
    parts = [*ELEMENTS, *sorted((before.keys() | after.keys()) - {*ELEMENTS, "name", "version"})]
    names = (old.version, new.version)
    changes = {}
    for part in parts:
        if canonical_json(before.get(part)) == canonical_json(after.get(part)):
            continue
        if part == "tools":
            changes[part] = _tools(old.tools, new.tools, names)
        else:
            changes[part] = _diff(before.get(part), after.get(part), names)
    return changes


def _tools(old: Sequence[Tool], new: Sequence[Tool], names: tuple[str, str]) -> list[str]:
    before, after = _by_name(old), _by_name(new)
    lines = [f"removed: {name}" for name in before if name not in after]
    lines += [f"added: {name}" for name in after if name not in before]
    kept, turned = ([name for name in one if name in before and name in after] for one in (before, after))
    for name in kept:
        if canonical_json(before[name]) != canonical_json(after[name]):
            lines += [f"changed: {name}", *(f"  {line}" for line in _diff(before[name], after[name], names))]
    if kept != turned:
        lines.append(f"order: {', '.join(kept)} became {', '.join(turned)}")
    return lines


def _by_name(tools: Sequence[Tool]) -> dict[str, Any]:
    """Return the tools by the name of their function; a name that comes again is counted, and so is a tool without."""
    seen: Counter[str] = Counter()
    found = {}
    for tool in tools:
        name = str((tool.function or {}).get("name") or f"{tool.type} without a name")
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} (no. {seen[name]})"] = _content(tool)
    return found


def _diff(before: Any, after: Any, names: tuple[str, str]) -> list[str]:
    lines = list(difflib.unified_diff(_lines(before), _lines(after), *names, lineterm="", n=2))
    return lines or ["only the ends of lines differ"]


def _lines(value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return value.splitlines()
    return str(yaml.safe_dump(value, allow_unicode=True, width=110)).splitlines()


def _content(value: Template | Tool) -> dict[str, Any]:
    """Return what a template or tool says, without what is as if it were not there."""
    return value.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
