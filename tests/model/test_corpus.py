"""The corpus: its format, its balance, and that no case of it is nearly another."""

import json
import re
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from feedback.classification.cases import ASIDE, CORPUS, LabelledCase, load_corpus
from feedback.domain.failure import FailureEvent
from feedback.domain.measure import Text, language
from feedback.domain.taxonomy import NEEDS_TRIAGE
from feedback.settings import load_taxonomy

FORM = {"event", "category", "border"}


@pytest.fixture(scope="module")
def corpus() -> list[LabelledCase]:
    return load_corpus()


def test_every_line_holds_an_event_a_category_and_perhaps_a_border() -> None:
    for path in (*CORPUS.glob("*.jsonl"), *ASIDE.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            record = json.loads(line)
            assert {"event", "category"} <= record.keys() <= FORM
            assert record["event"]["event_id"] == f"{path.stem}-{number:03}"


def test_there_is_enough_of_every_category_and_near_their_borders(corpus: list[LabelledCase]) -> None:
    counts = Counter(case.category for case in corpus)
    assert set(counts) == {*load_taxonomy().ids, NEEDS_TRIAGE}
    assert min(counts.values()) >= 250
    lines = [line for path in CORPUS.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum("border" in json.loads(line) for line in lines) >= 600


def test_every_category_comes_from_every_source_and_channel(corpus: list[LabelledCase]) -> None:
    by_source: dict[str, Counter[str]] = defaultdict(Counter)
    for case in corpus:
        by_source[case.category][case.event.source] += 1
    assert all(len(sources) == 7 for sources in by_source.values())
    assert all(max(sources.values()) <= 2.5 * min(sources.values()) for sources in by_source.values())


def _spoken(case: LabelledCase) -> str:
    """Return the language of what was said: Chinese, English, or another."""
    said = _said(case.event)
    found = language(Text(said)) or ("en" if said.isascii() else "other")  # of a few words only the script tells
    return found if found in {"zh", "en"} else "other"


def test_three_of_five_cases_are_english_and_one_of_five_chinese(corpus: list[LabelledCase]) -> None:
    shares = Counter(map(_spoken, corpus))
    assert 0.5 <= shares["en"] / len(corpus) <= 0.7
    assert 0.12 <= shares["zh"] / len(corpus) <= 0.25
    assert shares["other"] / len(corpus) >= 0.12


def _surface(case: LabelledCase) -> dict[str, object]:
    event = case.event
    return {
        "source": event.source,
        "language": _spoken(case),
        "length": min(6, len(event.model_dump_json(exclude_defaults=True)) // 500),
        **{name: getattr(event, name) is not None for name in ("template", "reference", "session_id", "dataset")},
    }


def test_the_surface_of_a_case_hardly_tells_its_category(corpus: list[LabelledCase]) -> None:
    """A guess from source, language, length and which fields are there is right in less than one of six unseen cases."""
    told = [case for case in corpus if case.category != NEEDS_TRIAGE]
    features = DictVectorizer().fit_transform([_surface(case) for case in told])
    truth, batches = [case.category for case in told], [case.batch for case in told]
    guesses = cross_val_predict(
        LogisticRegression(max_iter=2000), features, truth, groups=batches, cv=GroupKFold(len(set(batches)))
    )
    assert float(np.mean(guesses == np.array(truth))) < 1 / 6


def test_the_corpus_has_every_category_in_every_batch_and_no_id_twice() -> None:
    cases = [case for folder in (CORPUS, ASIDE) for case in load_corpus(folder)]
    wanted = {*load_taxonomy().ids, NEEDS_TRIAGE}
    batches = {case.batch for case in cases}
    assert all({case.category for case in cases if case.batch == batch} == wanted for batch in batches)
    ids = [case.event.event_id for case in cases]
    assert len(set(ids)) == len(ids)
    assert len(load_corpus()) >= 2_500


def test_no_event_of_the_corpus_names_a_category() -> None:
    for folder in (CORPUS, ASIDE):
        for case in load_corpus(folder):
            text = case.event.model_dump_json().lower()
            assert not [name for name in load_taxonomy().ids if name in text], case.event.event_id


def _said(event: FailureEvent) -> str:
    """Return what was asked, answered and complained of, without the names of keys and tools."""
    request, response, signals = event.request, event.response, event.signals
    asked = [message.text for message in request.messages] if request else []
    answered = [response.content or ""] if response else []
    complained = [signals.comment or "", signals.error or ""] if signals else []
    return "\n".join([*asked, *answered, *complained])


def test_no_case_of_the_corpus_is_nearly_another() -> None:
    """No two share more than ten eight-word runs and a quarter of the shorter one's; a machine's own phrase is shorter."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    runs = []
    cases = [case for folder in (CORPUS, ASIDE) for case in load_corpus(folder)]
    for number, case in enumerate(cases):
        words = re.findall(r"[^\W_]+", _said(case.event).lower())
        runs.append({tuple(words[at : at + 8]) for at in range(len(words) - 7)})
        for run in runs[-1]:
            places[run].append(number)
    shared = Counter(pair for numbers in places.values() if len(numbers) > 1 for pair in combinations(numbers, 2))
    alike = [
        (cases[one].event.event_id, cases[other].event.event_id)
        for (one, other), count in shared.items()
        if count > max(10, 0.25 * min(len(runs[one]), len(runs[other])))
    ]
    assert alike == []
    seen = [case.event.model_copy(update={"event_id": None}).model_dump_json() for case in cases]
    assert len(set(seen)) == len(seen)
