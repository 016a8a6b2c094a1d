"""Runs: several tries that came out differently."""

import pytest

from tests.unit.test_evidence_find import event, failed, one, rules


def test_checks_of_one_name_that_passed_and_failed_disagree() -> None:
    checks = [{"name": f"exact_run_{n}", "passed": n != 2} for n in range(3)]
    found = one(event("Go", signals={"checks": checks}), "runs.disagree")
    assert found.category == ""
    assert found.detail == "exact: passed and failed"


@pytest.mark.parametrize("detail", ["3 of 5 runs refused", "differs across seeds", "2/4 judges say no", "5次中3次拒绝"])
def test_words_that_say_so_are_heard(detail: str) -> None:
    assert "runs.disagree" in rules(event("Go", signals=failed("stability", detail)))


def test_checks_that_agree_or_are_of_different_things_do_not() -> None:
    agreeing = [{"name": f"run_{n}", "passed": False} for n in range(3)]
    different = [{"name": "length", "passed": True}, {"name": "language", "passed": False}]
    for checks in (agreeing, different):
        assert "runs.disagree" not in rules(event("Go", signals={"checks": checks}))
