import gzip
import io
import json
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from feedback.domain.failure import MAX_EVENT_BYTES, MAX_NESTING
from feedback.domain.template import SampleRegistration, VersionRegistration
from feedback.errors import Fault, InvalidInput
from feedback.intake.files import read_items
from feedback.intake.native import parse_failure, parse_json
from feedback.intake.templates import read_registrations, read_template, read_templates
from feedback.settings import config_dir
from tests.builders import ABSENT, a_failure, raw


def _faults(refused: pytest.ExceptionInfo[InvalidInput]) -> list[str]:
    return [str(fault) for fault in refused.value.faults]


# native


def test_a_failure_s_content_is_canonical_and_says_what_was_sent() -> None:
    received = parse_failure(json.dumps(a_failure(), indent=2).encode())
    assert json.loads(received.content) == a_failure()
    assert received.content == parse_failure(raw(dict(reversed(a_failure().items())))).content
    assert received.event_id == received.event.event_id == "e-1"


def test_an_event_without_an_id_gets_one_of_its_content() -> None:
    assert parse_failure(raw(a_failure(event_id=ABSENT))).event_id.startswith("sha256:")


def test_every_fault_of_an_event_is_named() -> None:
    event = a_failure(channel="both", occurred_at=3, request={"messages": [{"role": "bot", "content": "x"}]}, extra=1)
    with pytest.raises(InvalidInput) as refused:
        parse_failure(raw(event))
    assert {fault.path for fault in refused.value.faults} == {
        "channel",
        "occurred_at",
        "request.messages[0].role",
        "extra",
    }


def test_what_was_found_is_quoted_and_cut() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_failure(raw(a_failure(channel="x" * 5_000)))
    (fault,) = _faults(refused)
    assert len(fault) < 200


def _of_size(size: int) -> dict[str, Any]:
    """Return an event whose canonical JSON is `size` bytes long."""
    event = a_failure(metadata={"filling": ""})
    missing = size - len(parse_failure(raw(event)).content.encode())
    return a_failure(metadata={"filling": "é" * (missing // 2) + "x" * (missing % 2)})


def test_an_event_of_the_largest_size_is_accepted() -> None:
    assert len(parse_failure(raw(_of_size(MAX_EVENT_BYTES))).content.encode()) == MAX_EVENT_BYTES == 512 * 1024


def test_an_event_one_byte_larger_is_refused() -> None:
    with pytest.raises(InvalidInput, match="524289 bytes long, 524288 are allowed"):
        parse_failure(raw(_of_size(MAX_EVENT_BYTES + 1)))


def test_the_size_does_not_depend_on_layout_or_escapes() -> None:
    spread = json.dumps(_of_size(MAX_EVENT_BYTES), indent=8, ensure_ascii=True).encode()
    assert len(spread) > MAX_EVENT_BYTES
    parse_failure(spread)


@pytest.mark.parametrize("depth", [MAX_NESTING + 1, 300, 5_000, 200_000])
@pytest.mark.parametrize("brackets", [('{"a":', "}"), ("[", "]")])
def test_what_is_nested_too_deep_is_refused(depth: int, brackets: tuple[str, str]) -> None:
    opening, closing = brackets
    deep = opening * depth + "1" + closing * depth
    event = raw(a_failure(metadata={"deep": "here"})).replace(b'"here"', deep.encode())
    with pytest.raises(InvalidInput, match="nested"):
        parse_failure(event)


def test_brackets_inside_texts_are_no_nesting() -> None:
    event = a_failure(response={"content": "[{" * 500})
    assert json.loads(parse_failure(raw(event)).content) == event


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff{}", "not valid UTF-8: byte 0"),
        (b'{"a": "\xe9"}', "not valid UTF-8: byte 7"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8: byte 7"),
        (b"{'a': 1}", "not valid JSON: Expecting property name enclosed in double quotes, column 2"),
        (b'{"a": 1', "not valid JSON: Expecting ',' delimiter, column 8"),
        (b"", "not valid JSON: Expecting value, column 1"),
        (b'{"a": NaN}', "not valid JSON: the number NaN is not finite"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not valid JSON: "),
        (b'{"a": "\x01"}', "not valid JSON: Invalid control character at, column 8"),
    ],
)
def test_what_is_no_json_is_refused_with_the_place(data: bytes, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_json(data)
    (fault,) = _faults(refused)
    assert fault.startswith(message)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    event = raw(a_failure(response={"content": "here"})).replace(b"here", b"\\ud83d\\ude00")
    assert '"content":"😀"' in parse_failure(event).content


# files


def _items(data: bytes) -> list[tuple[str, bytes]]:
    return [(item.place, item.raw) for item in read_items(io.BytesIO(data))]


_THREE = [("line 1", b'{"a":1}'), ("line 2", b'{"a":2}'), ("line 3", b'{"a":3}')]
_BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1}\n{"a":2}\n{"a":3}\n',
        b'{"a":1}\n{"a":2}\n{"a":3}',
        b'{"a":1}\r\n{"a":2}\r\n{"a":3}\r\n',
        _BOM + b'{"a":1}\n{"a":2}\n{"a":3}\n',
        b'  {"a":1}\t\n {"a":2} \n{"a":3}\n\n\n',
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_items_with_their_numbers(data: bytes, *, packed: bool) -> None:
    assert _items(gzip.compress(data) if packed else data) == _THREE


@pytest.mark.parametrize("before", [b"\n\n", b"\r\n \r\n", _BOM + b"\n\n"])
def test_empty_lines_are_passed_over_and_counted(before: bytes) -> None:
    assert _items(before + b'{"a":1}\n\n{"a":2}') == [("line 3", b'{"a":1}'), ("line 5", b'{"a":2}')]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"  \r\n\t\n", _BOM, b"[]", b" [ ] \n", gzip.compress(b""), gzip.compress(b"[]")]
)
def test_nothing_has_no_items(data: bytes) -> None:
    assert _items(data) == []


def test_a_line_that_is_no_json_is_an_item_with_its_bytes() -> None:
    assert _items(b'{"a":1}\n\xff{oops\n{"a":2}\n')[1] == ("line 2", b"\xff{oops")


_ITEMS = [("item 1", b'{"a":1}'), ("item 2", b'{"a": "],[\xe5\x90\x88"}'), ("item 3", b"[3]"), ("item 4", b"null")]


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a":1},{"a": "],[\xe5\x90\x88"},[3],null]',
        b'\n \n[\n  {"a":1} ,\n\n  {"a": "],[\xe5\x90\x88"},\r\n  [3],null\n]\n\n',
        _BOM + b'[{"a":1},{"a": "],[\xe5\x90\x88"},[3],null]',
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_elements_of_an_array_are_items_with_their_own_bytes(data: bytes, *, packed: bool) -> None:
    assert _items(gzip.compress(data) if packed else data) == _ITEMS


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (b'[{"a":1}, {"a":2', [("item 2", b'{"a":2')]),
        (b'[{"a":1}, oops, {"a":3}]', [("item 2", b'oops, {"a":3}]')]),
        (b'[{"a":1} {"a":2}]', [("item 2", b'{"a":2}]')]),
        (b'[{"a":1}', [("item 2", b"")]),
        (b'[{"a":1}] {"a":2}', [("item 2", b'] {"a":2}')]),
        (b'[{"a":1}, "\xff", 3]', [("item 2", b'"\xff"'), ("item 3", b"3")]),
    ],
)
def test_what_follows_a_broken_element_is_kept_as_one_item(data: bytes, rest: list[tuple[str, bytes]]) -> None:
    assert _items(data) == [("item 1", b'{"a":1}'), *rest]


def test_an_array_nested_too_deep_is_an_item() -> None:
    deep = b"[" * 100_000
    assert _items(b"[1," + deep) == [("item 1", b"1"), ("item 2", deep)]


def test_lines_are_read_one_by_one() -> None:
    class Endless(io.RawIOBase):
        """A pipe that never ends: whoever reads it whole never comes back."""

        def readline(self, _size: int | None = -1, /) -> bytes:
            return b'{"a":1}\n'

        def __next__(self) -> bytes:
            return self.readline()

    items = read_items(cast("BinaryIO", Endless()))
    assert [next(items).place for _ in range(3)] == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize("broken", ["cut", "turned", "head"])
def test_a_broken_gzip_is_refused_after_what_came_before(broken: str) -> None:
    packed = gzip.compress(b"".join(b'{"a":%d}\n' % (n * n * 7919) for n in range(20_000)))
    middle = len(packed) // 2
    data = {
        "cut": packed[:middle],
        "turned": packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :],
        "head": b"\x1f\x8b nonsense",
    }[broken]
    seen: list[bytes] = []
    with pytest.raises(InvalidInput, match="cannot be read to its end"):
        seen.extend(item.raw for item in read_items(io.BytesIO(data)))
    assert (len(seen) > 100) == (broken != "head")


# template files


def _yaml(folder: Path, text: str | bytes, name: str = "t.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


_TEMPLATE = "name: t\nversion: 1.0.0\nkind: single_turn\n"


def test_the_shipped_templates_are_read() -> None:
    assert len(read_templates([config_dir() / "templates"])) >= 10


def test_a_template_file_is_read_with_its_texts_as_they_stand(tmp_path: Path) -> None:
    text = _TEMPLATE + "system: |\n  合同 {{ excerpt }}\n\n  Be brief.\noutput_schema: {const: null, enum: [a, null]}\n"
    template = read_template(_yaml(tmp_path, text))
    assert template.system == "合同 {{ excerpt }}\n\nBe brief.\n"
    assert template.output_schema == {"const": None, "enum": ["a", None]}


def test_a_folder_is_read_in_order_of_paths_with_its_folders(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "c/d.yaml"):
        _yaml(tmp_path, _TEMPLATE.replace("name: t", f"name: {Path(name).stem}"), name)
    _yaml(tmp_path, "no template", "readme.txt")
    assert [template.name for template in read_templates([tmp_path])] == ["a", "b", "d"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "cannot be read as YAML of plain values"),
        (b"\xff\xfe\x00", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "notes: 2026-04-24\n", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "notes: !!python/object/apply:os.system [echo]\n", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "notes: .nan\n", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "1: x\nnotes: y\n", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "output_schema: &a {x: *a}\n", "cannot be read as YAML of plain values"),
        (_TEMPLATE + "notes: " + "[" * 5_000, "cannot be read as YAML of plain values"),
        ("", "object"),
        ("- name: t\n", "object"),
        (_TEMPLATE.replace("1.0.0", "1.0"), "version: expected a semantic version such as 2.1.0 (in YAML, quote it)"),
        (_TEMPLATE.replace("kind: single_turn\n", ""), "kind: is required"),
        (_TEMPLATE + "prompt: x\n", "prompt: unknown key"),
    ],
)
def test_a_faulty_template_file_is_refused_with_its_name(tmp_path: Path, text: str | bytes, message: str) -> None:
    path = _yaml(tmp_path, text)
    with pytest.raises(InvalidInput) as refused:
        read_template(path)
    assert all(fault.startswith(f"{path}: ") for fault in _faults(refused))
    assert any(message in fault for fault in _faults(refused))


def test_the_faults_of_all_template_files_are_named(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        _yaml(tmp_path, "name: x", name)
    _yaml(tmp_path, _TEMPLATE, "good.yaml")
    with pytest.raises(InvalidInput) as refused:
        read_templates([tmp_path, tmp_path / "missing.yaml"])
    assert {fault.path for fault in refused.value.faults} == {
        str(tmp_path / name) for name in ("a.yaml", "b.yaml", "missing.yaml")
    }


# registrations


def test_registrations_are_read_a_line_each(tmp_path: Path) -> None:
    lines = [
        {"training_version": name, "dataset_version": "v1", "templates": [{"name": "t", "version": "1.0.0"}]}
        for name in ("m1", "m2")
    ]
    path = _yaml(tmp_path, b"\n" + raw(lines[0]) + b"\n\n  " + raw(lines[1]) + b"\r\n")
    assert [one.training_version for one in read_registrations(path, VersionRegistration)] == ["m1", "m2"]


def test_registrations_after_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    line = {"training_version": "m1", "dataset_version": "v1", "templates": [{"name": "t", "version": "1.0.0"}]}
    path = _yaml(tmp_path, _BOM + raw(line))
    assert len(read_registrations(path, VersionRegistration)) == 1


def test_the_faults_of_all_lines_are_named_with_their_numbers(tmp_path: Path) -> None:
    good = {
        "sample_id": "s", "dataset": "d", "dataset_version": "v", "template": {"name": "t", "version": "1.0.0"},
    }  # fmt: skip
    lines = [raw(good), b"{", raw(good | {"sample_id": ""}), raw(good | {"extra": 1}), b"\xff", b'{"a": "\\ud800"}']
    path = _yaml(tmp_path, b"\n".join(lines))
    with pytest.raises(InvalidInput) as refused:
        read_registrations(path, SampleRegistration)
    assert [fault.path for fault in refused.value.faults] == [f"{path}:{number}" for number in (2, 3, 4, 5, 6)]


def test_a_registration_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_registrations(tmp_path / "missing", SampleRegistration)
    assert refused.value.faults == (Fault(str(tmp_path / "missing"), "cannot be read: No such file or directory"),)


def test_a_template_file_whose_aliases_blow_up_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 11)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InvalidInput, match="more than 100000 values"):
        read_template(path)
