from math import comb

import pytest

from feedback.classification.comparing import MOST_LOST, SURE, OfCategory, compare, p_value

A, B, TRIAGE = "insufficient_context", "output_format_violation", "needs_triage"


@pytest.mark.parametrize(("only_champion", "only_challenger"), [(0, 1), (0, 5), (2, 9), (5, 5), (9, 2), (30, 41)])
def test_the_p_value_is_the_upper_tail_of_fair_coins(only_champion: int, only_challenger: int) -> None:
    coins = only_champion + only_challenger
    tail = sum(comb(coins, heads) for heads in range(only_challenger, coins + 1)) / 2**coins
    assert p_value(only_champion, only_challenger) == pytest.approx(tail)


def test_without_a_discordant_pair_nothing_speaks_for_the_challenger() -> None:
    assert p_value(0, 0) == 1.0


def test_five_discordant_pairs_are_the_fewest_that_can_convince() -> None:
    assert p_value(0, 4) >= SURE > p_value(0, 5)


def test_a_comparison_counts_by_category_and_pair_by_pair() -> None:
    truth = [A] * 6 + [TRIAGE, B]
    champion = [B] * 6 + [TRIAGE, B]
    challenger = [A] * 6 + [TRIAGE, A]
    found = compare(truth, champion, challenger, corpus=(0.7, 0.7))
    assert found.by_category == (OfCategory(A, 6, 0, 6), OfCategory(TRIAGE, 1, 1, 1), OfCategory(B, 1, 1, 0))
    figures = found.figures
    assert (figures["champion_accuracy"], figures["challenger_accuracy"]) == (2 / 8, 7 / 8)
    assert (figures["only_champion_right"], figures["only_challenger_right"], found.discordant) == (1, 6, 7)
    assert figures["p_value"] == pytest.approx(8 / 128)
    assert figures["champion_macro_f1"] == pytest.approx((0 + 1 + 2 / 8) / 3)
    assert not found.better


@pytest.mark.parametrize(("lost", "better"), [(-0.05, True), (0.0, True), (MOST_LOST / 2, True), (0.011, False)])
def test_who_is_better_on_corrections_must_not_lose_on_the_corpus(lost: float, *, better: bool) -> None:
    found = compare([A] * 6, [B] * 6, [A] * 6, corpus=(0.7, 0.7 - lost))
    assert found.better is better
