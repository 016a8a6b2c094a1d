from datetime import timedelta

import pytest

from feedback.errors import Fault, NotFound
from feedback.storage import maintenance
from feedback.storage.database import Store
from feedback.storage.dead_letters import Refused, dead_letter, dead_letters, keep
from tests.builders import NOW, every_row

_FAULTS = (Fault("channel", "is required"), Fault("", "too long"))


def _keep(store: Store, *refused: Refused) -> None:
    with store.writing():
        keep(store, refused, now=NOW)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        "合同".encode(),
        b"a\x00b",
        b"text:x",
        b"base64:eA==",
        b"\xed\xa0\x80",
        bytes(range(256)),
    ],
)
def test_the_bytes_are_kept_as_they_came(store: Store, raw: bytes) -> None:
    _keep(store, Refused("a.jsonl", "line 1", raw, _FAULTS))
    (letter,) = dead_letters(store)
    assert letter.raw == raw


def test_place_and_every_reason_are_kept(store: Store) -> None:
    _keep(store, Refused("合同.jsonl", "line 7", b"{", _FAULTS))
    (letter,) = dead_letters(store)
    assert (letter.source, letter.place, letter.faults) == ("合同.jsonl", "line 7", _FAULTS)
    assert letter.received_at == "2026-04-25T12:00:00+00:00"


def test_the_same_bytes_from_the_same_place_are_kept_once_with_the_first_time(store: Store) -> None:
    refused = Refused("a.jsonl", "line 1", b"{", _FAULTS)
    _keep(store, refused, refused)
    with store.writing():
        keep(store, [refused], now=NOW + timedelta(days=1))
    assert [letter.received_at for letter in dead_letters(store)] == ["2026-04-25T12:00:00+00:00"]
    assert len(store.rows("SELECT 1 FROM payloads")) == 1


@pytest.mark.parametrize(
    "other",
    [
        Refused("b.jsonl", "line 1", b"{", _FAULTS),
        Refused("a.jsonl", "line 2", b"{", _FAULTS),
        Refused("a.jsonl", "line 1", b"[", _FAULTS),
        Refused("a.jsonl", "line ", b"1{", _FAULTS),
    ],
)
def test_other_bytes_or_another_place_are_another_letter(store: Store, other: Refused) -> None:
    _keep(store, Refused("a.jsonl", "line 1", b"{", _FAULTS), other)
    assert len(dead_letters(store)) == 2


def test_the_newest_letter_comes_first(store: Store) -> None:
    _keep(store, *(Refused("a.jsonl", f"line {n}", b"{", _FAULTS) for n in (1, 2, 3)))
    assert [letter.place for letter in dead_letters(store)] == ["line 3", "line 2", "line 1"]


def test_a_letter_is_found_by_its_number(store: Store) -> None:
    _keep(store, Refused("a.jsonl", "line 1", b"{", _FAULTS), Refused("a.jsonl", "line 2", b"[", _FAULTS))
    newest = dead_letters(store)[0]
    assert dead_letter(store, newest.letter_id) == newest


def test_a_number_that_no_letter_has_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="no dead letter '7'"):
        dead_letter(store, 7)


def test_a_letter_whose_payload_was_erased_tells_only_where_it_came_from(store: Store) -> None:
    _keep(store, Refused("a.jsonl", "line 1", b"{", _FAULTS))
    with store.writing():
        store.db.conn.execute("DELETE FROM payloads")
    (letter,) = dead_letters(store)
    assert (letter.raw, letter.faults, letter.source, letter.place) == (None, (), "a.jsonl", "line 1")


def test_a_source_whose_name_is_no_utf8_is_kept_too(store: Store) -> None:
    named = b"caf\xe9.jsonl".decode("utf-8", "surrogateescape")  # as the system gives such a file name
    _keep(store, Refused(named, "line 1", b"{", _FAULTS))
    assert len(dead_letters(store)) == 1


def test_a_rebuild_leaves_the_letters_as_they_are(store: Store) -> None:
    _keep(store, Refused("a.jsonl", "line 1", b"\xff", _FAULTS))
    before = every_row(store)["dead_letters"]
    maintenance.rebuild(store)
    assert every_row(store)["dead_letters"] == before
