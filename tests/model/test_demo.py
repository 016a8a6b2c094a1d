"""The demo, and a second world: their tickets were written down before the pipeline saw a failure of theirs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.classification.cases import CORPUS, load_corpus
from feedback.cli import main
from feedback.cli.ingest import take_in
from feedback.demo.__main__ import EVENTS, EXPECTED, EXPOSURES, SEED
from feedback.service.bootstrap import Service, open_service
from feedback.service.register import register_templates
from feedback.service.views import ticket_views
from feedback.settings import load_taxonomy
from feedback.storage.failures import count_by_category, count_by_channel
from tests.worlds import DEMO, HARBOUR, World

LEAST_OPENED = 23
MOST_BEYOND = 5


def test_the_shipped_stream_is_the_world_with_its_seed() -> None:
    generated = [event["event_id"].removesuffix(f"-{SEED}") for event in DEMO.events(SEED)]
    shipped = [json.loads(line) for line in EVENTS.read_text(encoding="utf-8").splitlines()]
    assert [event["event_id"] for event in shipped] == generated
    assert [event | {"event_id": ""} for event in shipped] == [event | {"event_id": ""} for event in DEMO.events(SEED)]


def test_the_shipped_exposures_are_those_of_the_world_and_cover_its_weeks() -> None:
    shipped = [json.loads(line) for line in EXPOSURES.read_text(encoding="utf-8").splitlines()]
    assert shipped == DEMO.exposures(SEED)
    assert len(shipped) == 4 * len(DEMO.data["exposures"])
    assert {one["template"]["name"] for one in shipped} < {template.name for template in DEMO.templates}
    assert len({one["exposure_id"] for one in shipped}) == len(shipped)


def test_a_world_that_says_nothing_of_its_traffic_has_no_exposures() -> None:
    assert HARBOUR.exposures(77) == []


def test_the_shipped_expectations_are_those_of_the_world() -> None:
    written = json.loads(EXPECTED.read_text(encoding="utf-8"))
    assert {(one["kind"], one["category"], one["template"]) for one in written} == DEMO.expected()


def test_the_shipped_stream_is_large_and_of_both_channels(tmp_path: Path) -> None:
    service = _streamed(DEMO, SEED, tmp_path)
    channels = count_by_channel(service.store)
    assert sum(channels.values()) >= 300
    assert min(channels["online"], channels["offline"]) >= 100
    assert len({template.name for template in DEMO.templates}) >= 12


@pytest.mark.parametrize(("world", "seed"), [(DEMO, SEED), (HARBOUR, 77)], ids=["demo", "harbour"])
def test_nearly_all_expected_tickets_open_and_few_beyond_them(world: World, seed: int, tmp_path: Path) -> None:
    service = _streamed(world, seed, tmp_path)
    opened = {(one["kind"], one["pattern"]["category"], one["pattern"]["template"]) for one in ticket_views(service)}
    expected = world.expected()
    assert len(expected) == 27
    assert len(opened & expected) >= LEAST_OPENED, sorted(expected - opened)
    assert len(opened - expected) <= MOST_BEYOND, sorted(opened - expected)


def test_streaming_the_same_twice_changes_nothing(tmp_path: Path) -> None:
    service = _streamed(DEMO, SEED, tmp_path)
    before = ticket_views(service), count_by_category(service.store)
    with (tmp_path / "events.jsonl").open("rb") as file:
        summary = take_in(service, [file])
    assert summary.counts == {"duplicate": len(DEMO.events(SEED))}
    assert summary.exposures == {"duplicate": len(DEMO.exposures(SEED))}
    assert (ticket_views(service), count_by_category(service.store)) == before


@pytest.mark.parametrize("world", [DEMO, HARBOUR], ids=["demo", "harbour"])
def test_no_failure_of_a_world_is_a_near_duplicate_of_one_in_the_corpus(world: World) -> None:
    corpus = [
        _shingles(json.loads(line)["event"])
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    for event in world.events(1):
        mine = _shingles(event)
        assert all(len(mine & other) < 0.3 * max(1, min(len(mine), len(other))) for other in corpus), event["event_id"]


def _streamed(world: World, seed: int, folder: Path) -> Service:
    """Return a service that has taken the world's failures in, through a file as a user would."""
    service = open_service(":memory:")
    register_templates(service, world.templates)
    path = folder / "events.jsonl"
    items = world.events(seed) + world.exposures(seed)
    path.write_text("\n".join(json.dumps(item) for item in items), encoding="utf-8")
    with path.open("rb") as file:
        take_in(service, [file])
    return service


def _shingles(event: dict[str, Any]) -> set[tuple[str, ...]]:
    """Return the runs of eight words (of Chinese and Japanese: characters) in what was asked, answered and said."""
    words = [
        word
        for text in _texts([event.get("request", {}).get("messages"), event.get("response"), event.get("signals")])
        for word in re.findall(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+", text.lower())
    ]
    return {tuple(words[n : n + 8]) for n in range(len(words) - 7)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_the_demo_prints_categories_patterns_answers_and_what_to_type_next(tmp_path: Path) -> None:
    done = _run("demo", "--db", str(tmp_path / "demo.db"))
    assert done.exit_code == 0, done.output
    first = r"^397 failures \(\d+ offline, \d+ online\), 24 exposures, 14 template versions\."
    assert re.search(first, done.stdout, re.MULTILINE)
    assert all(name in done.stdout for name in load_taxonomy().ids)
    answers = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ")]
    assert answers.count("recurs?") == answers.count("systemic?") == answers.count("test?") >= 12
    assert re.search(r"^\d+ of the 27 tickets written down beforehand were opened\.", done.stdout, re.MULTILINE)
    assert f"The database is {tmp_path / 'demo.db'}" in done.stdout
    assert "ingest YOUR_FAILURES.jsonl" in done.stdout


def test_the_demo_says_where_it_was_wrong_and_what_it_took(tmp_path: Path) -> None:
    done = _run("demo", "--db", str(tmp_path / "demo.db"), "--json")
    answer = json.loads(done.stdout)
    opened = {(one["kind"], one["pattern"]["category"], one["pattern"]["template"]) for one in answer["tickets"]}
    assert {tuple(one) for one in answer["expected"]["missing"]} == DEMO.expected() - opened
    assert {tuple(one) for one in answer["expected"]["beyond"]} == opened - DEMO.expected()
    assert (answer["accepted"], answer["duplicate"]) == (397, 0)
    assert answer["seconds"] > 0


def test_the_demo_shows_rates_where_exposures_are_known_and_shares_elsewhere(tmp_path: Path) -> None:
    answer = json.loads(_run("demo", "--db", str(tmp_path / "demo.db"), "--json").stdout)
    exposed = {one["template"]["name"] for one in DEMO.data["exposures"]}
    by_rate = {one["template"] for one in answer["patterns"] if "rate" in one["verdict"]["inputs"]}
    by_share = {one["template"] for one in answer["patterns"] if "share" in one["verdict"]["inputs"]}
    assert by_rate == exposed
    assert by_share
    assert not by_share & exposed


def test_the_demo_prints_how_many_of_a_thousand_interactions_failed_where_that_is_known(tmp_path: Path) -> None:
    lines = _run("demo", "--db", str(tmp_path / "demo.db")).stdout.splitlines()
    assert any(
        re.fullmatch(r"missing_tool_parameters +rail_and_hotel_booking +40 +25 +8\.\d +systemic *", one)
        for one in lines
    )
    assert any(re.fullmatch(r"unclear_task_boundary +clinic_visit_note +24 +16 +systemic *", one) for one in lines)


def test_the_demo_run_twice_takes_nothing_in_the_second_time(tmp_path: Path) -> None:
    first = json.loads(_run("demo", "--db", str(tmp_path / "demo.db"), "--json").stdout)
    second = json.loads(_run("demo", "--db", str(tmp_path / "demo.db"), "--json").stdout)
    assert (second["accepted"], second["duplicate"]) == (0, 397)
    assert second["tickets"] == first["tickets"]


def test_training_says_what_it_made_of_how_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEEDBACK_CACHE", str(tmp_path))
    done = _run("train")
    assert re.search(
        rf"^Classifier c1:[0-9a-f]{{16}}, from {len(load_corpus())} cases; kept in ", done.stdout, re.MULTILINE
    )
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".skops"]
