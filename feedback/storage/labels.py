"""Questions about labels, as they stand in read models: JSON text of a failure, a sample, a template."""

import json
from collections.abc import Iterable

from feedback.domain.labelling import LabelSet, TemplateLabels
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = ["label_set", "template_labels"]

_SELECT = "SELECT name, version, json_extract(body, '$.labels') FROM templates"


def label_set(text: str | None) -> LabelSet:
    """Return the labels in their JSON text; an empty one is as good as none."""
    labels = json.loads(text) if text else {}
    return LabelSet(
        primary_task=labels.get("primary_task") or None,
        scenario=labels.get("scenario") or None,
        output_format=labels.get("output_format") or None,
        knowledge_points=tuple(sorted({point for point in labels.get("knowledge_points") or () if point})),
    )


def template_labels(store: Store, names: Iterable[str] | None = None) -> TemplateLabels:
    """Return the labels of the registered templates of these names, or of all."""
    if names is None:
        rows = store.rows(_SELECT)
    else:
        rows = [
            row
            for part, marks in chunks(dict.fromkeys(names))
            for row in store.rows(f"{_SELECT} WHERE name IN ({marks})", part)
        ]
    return TemplateLabels({(name, version): label_set(text) for name, version, text in rows})
