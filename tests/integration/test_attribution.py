"""Attribution from the event to the pattern: aliases, templates beside, templates registered while workers run."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from feedback.cli import main
from feedback.domain.template import Template
from feedback.intake.templates import read_templates
from feedback.service.assess import catch_up
from feedback.service.assessor import build_assessor, kept_classifier
from feedback.service.report import report
from feedback.settings import config_dir, load_settings
from feedback.storage.database import Store
from streams import assessing
from streams.assessing import Record
from tests.builders import (
    ABSENT,
    a_failure,
    a_service,
    facts_of,
    incoming,
    raw,
    register,
    settings_with,
    take_in,
    told,
)

TEMPLATES = read_templates([config_dir() / "templates"])
BY_NAME = {each.name: each for each in TEMPLATES}
CLAIM, TICKET = BY_NAME["insurance_claim_intake"], BY_NAME["support_ticket_reply"]


def _prompt(template: Template, data: str) -> dict[str, Any]:
    text = "\n\n".join(part for part in (template.instruction, template.context) if part)
    for name in {piece.split("}}")[0] for piece in text.split("{{")[1:]}:
        text = text.replace(f"{{{{{name}}}}}", data)
    system = [{"role": "system", "content": template.system}] if template.system else []
    return {"messages": [*system, {"role": "user", "content": text}]}


def test_evidence_about_the_template_is_kept_and_is_no_rule_of_the_category(store: Store) -> None:
    evidence = [
        {"kind": "rule", "name": "schema.enum", "detail": "'RMB'"},
        {"kind": "rule", "name": "attribution.also_present", "detail": "other 1.0.0"},
        {"kind": "term", "name": "attribution.also_present", "weight": 1.0},
    ]
    take_in(store, a_failure(metadata=told(evidence=evidence)))
    (fact,) = facts_of(store, "FailureAssessed")
    assert fact["rules"] == ["schema.enum"]
    ((body,),) = store.rows("SELECT body FROM payloads WHERE payload_id = ?", (fact["payload"]["id"],))
    assert json.loads(body) == evidence


@pytest.mark.usefixtures("trained")
class TestWithTheClassifier:
    def test_alias_counts_into_the_pattern_of_the_registered_name(self, store: Store) -> None:
        settings = settings_with(attribution={"aliases": {"old-claims": CLAIM.name}})
        register(store, CLAIM)
        service = a_service(store, settings=settings)
        report(service, incoming(a_failure(template={"name": "old-claims", "version": "0.3.0"})))
        catch_up(service, build_assessor([CLAIM], settings))
        rows = store.rows("SELECT template_name, template_version, template_method, fingerprint FROM failures")
        assert [row[:3] for row in rows] == [(CLAIM.name, "0.3.0", "reference")]
        assert store.rows("SELECT template_name FROM patterns") == [(CLAIM.name,)]
        (reported,), (assessed,) = facts_of(store, "FailureReported"), facts_of(store, "FailureAssessed")
        assert reported["template"] == {"name": "old-claims", "version": "0.3.0"}
        assert assessed["template"]["name"] == CLAIM.name
        assert not [name for name in assessed["rules"] if name.startswith("attribution.")]

    def test_aliases_of_the_settings_file_hold_for_the_command_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "mine.toml").write_text('[attribution.aliases]\n"old claims" = "insurance_claim_intake"\n')
        monkeypatch.setenv("FEEDBACK_SETTINGS", str(tmp_path / "mine.toml"))
        path = tmp_path / "events.jsonl"
        path.write_bytes(raw(a_failure(template={"name": "old claims"})))
        result = CliRunner().invoke(main, ["assess", str(path)])
        assert result.exit_code == 0, result.output
        said = json.loads(result.stdout)
        assert said["template"] == {"name": CLAIM.name, "version": None, "score": 1.0, "method": "reference"}
        assert {"kind": "rule", "name": "attribution.alias"}.items() <= said["evidence"][-1].items()

    def test_template_quoted_in_the_data_is_evidence_beside_the_enclosing_one(self) -> None:
        assessor = build_assessor(TEMPLATES)
        quoted = f"Sent to us:\n> {TICKET.system}\n{TICKET.instruction}\nwhat is this"
        event = a_failure(template=ABSENT, request=_prompt(CLAIM, quoted))
        outcome = assessing.assess_records(assessor, [_record(event)])
        said = json.loads(outcome.messages[0].value or b"")["assessment"]
        assert (said["template"]["name"], said["template"]["method"]) == (CLAIM.name, "text")
        beside = [one for one in said["evidence"] if one["name"] == "attribution.also_present"]
        assert [one["detail"] for one in beside] == [f"{TICKET.name} {TICKET.version}"]

    def test_worker_that_learns_a_template_names_it_from_the_next_batch_on(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(assessing, "_known", [])
        settings, (version, content) = load_settings(), kept_classifier()
        records = [_record(a_failure(template=ABSENT, request=_prompt(CLAIM, "A tree fell on the shed.")))]
        others = [each for each in TEMPLATES if each is not CLAIM]
        for known, expected in ((others, None), (TEMPLATES, CLAIM.name), (others, None)):
            assert assessing.learn(known, settings, version, content) is None
            said = json.loads(assessing.assess(records).messages[0].value or b"")["assessment"]["template"]
            assert (said and said["name"]) == expected


def _record(event: dict[str, Any]) -> Record:
    return Record("failures.online", 0, 0, 0.0, None, raw(event), ())
