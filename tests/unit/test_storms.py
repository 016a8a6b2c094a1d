"""Storms: what repeats and what came with one deployment is named, and nothing else."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.storms import Deployed, InUse, Repeated, deployment_storms, unit_storms

LEAST = 5
ALWAYS = [InUse("a", 0, 1000), InUse("b", 0, 1000), InUse("c", 0, 1000)]
SEEN = st.lists(
    st.builds(Deployed, st.integers(0, 100), st.sampled_from(["a", "b", None]), st.integers(1, 9)), max_size=30
)


def _told(seen: list[Deployed], in_use: list[InUse] = ALWAYS, *, others: bool = False) -> list[str]:
    return [storm.sentence for storm in deployment_storms(seen, in_use, least=LEAST, others=others)]


# units


def test_a_unit_that_fails_again_and_again_is_named() -> None:
    (storm,) = unit_storms([Repeated("session:s-12", 9, 100, 101)], failures=12)
    assert storm.sentence == "9 of 12 failures are one session's, s-12, within 2 hours: counted as one unit"
    assert (storm.kind, storm.name, storm.failures, storm.of, storm.hours) == ("units", "s-12", 9, 12, 2)


def test_a_storm_of_many_days_is_told_in_days() -> None:
    (storm,) = unit_storms([Repeated("sample:a:b", 9, 100, 200)], failures=9)
    assert storm.sentence == "9 of 9 failures are one sample's, a:b, within 5 days: counted as one unit"


def test_of_many_units_the_three_largest_are_named_and_the_others_summed_up() -> None:
    seen = [Repeated(f"session:s{n}", 5 + n, 100, 100) for n in range(6)]
    storms = unit_storms(seen, failures=60)
    assert [storm.name for storm in storms] == ["s5", "s4", "s3", None]
    assert storms[-1].sentence == (
        "18 of 60 failures are those of 3 more that failed as often, none more than 7 times: counted as 3 units"
    )


@given(st.lists(st.integers(5, 100), max_size=12))
def test_no_failure_of_a_unit_that_repeats_is_left_out(failures: list[int]) -> None:
    storms = unit_storms([Repeated(f"session:{n}", one, 0, n) for n, one in enumerate(failures)], failures=2000)
    assert sum(storm.failures for storm in storms) == sum(failures)


# deployments


def test_a_burst_that_came_with_one_training_version_is_named() -> None:
    seen = [Deployed(100, "a", 20), Deployed(105, "a", 11), Deployed(103, "b", 1), Deployed(104, None, 1)]
    assert _told(seen) == ["31 of 33 failures within 6 hours came with training version a (2 others are in use)"]


def test_it_is_said_where_failures_of_repeating_units_are_left_out() -> None:
    assert _told([Deployed(1, "a", 5)], ALWAYS[:2], others=True) == [
        "5 of 5 other failures within 1 hour came with training version a (1 other is in use)"
    ]


def test_of_a_version_only_the_largest_storm_is_named() -> None:
    seen = [Deployed(10, "a", 5), Deployed(200, "a", 7), Deployed(400, "b", 6)]
    assert [
        (storm.name, storm.failures, storm.first_hour) for storm in deployment_storms(seen, ALWAYS, least=LEAST)
    ] == [
        ("a", 7, 200),
        ("b", 6, 400),
    ]


def test_too_few_too_mixed_or_too_slow_is_no_storm() -> None:
    assert _told([Deployed(1, "a", 4)]) == []
    assert _told([Deployed(1, "a", 8), Deployed(2, "b", 1)]) == []
    assert _told([Deployed(1, "a", 9), Deployed(2, "b", 1)]) != []
    assert _told([Deployed(1, "a", 4), Deployed(25, "a", 4)]) == []
    assert _told([Deployed(1, "a", 4), Deployed(24, "a", 4)]) != []


def test_failures_without_a_training_version_are_no_deployment() -> None:
    assert _told([Deployed(1, None, 50)]) == []


def test_a_version_that_is_alone_is_no_storm_whatever_was_before_and_comes_later() -> None:
    burst = [Deployed(100, "a", 9), Deployed(110, "a", 9)]
    assert _told(burst, [InUse("a", 0, 999), InUse("b", 0, 76), InUse("c", 111, 999)]) == []
    assert _told(burst, [InUse("a", 0, 999), InUse("b", 0, 77)])[0].endswith("(1 other is in use)")
    assert _told(burst, [InUse("a", 0, 999), InUse("b", 110, 120)])[0].endswith("(1 other is in use)")


@given(SEEN)
def test_a_storm_is_nine_in_ten_of_all_failures_of_its_hours_and_there_is_one_wherever_there_could_be(
    seen: list[Deployed],
) -> None:
    storms = deployment_storms(seen, ALWAYS, least=LEAST)
    for storm in storms:
        hours = range(storm.first_hour, storm.first_hour + storm.hours)
        assert len(hours) <= 24
        by_version = Counter[str | None]()
        for one in seen:
            by_version[one.training_version] += one.failures if one.hour in hours else 0
        assert (by_version[storm.name], by_version.total()) == (storm.failures, storm.of)
        assert storm.of >= LEAST
        assert 10 * storm.failures >= 9 * storm.of
    begins = {one.hour for one in seen}
    assert bool(storms) == any(_is_storm([one for one in seen if hour <= one.hour < hour + 24]) for hour in begins)
    assert len({storm.name for storm in storms}) == len(storms)


def _is_storm(window: list[Deployed]) -> bool:
    total = sum(one.failures for one in window)
    most = max((sum(o.failures for o in window if o.training_version == name) for name in "ab"), default=0)
    return total >= LEAST and most >= 0.9 * total
