"""A template as the text of its YAML file, and what differs between two such texts."""

import difflib
import re
from typing import Any

import yaml

from feedback.domain.template import Template

__all__ = ["file_diff", "template_yaml"]

_FLOW = frozenset({"labels"})
_STRANGE = re.compile(r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LAID_OUT = re.compile(r" \n|\A\s")
_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Writes long texts as blocks, and names no value by an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - a value that stands twice is written twice
        return True


class _Block(dict[str, object]):
    """A mapping that is written a key a line, whatever it holds."""


class _Flow(dict[str, object]):
    """A mapping that is written on one line."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Write a long text as a block where reading gives it back sign by sign, else between quotes."""
    is_long = "\n" in text or len(text) > _WIDTH
    style = '"' if _STRANGE.search(text) else "|" if is_long and not _LAID_OUT.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _block(dumper: yaml.SafeDumper, value: _Block) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=False)


def _flow(dumper: yaml.SafeDumper, value: _Flow) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_Block, _block)
_Dumper.add_representer(_Flow, _flow)


def template_yaml(template: Template) -> str:
    """Return the file of a template, always the same for the same content; reading it gives that content back."""
    said = template.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    shown = _Block((key, _Flow(value) if key in _FLOW else _sorted(value)) for key, value in said.items())
    return str(
        yaml.dump(shown, Dumper=_Dumper, sort_keys=False, default_flow_style=None, allow_unicode=True, width=_WIDTH)
    )


def _sorted(value: Any) -> Any:
    """Return a value with the keys of its mappings in order, which is how a registered template keeps them."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def file_diff(old: Template, new: Template) -> str:
    """Return the unified diff between the files of two versions; empty where they are the same."""
    before, after = (template_yaml(one).splitlines(keepends=True) for one in (old, new))
    left, right = (f"{one.name}-{one.version}.yaml" for one in (old, new))
    return "".join(difflib.unified_diff(before, after, left, right))
