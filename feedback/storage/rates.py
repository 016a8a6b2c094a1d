"""What is counted by template version: failures, interactions, samples, and the scores that reviewers gave."""

import json
from collections.abc import Sequence

from feedback.storage.database import Store

__all__ = [
    "failures_by_template",
    "failures_by_version",
    "interactions_by_version",
    "quality_scores",
    "samples_by_version",
]

QUALITY = (
    "instruction_clarity",
    "context_sufficiency",
    "response_correctness",
    "format_consistency",
    "style_appropriateness",
    "boundary_safety",
    "trainability",
)
"""The dimensions of quality, as the contract orders them."""


def failures_by_template(store: Store) -> dict[str, tuple[int, str]]:
    """Return how many failures each template has that count, and when the latest of them occurred; by name."""
    sql = (
        """SELECT template_name, sum(failures), max(last_seen) FROM patterns WHERE failures > 0 GROUP BY 1 ORDER BY 1"""
    )
    return {name: (failures, last_seen) for name, failures, last_seen in store.rows(sql)}


def failures_by_version(store: Store, name: str) -> dict[str | None, int]:
    """Return the failures of a template that count, by effective version; None is the unknown one."""
    sql = """SELECT version, sum(v.failures) FROM pattern_versions v JOIN patterns USING (pattern_id)
             WHERE template_name = ? GROUP BY 1"""
    return {version or None: failures for version, failures in store.rows(sql, (name,))}


def interactions_by_version(store: Store, name: str) -> dict[str, int]:
    """Return the interactions reported of a template, by the version that its model was trained on, else by its own."""
    sql = """SELECT coalesce(t.version, e.template_version), sum(interactions) FROM exposures e
             LEFT JOIN training_templates t USING (training_version, template_name)
             WHERE e.template_name = ? GROUP BY 1"""
    return dict(store.rows(sql, (name,)))


def samples_by_version(store: Store, name: str) -> list[tuple[str, str, str, int]]:
    """Return (dataset, dataset version, template version, samples) of a template, in this order."""
    sql = """SELECT dataset, dataset_version, template_version, count(*) FROM samples WHERE template_name = ?
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    return store.rows(sql, (name,))


def quality_scores(store: Store, name: str, most: int) -> tuple[int, dict[str, Sequence[float]]]:
    """Return how many of the latest `most` failures of a template were scored, and their scores by dimension."""
    sql = """SELECT json_extract(body, '$.signals.quality') AS scores FROM (
                 SELECT payload_id FROM failures WHERE template_name = ? AND counts ORDER BY position DESC LIMIT ?)
             JOIN payloads USING (payload_id) WHERE scores IS NOT NULL"""
    found = [json.loads(scores) for (scores,) in store.rows(sql, (name, most))]
    return len(found), {
        dimension: [one[dimension] for one in found if one.get(dimension) is not None] for dimension in QUALITY
    }
