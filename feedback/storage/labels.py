"""Questions about labels, as they stand in read models: JSON text of a failure, a sample, a template."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from feedback.domain.labelling import LabelSet, TemplateLabels
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = ["label_set", "template_labels", "usual_labels"]

_SELECT = "SELECT name, version, json_extract(body, '$.labels') FROM templates"
_OWN = """SELECT template_name, json_extract(labels, '$.primary_task'), json_extract(labels, '$.scenario'), count(*)
    FROM failures WHERE counts AND template_name IN ({marks}) GROUP BY 1, 2, 3"""


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


def usual_labels(store: Store, names: Iterable[str]) -> dict[str, LabelSet]:
    """
    Return task and scenario of each of these templates, by name.

    They are those of the newest registered version, else the most frequent of its failures, of equal ones the first.
    """
    wanted = tuple(dict.fromkeys(names))
    registered = template_labels(store, wanted)
    found = {name: registered.of(name, None) for name in wanted}
    tasks: dict[str, Counter[str]] = defaultdict(Counter)
    scenarios: dict[str, Counter[str]] = defaultdict(Counter)
    lacking = [name for name, labels in found.items() if not (labels.primary_task and labels.scenario)]
    for part, marks in chunks(lacking):
        for name, task, scenario, failures in store.rows(_OWN.format(marks=marks), part):
            tasks[name].update({task: failures} if task else {})
            scenarios[name].update({scenario: failures} if scenario else {})
    return {
        name: labels.completed_by(LabelSet(_most_frequent(tasks[name]), _most_frequent(scenarios[name])))
        for name, labels in found.items()
    }


def _most_frequent(counts: Mapping[str, int]) -> str | None:
    return min(counts, key=lambda name: (-counts[name], name), default=None)
