"""What one line of training data registers, and why it is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.canonical import digest
from feedback.domain.template import SampleRegistration
from feedback.errors import InvalidInput
from feedback.intake.samples import parse_sample
from tests.builders import ABSENT, TEMPLATE, a_sample, raw

_CHAT = {"messages": [{"role": "user", "content": "Extract."}, {"role": "assistant", "content": "{}"}]}
_META: dict[str, Any] = {
    "template": {"name": TEMPLATE, "version": "2.0.0"},
    "sample_id": "sample-1",
    "dataset": "sft_en",
    "dataset_version": "v0.3.0",
}
_NAME_IT = 'name it as {"name": ..., "version": ...} or as "name@version"'


def _line(data: dict[str, Any] = _CHAT, **meta: Any) -> dict[str, Any]:
    """Return a line of training data; `meta` replaces what it says, ABSENT leaves it out."""
    said = {key: value for key, value in (_META | meta).items() if value is not ABSENT}
    return data | {"meta": said}


def _registered(line: Any, **given: str) -> SampleRegistration:
    return parse_sample(line if isinstance(line, bytes) else raw(line), **given)


def _refused(line: Any, **given: str) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        _registered(line, **given)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize(
    "data",
    [
        _CHAT,
        {
            "conversations": [{"from": "human", "value": "Extract."}, {"from": "gpt", "value": "{}"}],
            "system": "Be brief.",
        },
        {"instruction": "Extract.", "input": "", "output": "{}"},
        {"instruction": "Extract.", "output": "{}"},
        {"prompt": "Extract.", "completion": "{}"},
        {"prompt": [{"role": "user", "content": "Extract."}], "completion": [{"role": "assistant", "content": "{}"}]},
    ],
)
def test_training_data_of_every_form_registers_what_its_meta_says(data: dict[str, Any]) -> None:
    assert _registered(_line(data, labels={"risk_level": "high"})) == a_sample(labels={"risk_level": "high"})


@pytest.mark.parametrize(
    "meta",
    [
        {"template": f"{TEMPLATE}@2.0.0"},
        {"template": TEMPLATE, "template_version": "2.0.0"},
        {"template": {"name": TEMPLATE, "version": "2.0.0", "path": "templates/payment_terms.yaml"}},
        {"author": "ana", "reviewed": True},
    ],
)
def test_a_template_may_be_named_in_several_ways_and_meta_may_say_more(meta: dict[str, Any]) -> None:
    assert _registered(_line(**meta)) == a_sample()


def test_a_name_may_hold_an_at_sign_and_a_version_its_build() -> None:
    joined = _line(template="team@work/terms@2.0.0-rc.1+b7")
    beside = _line(template="team@work/terms", template_version="2.0.0-rc.1+b7")
    for line in (joined, beside):
        named = _registered(line).template
        assert (named.name, named.version) == ("team@work/terms", "2.0.0-rc.1+b7")


def test_what_a_line_does_not_say_of_its_dataset_is_what_is_given() -> None:
    bare = _line(dataset=ABSENT, dataset_version=ABSENT)
    given_ = {"dataset": "sft_zh", "dataset_version": "v1"}
    assert _registered(bare, **given_) == a_sample(**given_)
    assert _registered(_line(), **given_) == a_sample()


def test_a_registration_may_leave_its_dataset_to_what_is_given() -> None:
    line = {"sample_id": "sample-1", "template": {"name": TEMPLATE, "version": "2.0.0"}}
    assert _registered(line, dataset="sft_en", dataset_version="v0.3.0") == a_sample()
    assert _registered(line | {"dataset": "sft_zh"}, dataset="sft_en", dataset_version="v0.3.0").dataset == "sft_zh"


@pytest.mark.parametrize(
    ("meta", "top", "sample_id"),
    [
        ({"sample_id": "a", "id": "b"}, {"sample_id": "c", "id": "d"}, "a"),
        ({"sample_id": None, "id": "b"}, {"sample_id": "c", "id": "d"}, "b"),
        ({"sample_id": ABSENT}, {"sample_id": "c", "id": "d"}, "c"),
        ({"sample_id": ABSENT}, {"id": "d"}, "d"),
        ({"sample_id": 17}, {}, "17"),
        ({"sample_id": 0}, {}, "0"),
    ],
)
def test_the_id_stands_in_meta_else_in_the_line_and_may_be_a_whole_number(
    meta: dict[str, Any], top: dict[str, Any], sample_id: str
) -> None:
    assert _registered(_line(_CHAT | top, **meta)).sample_id == sample_id


def test_a_line_without_an_id_has_the_hash_of_all_but_its_meta() -> None:
    assert _registered(_line(sample_id=ABSENT)).sample_id == digest(_CHAT)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


@given(_TEXT, _TEXT, st.sampled_from(["1.0.0", "2.0.0"]), st.sampled_from(["v1", "v2"]))
def test_the_same_text_has_the_same_id_whatever_meta_says_and_another_text_another(
    text: str, other: str, version: str, dataset_version: str
) -> None:
    data = {"prompt": text, "completion": "{}"}
    plain = _registered(_line(data, sample_id=ABSENT)).sample_id
    turned = dict(
        reversed(_line(data, sample_id=ABSENT, template=f"t@{version}", dataset_version=dataset_version).items())
    )
    assert _registered(turned).sample_id == plain
    assert (_registered(_line(data | {"prompt": other}, sample_id=ABSENT)).sample_id == plain) == (text == other)


@given(_TEXT)
def test_nothing_of_a_training_text_gets_into_a_registration(text: str) -> None:
    assert _registered(_line({"instruction": f"<{text}>", "output": f"<{text}>"})) == a_sample()


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        (b"{", ["not valid JSON: Expecting property name enclosed in double quotes, column 2"]),
        ([1], ["expected one JSON object, found an array"]),
        (_CHAT, [f"meta.template: is required: {_NAME_IT}", "meta.dataset: is required: name it in the line, or with --dataset", "meta.dataset_version: is required: name it in the line, or with --dataset-version"]),
        (_CHAT | {"meta": "payment_terms@2.0.0"}, ["meta: expected an object, found a text"]),
        (_line(template=ABSENT), [f"meta.template: is required: {_NAME_IT}"]),
        (_line(template=None), [f"meta.template: is required: {_NAME_IT}"]),
        (_line(template=7), [f"meta.template: Input should be an object, found 7: {_NAME_IT}"]),
        (_line(template=TEMPLATE), [f"meta.template.version: is required: {_NAME_IT}"]),
        (_line(template={"name": TEMPLATE}), [f"meta.template.version: is required: {_NAME_IT}"]),
        (_line(template={"version": "2.0.0"}), ["meta.template.name: is required"]),
        (_line(template="@2.0.0"), ["meta.template.name: String should have at least 1 character, found ''"]),
        (_line(template=f"{TEMPLATE}@v2"), [f"meta.template.version: expected a semantic version such as 2.1.0, found 'v2': {_NAME_IT}"]),
        (_line(template={"name": TEMPLATE, "version": 2.1}), [f"meta.template.version: Input should be a valid string, found 2.1: {_NAME_IT}"]),
        (_line(dataset=5), ["meta.dataset: Input should be a valid string, found 5: name it in the line, or with --dataset"]),
        (_line(sample_id=True), ["meta.sample_id: Input should be a valid string, found True"]),
        (_line(_CHAT | {"id": "x" * 201}, sample_id=ABSENT), [f"id: String should have at most 200 characters, found '{'x' * 79}"]),
        (_line(labels={"risk_level": "extreme"}), ["meta.labels.risk_level: Input should be 'low', 'medium' or 'high', found 'extreme'"]),
        (_line(labels={"topic": "law"}), ["meta.labels.topic: unknown key"]),
        (_line({"text": "Extract."}), ["expected training data (messages, or conversations, or instruction and output, or prompt and completion), found text, meta"]),
        (_line({"messages": []}), ["expected training data (messages, or conversations, or instruction and output, or prompt and completion), found messages, meta"]),
        (_line({"instruction": "Extract.", "output": " "}), ["expected training data (messages, or conversations, or instruction and output, or prompt and completion), found instruction, output, meta"]),
        (b'{"prompt": "\\ud800", "completion": "x", "meta": {"template": "t@1.0.0"}}', ["not valid UTF-8: a text holds half a surrogate pair (an escape \\ud800 to \\udfff alone)"]),
        ({"sample_id": "s"}, ["dataset: is required: name it in the line, or with --dataset", "dataset_version: is required: name it in the line, or with --dataset-version", f"template: is required: {_NAME_IT}"]),
        ({"sample_id": "s", "dataset": "d", "dataset_version": "v", "template": {"name": "t", "version": "1"}, "texts": []}, ["texts: unknown key"]),
    ],
)  # fmt: skip
def test_a_line_that_registers_nothing_is_refused_with_every_reason(line: Any, faults: list[str]) -> None:
    assert sorted(_refused(line)) == sorted(faults)


def test_what_is_given_mends_a_line_that_names_no_dataset() -> None:
    assert _refused(_CHAT, dataset="d", dataset_version="v") == [f"meta.template: is required: {_NAME_IT}"]
