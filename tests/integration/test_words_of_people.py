"""What people say of a failure's template and place, of one failure or of many; and what waits for them to say."""

from collections import Counter

import pytest

from feedback.domain.correction import CorrectionRequest, Said, said_locus
from feedback.domain.failure import TemplateRef
from feedback.errors import InvalidInput, NotFound, TicketChanged, VersionConflict
from feedback.service import correct_together
from feedback.service.correct import correct, correct_by_machine
from feedback.service.correct_together import correct_alike, correct_pattern, correct_ticket
from feedback.service.failures import failure_view
from feedback.service.promotion import teaching
from feedback.service.register import register_samples, register_version
from feedback.service.review import act
from feedback.service.triage import triage_queue
from feedback.service.views import pattern_rows, ticket_views
from feedback.storage.database import Store
from feedback.storage.maintenance import check_read_models
from tests.builders import (
    ABSENT,
    CATEGORY,
    OTHER_TEMPLATE,
    TEMPLATE,
    a_failure,
    a_sample,
    a_service,
    a_training_version,
    an_assessment,
    at_rest,
    failures,
    take_in,
    told,
)

OTHER = "insufficient_context"
ANNA, BERT = "token:anna", "token:bert"
MOVED = Said(template=TemplateRef(name=OTHER_TEMPLATE, version="1.0.0"))


def _standing(store: Store, event_id: str = "e-1") -> dict[str, object]:
    standing: dict[str, object] = failure_view(a_service(store), event_id)["standing"]
    return standing


def _counted(store: Store) -> dict[tuple[str, str], int]:
    rows = pattern_rows(a_service(store))
    return {(row["category"], row["template"]): row["counts"]["failures"] for row in rows}


def test_a_failure_moves_to_the_template_that_a_person_names(store: Store) -> None:
    take_in(store, a_failure(), a_failure(event_id="e-2"))
    (answer,) = correct(a_service(store), [("e-1", MOVED)], actor=ANNA)
    assert (answer.status, answer.template) == ("corrected", (OTHER_TEMPLATE, "1.0.0"))
    assert "not registered" in answer.note
    assert _counted(store) == {(CATEGORY, TEMPLATE): 1, (CATEGORY, OTHER_TEMPLATE): 1}
    assert _standing(store)["template"] == {
        "name": OTHER_TEMPLATE,
        "version": "1.0.0",
        "score": 1.0,
        "method": "person",
    }
    assert check_read_models(store) == []


def test_a_failure_of_none_of_our_templates_leaves_its_pattern_and_does_not_wait_in_the_queue(store: Store) -> None:
    take_in(store, a_failure())
    correct(a_service(store), [("e-1", Said(template=None))], actor=ANNA)
    assert _counted(store) == {}
    assert triage_queue(a_service(store)).failures == 0
    assert check_read_models(store) == []


def test_a_sample_registered_later_does_not_overrule_a_person_s_template(store: Store) -> None:
    take_in(store, a_failure(template=ABSENT, session_id=ABSENT, sample_id="s-1", dataset="d", dataset_version="v1"))
    correct(a_service(store), [("e-1", MOVED)], actor=ANNA)
    register_samples(a_service(store), [a_sample(sample_id="s-1", dataset="d", dataset_version="v1")])
    assert _standing(store)["template"] == {
        "name": OTHER_TEMPLATE,
        "version": "1.0.0",
        "score": 1.0,
        "method": "person",
    }
    assert check_read_models(store) == []


def test_the_effective_version_follows_the_template_that_a_person_names(store: Store) -> None:
    take_in(store, a_failure(training_version="m-1"))
    register_version(
        a_service(store),
        a_training_version(training_version="m-1", templates=[{"name": OTHER_TEMPLATE, "version": "3.0.0"}]),
    )
    correct(a_service(store), [("e-1", MOVED)], actor=ANNA)
    (row,) = [row for row in pattern_rows(a_service(store)) if row["template"] == OTHER_TEMPLATE]
    assert row["counts"]["by_version"] == {"3.0.0": 1}
    assert check_read_models(store) == []


def test_a_place_that_a_person_names_stands_whatever_category_is_said_until_another_place_is(store: Store) -> None:
    take_in(store, *failures(2))
    service = a_service(store)
    correct(service, [("e-1", Said(locus="/amount:unit"))], actor=ANNA)
    correct(service, [("e-1", OTHER), ("e-0", OTHER)], actor=BERT)
    assert (_standing(store)["category"], _standing(store)["locus"]) == (OTHER, "/amount:unit")
    assert _standing(store, "e-0")["locus"] not in ("/amount:unit", "/currency:enum")  # rules name that of the other
    correct(service, [("e-1", Said(locus="/total:type"))], actor=BERT)
    assert _standing(store)["locus"] == "/total:type"
    assert check_read_models(store) == []


@pytest.mark.parametrize("said", [Said(category=OTHER), Said(locus="/amount:unit")], ids=["category", "locus"])
def test_a_classifier_asked_again_does_not_overrule_what_or_where(store: Store, said: Said) -> None:
    take_in(store, a_failure())
    service = a_service(store)
    correct(service, [("e-1", said)], actor=ANNA)
    before = _standing(store)
    (answer,) = correct_by_machine(service, [an_assessment("e-1", category="output_format_violation")])
    assert answer.status == "kept"
    assert _standing(store) == before


def test_who_names_only_the_template_leaves_the_category_to_the_classifier(store: Store) -> None:
    take_in(store, a_failure())
    service = a_service(store)
    correct(service, [("e-1", MOVED)], actor=ANNA)
    (answer,) = correct_by_machine(service, [an_assessment("e-1", category=OTHER)])
    assert answer.status == "corrected"
    assert _counted(store) == {(OTHER, OTHER_TEMPLATE): 1}
    assert check_read_models(store) == []


def test_the_same_word_again_is_no_fact_and_another_aspect_is_one(store: Store) -> None:
    take_in(store, a_failure())
    service = a_service(store)
    statuses = [
        correct(service, [("e-1", said)], actor=actor)[0].status
        for actor, said in (
            (ANNA, MOVED),
            (ANNA, MOVED),
            (BERT, MOVED),
            (BERT, Said(category=CATEGORY)),
            (ANNA, Said(template=None)),
        )
    ]
    assert statuses == ["corrected", "unchanged", "confirmed", "confirmed", "corrected"]


def test_only_words_on_the_category_teach_the_classifier(store: Store) -> None:
    take_in(store, *failures(4))
    service = a_service(store)
    correct(service, [("e-1", MOVED), ("e-2", Said(locus="/amount:unit"))], actor=ANNA)
    assert teaching(service) == []
    correct(service, [("e-3", OTHER), ("e-1", Said(category=CATEGORY))], actor=ANNA)
    assert sorted(case.category for case in teaching(service)) == sorted([OTHER, CATEGORY])


def test_a_whole_ticket_moves_and_stays_with_no_failures(store: Store) -> None:
    take_in(store, *failures(6))
    service = a_service(store)
    (ticket, *_) = ticket_views(service, kind="template_revision")
    done = correct_ticket(service, ticket["ticket_id"], Said(category=OTHER), actor=ANNA)
    assert done == Counter(corrected=6)
    assert _counted(store)[OTHER, TEMPLATE] == 6
    (left,) = [one for one in ticket_views(service) if one["ticket_id"] == ticket["ticket_id"]]
    assert left["counts"]["failures"] == 0
    assert check_read_models(store) == []


@pytest.mark.parametrize("at_once", [1, 4, 10_000])
def test_however_many_failures_are_folded_at_once_the_same_rows_come_of_it(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correct_together, "_AT_ONCE", at_once)

    def moved(store: Store) -> None:
        service = a_service(store)
        (ticket, *_) = ticket_views(service, kind="template_revision")
        for said in (Said(category=OTHER), MOVED, Said(locus="/amount:unit")):
            pattern = next(row for row in pattern_rows(service) if row["counts"]["failures"])
            correct_together.correct_pattern(service, pattern["pattern_id"], said, actor=ANNA)
        assert ticket["ticket_id"] in {one["ticket_id"] for one in ticket_views(service)}
        assert check_read_models(store) == []

    def one_by_one(store: Store) -> None:
        for said in (Said(category=OTHER), MOVED, Said(locus="/amount:unit")):
            correct(a_service(store), [(f"e-{n}", said) for n in range(7)], actor=ANNA)

    def seven(store: Store) -> None:
        take_in(store, *failures(7))

    assert at_rest(seven, moved) == at_rest(seven, one_by_one)


def test_the_failures_of_one_place_move_and_the_others_stay(store: Store) -> None:
    take_in(store, *failures(6))
    service = a_service(store)
    correct(service, [("e-1", Said(locus="/amount:unit")), ("e-2", Said(locus="/amount:unit"))], actor=BERT)
    (ticket, *_) = ticket_views(service, kind="template_revision")
    done = correct_ticket(service, ticket["ticket_id"], MOVED, actor=ANNA, locus="/amount:unit")
    assert done == Counter(corrected=2)
    assert _counted(store) == {(CATEGORY, TEMPLATE): 4, (CATEGORY, OTHER_TEMPLATE): 2}


def test_a_ticket_that_changed_or_a_place_that_is_none_changes_nothing(store: Store) -> None:
    take_in(store, *failures(6))
    service = a_service(store)
    (ticket, *_) = ticket_views(service, kind="template_revision")
    act(service, ticket["ticket_id"], "take", actor=BERT)
    with pytest.raises(TicketChanged) as refused:
        correct_ticket(service, ticket["ticket_id"], MOVED, actor=ANNA, expected_version=ticket["version"])
    assert len(refused.value.changes) == 1
    with pytest.raises(NotFound, match="places"):
        correct_ticket(service, ticket["ticket_id"], MOVED, actor=ANNA, locus="/nowhere")
    with pytest.raises(InvalidInput, match="expected one of"):
        correct_ticket(service, ticket["ticket_id"], Said(category="tiredness"), actor=ANNA)
    assert _counted(store) == {(CATEGORY, TEMPLATE): 6}


def test_what_could_not_be_told_or_has_no_template_waits_and_leaves_when_a_person_speaks(store: Store) -> None:
    take_in(
        store,
        a_failure(event_id="e-1", metadata=told("needs_triage")),
        a_failure(event_id="e-2", metadata=told("needs_triage")),
        a_failure(event_id="e-3", template=ABSENT),
        a_failure(event_id="e-4"),
    )
    service = a_service(store)
    queue = triage_queue(service)
    assert queue.failures == 3
    assert {one.why for one in queue.items} == {"its category could not be told", "it has no template"}
    correct(service, [("e-3", MOVED)], actor=ANNA)
    (item,) = triage_queue(service).items
    assert (item.alike, item.spoken) == (2, 0)
    assert list(item.probabilities) == sorted(item.probabilities, key=lambda one: -one[1])
    assert correct_alike(service, item.event_id, Said(category="needs_triage"), actor=ANNA) == Counter(confirmed=2)
    assert triage_queue(service).failures == 0
    with pytest.raises(NotFound, match="answered meanwhile"):
        correct_alike(service, item.event_id, Said(category=OTHER), actor=BERT)
    assert check_read_models(store) == []


def test_a_pattern_without_a_ticket_moves_too_or_one_of_its_places(store: Store) -> None:
    take_in(store, *failures(2))
    service = a_service(store)
    assert ticket_views(service, kind="template_revision") == []
    correct(service, [("e-1", Said(locus="/amount:unit"))], actor=BERT)
    (pattern,) = pattern_rows(service)
    done = correct_pattern(service, pattern["pattern_id"], MOVED, actor=ANNA, locus="/amount:unit")
    assert done == Counter(corrected=1)
    assert _counted(store) == {(CATEGORY, TEMPLATE): 1, (CATEGORY, OTHER_TEMPLATE): 1}
    with pytest.raises(NotFound, match="places"):
        correct_pattern(service, pattern["pattern_id"], MOVED, actor=ANNA, locus="/amount:unit")
    with pytest.raises(NotFound, match="patterns list"):
        correct_pattern(service, "nothing", MOVED, actor=ANNA)
    assert check_read_models(store) == []


def test_an_answer_to_a_failure_that_changed_meanwhile_is_said_of_none_alike(store: Store) -> None:
    take_in(store, *failures(2, metadata=told("needs_triage")))
    service = a_service(store)
    correct(service, [("e-0", MOVED), ("e-1", MOVED)], actor=BERT)
    with pytest.raises(VersionConflict):
        correct_alike(service, "e-0", Said(category=OTHER), actor=ANNA, expected_version=2)
    assert triage_queue(service).failures == 2
    assert correct_alike(service, "e-0", Said(category=OTHER), actor=ANNA, expected_version=3) == Counter(corrected=2)


def test_the_queue_counts_failures_that_people_spoke_of_and_not_their_words(store: Store) -> None:
    take_in(store, *failures(3, metadata=told("needs_triage")))
    service = a_service(store)
    for actor in (ANNA, BERT):
        correct(service, [("e-0", Said(category="needs_triage"))], actor=actor)
    (item,) = triage_queue(service).items
    assert (item.alike, item.spoken) == (2, 1)


def test_of_failures_that_are_as_doubtful_the_first_by_event_id_stands_for_the_group(store: Store) -> None:
    take_in(store, *failures(3, metadata=told("needs_triage"))[::-1], *failures(3, "x", template=ABSENT)[::-1])
    service = a_service(store)
    correct(service, [(f"x-{n}", CATEGORY) for n in range(3)], actor=ANNA)  # which leaves no doubt of any
    assert {item.event_id: item.doubt for item in triage_queue(service).items}["x-0"] == 0
    assert sorted(item.event_id for item in triage_queue(service).items) == ["e-0", "x-0"]


def test_the_queue_suggests_the_templates_that_the_assessment_names(store: Store) -> None:
    evidence = [
        {"kind": "rule", "name": "schema.enum", "detail": "'RMB'"},
        {"kind": "rule", "name": "attribution.nearest", "detail": "claim 1.0.0"},
    ]
    take_in(store, a_failure(template=ABSENT, metadata=told(evidence=evidence)))
    (item,) = triage_queue(a_service(store)).items
    assert item.suggested == ("claim 1.0.0",)


@pytest.mark.parametrize("locus", ["check:12345678", "error:1234abcd", "/payment_terms/0/amount:unit", "max_words"])
def test_a_place_as_the_rules_name_it_may_be_said(locus: str) -> None:
    assert said_locus(f" {locus} ") == locus


@pytest.mark.parametrize(
    "locus", ["", " ", "x" * 121, 'the "contract"', "mail me@example.org", "order 12345", "two\nlines"]
)
def test_a_place_that_looks_like_a_user_s_words_is_refused(locus: str) -> None:
    with pytest.raises(InvalidInput, match="place in the template"):
        said_locus(locus)


def test_a_request_tells_no_template_from_a_template_that_is_not_spoken_of() -> None:
    none = CorrectionRequest.model_validate({"event_id": "e", "template": None})
    other = CorrectionRequest.model_validate({"event_id": "e", "category": "x"})
    assert (none.said.aspects, other.said.aspects) == (("template",), ("category",))
    with pytest.raises(ValueError, match="nothing is said"):
        CorrectionRequest.model_validate({"event_id": "e"})
