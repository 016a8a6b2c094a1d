"""The embedded loop: events a second, cost at two sizes of store, memory, and rebuild; each beside its reference."""

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from benchmarks.stream import make_events, make_templates
from feedback.classification.model import describe
from feedback.domain.assessment import Alternative, Assessment, Attribution, fingerprint_of
from feedback.domain.failure import FailureEvent
from feedback.pipeline import Assessor
from feedback.service.assess import record_assessments
from feedback.service.assessor import build_assessor
from feedback.service.bootstrap import Service, open_service
from feedback.service.judge import judge
from feedback.service.register import register_templates
from feedback.service.report import Incoming, report
from feedback.storage.maintenance import rebuild

__all__ = ["main"]

_TEMPLATES = 400
_MEASURED = 6_000


def main(sizes: Sequence[int] = (10_000, 300_000)) -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as folder:
        service = open_service(Path(folder) / "bench.db")
        templates = make_templates(_TEMPLATES)
        register_templates(service, templates)
        assessor = build_assessor(templates, service.settings)
        lines = list(make_events(_MEASURED, templates, seed=11))
        mean_bytes = sum(map(len, lines)) / len(lines)
        print(
            f"{_MEASURED} distinct events of {mean_bytes:.0f} bytes, {_TEMPLATES} templates, half without a reference"
        )
        _end_to_end(service, assessor, lines[:1_000])  # warm-up
        seconds = _end_to_end(service, assessor, lines[1_000:])
        print(f"embedded end to end                 {(_MEASURED - 1_000) / seconds:9,.0f} events/s")
        _references(assessor, lines, Path(folder))
        stored, costs = _MEASURED, []
        for n, size in enumerate(sizes):
            _fill(service, size - stored, [one.name for one in templates], seed=100 + n)
            stored = size
            fresh = list(make_events(_MEASURED, templates, seed=20 + n))
            costs.append(_end_to_end(service, assessor, fresh) / _MEASURED)
            stored += _MEASURED
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"with {size:7,} events in the store      {1e6 * costs[-1]:9,.0f} us/event, peak memory {peak:,.0f} MB"
            )
        print(f"cost at the larger store to the smaller {100 * (costs[-1] / costs[0] - 1):+.0f} %")
        began = time.perf_counter()
        facts = rebuild(service.store)
        print(
            f"rebuild                             {facts / (time.perf_counter() - began):9,.0f} facts/s ({facts:,} facts)"
        )
        service.store.close()


def _end_to_end(service: Service, assessor: Assessor, lines: Sequence[bytes]) -> float:
    """Return the seconds to take `lines` in: parse, validate, record, assess, judge."""
    began = time.perf_counter()
    size = service.settings.ingest.batch_size
    for start in range(0, len(lines), size):
        batch = [Incoming("bench", str(start + n), raw) for n, raw in enumerate(lines[start : start + size])]
        fresh = [(one.event_id, one.event) for one in report(service, batch) if one.event_id and one.event]
        record_assessments(service, assessor.assess(fresh))
    judge(service)
    return time.perf_counter() - began


def _references(assessor: Assessor, lines: Sequence[bytes], folder: Path) -> None:
    classifier = assessor.classifier
    examples = [describe(FailureEvent.model_validate_json(line)) for line in lines]
    began = time.perf_counter()
    for start in range(0, len(examples), 512):
        classifier.scores(examples[start : start + 512])
    print(f"  the fitted scikit-learn part alone {len(lines) / (time.perf_counter() - began):9,.0f} events/s")
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("CREATE TABLE bytes (id INTEGER PRIMARY KEY, body TEXT)")
    began = time.perf_counter()
    for start in range(0, len(lines), 512):
        bare.execute("BEGIN IMMEDIATE")
        bare.executemany(
            "INSERT INTO bytes (body) VALUES (?)", [(line.decode(),) for line in lines[start : start + 512]]
        )
        bare.execute("COMMIT")
    print(f"  bare SQLite inserts, same bytes    {len(lines) / (time.perf_counter() - began):9,.0f} events/s")
    bare.close()


def _fill(service: Service, count: int, names: Sequence[str], seed: int) -> None:
    """Record `count` further events through the same facts and folds, with assessments made up instead of computed."""
    categories = service.taxonomy.ids
    lines = make_events(count, make_templates(_TEMPLATES), seed=seed)
    made = 0
    while batch := list(islice(lines, 2_000)):
        report(service, [Incoming("fill", str(n), raw) for n, raw in enumerate(batch)])
        assessments = []
        for raw in batch:
            made += 1
            name, category = names[made % len(names)], categories[made % 7]
            locus = f"/field_{made % 12}:type"
            assessments.append(
                Assessment(
                    event_id=json.loads(raw)["event_id"],
                    category=category,
                    probability=0.9,
                    alternatives=(Alternative(category=categories[7], probability=0.1),),
                    evidence=(),
                    template=Attribution(name=name, version="1.0.0", score=1.0, method="text"),
                    locus=locus,
                    fingerprint=fingerprint_of(category, name, locus),
                    taxonomy_version="1",
                    classifier_version="fill",
                )
            )
        record_assessments(service, assessments)
    judge(service)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or (10_000, 300_000))
