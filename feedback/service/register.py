"""Registering templates, samples and training versions: what is new becomes facts, what is known changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from feedback.domain.facts import (
    Fact,
    SamplesRegistered,
    TemplateRegistered,
    TicketRevised,
    TrainingVersionRegistered,
)
from feedback.domain.template import SampleRegistration, Template, VersionRegistration
from feedback.domain.ticket import TRANSITIONS
from feedback.errors import Conflict
from feedback.service.bootstrap import Service
from feedback.service.judge import judge
from feedback.storage.database import Store
from feedback.storage.projections import Touched
from feedback.storage.recording import record
from feedback.storage.registry import known_samples, known_templates, known_training_version
from feedback.storage.tickets import find_ticket

__all__ = ["Registered", "register_samples", "register_templates", "register_version"]


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of one registration; `note` says what else follows from it, or why nothing does."""

    identity: str
    status: Literal["registered", "known"]
    note: str = ""


def register_templates(service: Service, templates: Sequence[Template]) -> list[Registered]:
    """
    Register template versions, and revise the approved tickets that they resolve; return one answer each, in order.

    Raises:
        Conflict: A name and version is registered with other content; nothing of the call is registered.
    """
    store, now = service.store, service.clock()
    with store.writing():
        known = known_templates(store)
        touched: Touched = {}
        answers = []
        for template in templates:
            identity = f"{template.name} {template.version}"
            kept = known.get((template.name, template.version))
            if kept not in (None, template.content_hash):
                raise Conflict("template", identity, "give the changed text a new version")
            if kept is not None:
                answers.append(Registered(identity, "known"))
                continue
            known[template.name, template.version] = template.content_hash
            revised, note = _resolved(store, template)
            fact = TemplateRegistered(template=template, content_hash=template.content_hash)
            touched.update(record(store, [fact, *revised], now=now))
            answers.append(Registered(identity, "registered", note))
        judge(service, touched, now=now)
    return answers


def register_samples(service: Service, samples: Sequence[SampleRegistration]) -> tuple[int, int]:
    """
    Register training samples and return how many were new and how many known.

    Failures of theirs that were put down to a text, or to nothing, are put down to the sample's template.

    Raises:
        Conflict: A sample of a dataset version is registered with other content; nothing is registered.
    """
    store, now = service.store, service.clock()
    with store.writing():
        known = known_samples(store, [sample.sample_id for sample in samples])
        fresh: dict[tuple[str, str, str], SampleRegistration] = {}
        for sample in samples:
            key = (sample.sample_id, sample.dataset, sample.dataset_version)
            kept = known.get(key) or fresh.get(key)
            if kept not in (None, sample):
                identity = f"{sample.sample_id} of {sample.dataset} {sample.dataset_version}"
                raise Conflict("sample", identity, "a changed sample belongs to a new dataset version")
            if kept is None:
                fresh[key] = sample
        datasets = dict.fromkeys(sample.dataset for sample in fresh.values())
        facts = [
            SamplesRegistered(
                dataset=dataset, samples=tuple(sample for sample in fresh.values() if sample.dataset == dataset)
            )
            for dataset in datasets
        ]
        judge(service, record(store, facts, now=now), now=now)
    return len(fresh), len(samples) - len(fresh)


def register_version(service: Service, version: VersionRegistration) -> Registered:
    """
    Register what a model was trained on; its failures, past and coming, get the effective versions that follow.

    Raises:
        Conflict: The training version is registered with other content.
    """
    identity, store, now = version.training_version, service.store, service.clock()
    with store.writing():
        kept = known_training_version(store, identity)
        if kept not in (None, version):
            raise Conflict("training version", identity, "what a model was trained on does not change")
        if kept is not None:
            return Registered(identity, "known")
        judge(service, record(store, [TrainingVersionRegistered(version=version)], now=now), now=now)
    return Registered(identity, "registered")


def _resolved(store: Store, template: Template) -> tuple[list[Fact], str]:
    """Return the revisions that a registered template means, and a sentence on the tickets it names."""
    facts: list[Fact] = []
    notes = []
    for ticket_id in template.resolves:
        found = find_ticket(store, ticket_id)
        if found is None:
            notes.append(f"{ticket_id} is unknown here")
        elif found.template_name != template.name:
            notes.append(f"{ticket_id} is about template {found.template_name}")
        elif found.ticket.state not in TRANSITIONS[found.ticket.kind].get("register", ((), ""))[0]:
            notes.append(f"{ticket_id} is {found.ticket.state} and stays so: approve it first")
        else:
            facts.append(TicketRevised(ticket_id=ticket_id, template=template.name, version=template.version))
            notes.append(f"{ticket_id} is revised")
    return facts, "; ".join(notes)
