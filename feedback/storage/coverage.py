"""Questions about what is labelled how: samples, failures, cases, templates and exposures; and which patterns are risky."""

import json
from collections.abc import Iterable, Iterator

from feedback.domain.coverage import Counts, Labelled, RiskyPattern
from feedback.domain.labelling import LabelSet, TemplateLabels
from feedback.domain.template import version_key
from feedback.storage.database import Store
from feedback.storage.labels import label_set, template_labels

__all__ = ["exposures_by_template", "labelled", "risky_patterns"]

_FAILURES = """SELECT labels, template_name, template_version, count(*), sum(category IS 'needs_triage'),
    sum(category IS NOT NULL AND template_name IS NULL) FROM failures WHERE counts
    GROUP BY 1, 2, 3"""
_CASES = """SELECT labels, f.template_name, template_version, count(*)
    FROM cases JOIN failures f USING (event_id) GROUP BY 1, 2, 3"""
# A sample that stands in several versions of its dataset is one, labelled as in the newest.
_SAMPLES = """WITH ranked (version, rank) AS MATERIALIZED (SELECT value, key FROM json_each(?)),
    newest AS (SELECT json_extract(body, '$.labels') AS labels, template_name, template_version, max(rank)
               FROM samples JOIN ranked ON version = dataset_version GROUP BY sample_id, dataset)
    SELECT labels, template_name, template_version, count(*) FROM newest GROUP BY 1, 2, 3"""
_EXPOSURES = "SELECT template_name, template_version, sum(interactions) FROM exposures GROUP BY 1, 2"
_RISKY = """SELECT pattern_id, category, template_name, place, failures, units, first_seen, last_seen,
    coalesce(verdict, 'undecided') FROM patterns LEFT JOIN splits USING (pattern_id) WHERE high_risk AND failures > 0 ORDER BY pattern_id"""


def labelled(store: Store) -> Iterator[Labelled]:
    """
    Yield all that coverage counts, with its labels, in no order: the same labels come more than once.

    The labels are a thing's own, else its template's: of failures that count also where they wait in triage, of cases those of
    the failure they were made from. A failure without a template has only its own.
    """
    templates = template_labels(store)
    for *origin, failures, in_triage, unattributed in store.stream(_FAILURES):
        counts = Counts(failures=failures, in_triage=in_triage, unattributed=unattributed)
        yield _completed(templates, origin), counts
    for *origin, cases in store.stream(_CASES):
        yield _completed(templates, origin), Counts(cases=cases)
    for *origin, samples in store.stream(_SAMPLES, (json.dumps(_dataset_versions(store)),)):
        yield _completed(templates, origin), Counts(samples=samples)
    for name, version in store.stream("SELECT name, version FROM templates"):
        yield templates.of(name, version), Counts(templates=1)
    for (name, version), exposures in exposures_by_template(store).items():
        yield templates.of(name, version), Counts(exposures=exposures)


def exposures_by_template(store: Store) -> dict[tuple[str, str], int]:
    """Return how many interactions were reported, by template name and version."""
    return {(name, version): interactions for name, version, interactions in store.rows(_EXPOSURES)}


def risky_patterns(store: Store) -> list[RiskyPattern]:
    """Return the patterns in which a failure of high risk stands, by id."""
    return [
        RiskyPattern(
            pattern_id=pattern_id,
            category=category,
            template=template,
            locus=locus,
            failures=failures,
            units=units,
            first_seen=first_seen,
            last_seen=last_seen,
            verdict=verdict,
        )
        for pattern_id, category, template, locus, failures, units, first_seen, last_seen, verdict in store.rows(_RISKY)
    ]


def _completed(templates: TemplateLabels, origin: Iterable[str | None]) -> LabelSet:
    text, name, version = origin
    return label_set(text).completed_by(templates.of(name, version))


def _dataset_versions(store: Store) -> list[str]:
    """Return the versions of datasets, oldest first: in semantic order behind those that have none, which go by name."""
    versions = [version for (version,) in store.rows("SELECT DISTINCT dataset_version FROM samples")]
    return sorted(versions, key=_dataset_order)


def _dataset_order(version: str) -> tuple[bool, object, str]:
    semantic = version_key(version.removeprefix("v"))
    return semantic is not None, semantic or "", version
