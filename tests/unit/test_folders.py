"""Which template files of a folder have come or changed, look by look; no clock is in it."""

import os
from pathlib import Path

import pytest

from feedback.domain.template import Template
from feedback.errors import InvalidInput
from feedback.intake.folders import Folders

_TEXT = "name: t\nversion: 1.0.0\nkind: single_turn\nsystem: |\n  Be brief.\n"


def _names(found: dict[Path, Template | InvalidInput]) -> list[str]:
    return [path.name for path in found]


def _settled(folders: Folders) -> dict[Path, Template | InvalidInput]:
    """Look twice, and return what the second look gives; the first gives nothing."""
    assert folders.look() == {}
    return folders.look()


def test_what_is_there_is_given_once_with_the_folders_in_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("b.yaml", "in/a.yml", "readme.txt"):
        (tmp_path / name).write_text(_TEXT)
    folders = Folders([tmp_path, tmp_path / "in"])
    found = _settled(folders)
    assert _names(found) == ["b.yaml", "a.yml"]
    assert all(isinstance(one, Template) and one.system == "Be brief.\n" for one in found.values())
    assert folders.look() == {}


def test_a_file_that_appears_is_given_at_the_second_look_that_finds_it(tmp_path: Path) -> None:
    folders = Folders([tmp_path])
    assert folders.look() == {}
    (tmp_path / "a.yaml").write_text(_TEXT)
    assert _names(_settled(folders)) == ["a.yaml"]


def test_a_file_that_changes_between_two_looks_is_given_when_it_has_stopped_changing(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    for end in range(40, len(_TEXT)):  # every half is a whole template, too
        path.write_text(_TEXT[:end])
        assert folders.look() == {}
    path.write_text(_TEXT)
    (template,) = _settled(folders).values()
    assert isinstance(template, Template)
    assert template.system == "Be brief.\n"


def test_a_faulty_file_is_given_once_with_its_faults_and_again_when_it_changes(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    path.write_text("name: t\n")
    (error,) = _settled(folders).values()
    assert isinstance(error, InvalidInput)
    assert all(fault.path == str(path) for fault in error.faults)
    assert folders.look() == {}
    path.write_text(_TEXT)
    (template,) = _settled(folders).values()
    assert isinstance(template, Template)


def test_the_same_bytes_written_again_are_no_change(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    path.write_text(_TEXT)
    assert _settled(folders)
    path.write_text(_TEXT)
    os.utime(path, (0, 0))
    assert folders.look() == folders.look() == {}


def test_a_change_that_leaves_size_and_time_as_they_were_is_a_change(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    path.write_text(_TEXT)
    os.utime(path, (0, 0))
    assert _settled(folders)
    path.write_text(_TEXT.replace("1.0.0", "1.0.1"))
    os.utime(path, (0, 0))
    assert _names(_settled(folders)) == ["a.yaml"]


def test_a_file_that_went_and_came_back_is_given_again(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    path.write_text(_TEXT)
    assert _settled(folders)
    path.unlink()
    assert folders.look() == {}
    path.write_text(_TEXT)
    assert _names(_settled(folders)) == ["a.yaml"]


def test_folders_and_dangling_links_of_such_a_name_and_a_folder_that_went_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "d.yaml").mkdir()
    (tmp_path / ".#a.yaml").symlink_to("ana@desk.4711")
    folders = Folders([tmp_path, tmp_path / "gone"])
    assert folders.look() == folders.look() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_given_once_with_the_reason(tmp_path: Path) -> None:
    path, folders = tmp_path / "a.yaml", Folders([tmp_path])
    path.write_text(_TEXT)
    path.chmod(0)
    (error,) = _settled(folders).values()
    assert str(error) == f"{path}: cannot be read: Permission denied"
    assert folders.look() == {}
