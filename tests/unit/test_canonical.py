import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain.canonical import canonical_json, digest, short_id

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _turned(value: Any) -> Any:
    """Return `value` with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: _turned(inner) for key, inner in reversed(value.items())}
    return [_turned(inner) for inner in value] if isinstance(value, list) else value


def test_keys_are_sorted_and_white_space_is_left_out() -> None:
    assert canonical_json({"b": [1, 2], "a": {"d": None, "c": True}}) == '{"a":{"c":true,"d":null},"b":[1,2]}'


def test_text_beyond_ascii_stays_as_it_is() -> None:
    assert canonical_json({"合同": "é😀"}) == '{"合同":"é😀"}'


@given(_VALUES)
def test_canonical_json_reads_back_as_the_same_value(value: Any) -> None:
    assert json.loads(canonical_json(value)) == value


@given(_VALUES)
def test_the_digest_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    assert digest(_turned(value)) == digest(value)


@given(_VALUES)
def test_the_digest_does_not_depend_on_layout_or_escapes(value: Any) -> None:
    assert digest(json.loads(json.dumps(value, indent=3, ensure_ascii=True))) == digest(value)


def test_the_digest_is_sha256_over_the_canonical_form() -> None:
    # printf '{"a":1}' | sha256sum
    assert digest({"a": 1}) == "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"rating": [number]})


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_surrogate_pair_is_refused_in_values_and_in_keys(text: str) -> None:
    for value in ({"a": text}, {text: 1}):
        with pytest.raises(UnicodeEncodeError):
            canonical_json(value)


def test_ids_keep_their_parts_apart() -> None:
    ids = {short_id("X-", *parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""))}
    assert len(ids) == 4


def test_an_id_is_its_prefix_and_as_many_hex_digits_as_asked() -> None:
    assert short_id("X-", "a", length=16).startswith(short_id("X-", "a", length=4))
    assert len(short_id("X-", "a", length=16)) == len("X-") + 16
