"""Labels: a thing's own, else its template's."""

import pytest

from feedback.domain.labelling import LabelSet, TemplateLabels

LAW = LabelSet("extraction", "legal", "json", ("interest",))
TEMPLATES = TemplateLabels(
    {
        ("terms", "2.0.0"): LAW,
        ("terms", "2.9.0"): LabelSet(scenario="nine"),
        ("terms", "2.10.0"): LabelSet(scenario="ten"),
        ("other", "1.0.0"): LabelSet(),
    }
)


def test_a_label_of_its_own_goes_before_that_of_the_template_each_for_itself() -> None:
    own = LabelSet(scenario="medical", knowledge_points=("dose", "unit"))
    assert own.completed_by(LAW) == LabelSet("extraction", "medical", "json", ("dose", "unit"))
    assert LabelSet().completed_by(LAW) == LAW
    assert LAW.completed_by(LabelSet()) == LAW


@pytest.mark.parametrize(
    ("name", "version", "labels"),
    [
        ("terms", "2.0.0", LAW),
        ("terms", "3.0.0", LabelSet(scenario="ten")),
        ("terms", None, LabelSet(scenario="ten")),
        ("other", "1.0.0", LabelSet()),
        ("unknown", "1.0.0", LabelSet()),
        (None, None, LabelSet()),
    ],
)
def test_a_version_that_nobody_registered_is_labelled_as_the_newest_of_its_name(
    name: str | None, version: str | None, labels: LabelSet
) -> None:
    assert TEMPLATES.of(name, version) == labels
