from feedback.classification.cases import CORRECTION, LabelledCase
from feedback.classification.training import parted
from feedback.domain.failure import FailureEvent
from tests.builders import a_failure, raw

EVENT = FailureEvent.model_validate_json(raw(a_failure()))


def _cases(**sizes: int) -> list[LabelledCase]:
    return [LabelledCase(EVENT, "x", batch) for batch, size in sizes.items() for _ in range(size)]


def test_batches_are_spread_over_parts_of_about_the_same_size() -> None:
    sizes = {f"b-{n}": 120 + 40 * (n % 2) for n in range(10)}
    parts = parted(_cases(**sizes))
    assert sorted({sum(sizes[b] for b in sizes if parts[b] == part) for part in range(5)}) == [280]


def test_corrections_are_spread_over_all_parts_however_unequal_those_of_the_corpus_are() -> None:
    corpus = {"large": 500, "small": 10, "b": 300, "c": 300, "d": 300}
    groups = {f"{CORRECTION}{n}": 4 for n in range(6)}
    parts = parted(_cases(**corpus, **groups))
    assert {parts[group] for group in groups} == {0, 1, 2, 3, 4}
    assert {batch: parts[batch] for batch in corpus} == parted(_cases(**corpus))


def test_corrections_of_one_group_stay_together() -> None:
    assert parted(_cases(a=5, b=5, **{f"{CORRECTION}x": 9}))[f"{CORRECTION}x"] == 0
