"""Registering templates, samples and training versions: what is new becomes facts, what is known changes nothing."""

from collections.abc import Mapping, Sequence
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
from feedback.storage.judging import wait_for_judging
from feedback.storage.recording import record
from feedback.storage.registry import known_samples, known_templates, known_training_version
from feedback.storage.tickets import FoundTicket, find_ticket, merged_tickets

__all__ = [
    "Registered",
    "register_each_sample",
    "register_each_template",
    "register_samples",
    "register_templates",
    "register_version",
    "register_versions",
]


@dataclass(frozen=True, slots=True)
class Registered:
    """
    What became of one registration; `note` says what else follows from it, or why nothing does.

    It is `refused` where its identity is stored with other content; `note` is then the sentence of the Conflict.
    """

    identity: str
    status: Literal["registered", "known", "refused"]
    note: str = ""


def register_templates(
    service: Service, templates: Sequence[Template], *, actor: str | None = None
) -> list[Registered]:
    """
    Register template versions, and revise the approved tickets that they resolve; return one answer each, in order.

    The revisions name the `actor`, where one is known.

    Raises:
        Conflict: A name and version is registered with other content; nothing of the call is registered.
    """
    return _register_templates(service, templates, strict=True, actor=actor)


def register_each_template(service: Service, templates: Sequence[Template]) -> list[Registered]:
    """Do as `register_templates` with those that can be registered; one in conflict is `refused` and alone."""
    return _register_templates(service, templates, strict=False)


def _register_templates(
    service: Service, templates: Sequence[Template], *, strict: bool, actor: str | None = None
) -> list[Registered]:
    store, now = service.store, service.clock()
    with store.writing():
        known = known_templates(store)
        answers = []
        for template in templates:
            identity, key = f"{template.name} {template.version}", (template.name, template.version)
            if key in known:
                conflict = Conflict("template", identity, "give the changed text a new version")
                answers.append(_known(identity, conflict, same=known[key] == template.content_hash, strict=strict))
                continue
            known[key] = template.content_hash
            named = {ticket_id: find_ticket(store, ticket_id) for ticket_id in template.resolves}
            revised, note = _resolved(store, template, named, actor)
            fact = TemplateRegistered(template=template, content_hash=template.content_hash)
            record(store, [fact, *revised], now=now)
            wait_for_judging(store, {one.ticket.pattern_id for one in named.values() if one})
            answers.append(Registered(identity, "registered", note))
        judge(service)
    return answers


def register_samples(service: Service, samples: Sequence[SampleRegistration]) -> tuple[int, int]:
    """
    Register training samples and return how many were new and how many known.

    Failures of theirs that were put down to a text, or to nothing, are put down to the sample's template.

    Raises:
        Conflict: A sample of a dataset version is registered with other content; nothing is registered.
    """
    answers = _register_samples(service, samples, strict=True)
    new = sum(answer.status == "registered" for answer in answers)
    return new, len(answers) - new


def register_each_sample(service: Service, samples: Sequence[SampleRegistration]) -> list[Registered]:
    """Do as `register_samples` with those that can be, and answer in order; one in conflict is `refused` and alone."""
    return _register_samples(service, samples, strict=False)


def _register_samples(service: Service, samples: Sequence[SampleRegistration], *, strict: bool) -> list[Registered]:
    store, now = service.store, service.clock()
    with store.writing():
        known = known_samples(store, [sample.sample_id for sample in samples])
        fresh: dict[str, list[SampleRegistration]] = {}
        answers = []
        for sample in samples:
            identity = f"{sample.sample_id} of {sample.dataset} {sample.dataset_version}"
            key = (sample.sample_id, sample.dataset, sample.dataset_version)
            if key in known:
                conflict = Conflict("sample", identity, "a changed sample belongs to a new dataset version")
                answers.append(_known(identity, conflict, same=known[key] == sample, strict=strict))
                continue
            known[key] = sample
            fresh.setdefault(sample.dataset, []).append(sample)
            answers.append(Registered(identity, "registered"))
        facts = [SamplesRegistered(dataset=dataset, samples=tuple(found)) for dataset, found in fresh.items()]
        record(store, facts, now=now)
        judge(service)
    return answers


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
        record(store, [TrainingVersionRegistered(version=version)], now=now)
        judge(service)
    return Registered(identity, "registered")


def register_versions(service: Service, versions: Sequence[VersionRegistration]) -> list[Registered]:
    """
    Do as `register_version` with each, all or nothing, and return one answer each, in order.

    Raises:
        Conflict: A training version is registered with other content; nothing of the call is registered.
    """
    with service.store.writing():
        return [register_version(service, one) for one in versions]


def _known(identity: str, conflict: Conflict, *, same: bool, strict: bool) -> Registered:
    if same:
        return Registered(identity, "known")
    if strict:
        raise conflict
    return Registered(identity, "refused", str(conflict))


def _resolved(
    store: Store, template: Template, named: Mapping[str, FoundTicket | None], actor: str | None
) -> tuple[list[Fact], str]:
    """Return the revisions that a registered template means, and a sentence on the tickets it names."""
    facts: list[Fact] = []
    notes = []
    for ticket_id, found in named.items():
        if found is None:
            notes.append(f"{ticket_id} is unknown here")
        elif found.ticket.merged_into or found.template_name != template.name:
            notes.append(_not_revised(store, template.name, found))
        elif found.ticket.state not in TRANSITIONS[found.ticket.kind].get("register", ((), ""))[0]:
            notes.append(f"{ticket_id} is {found.ticket.state} and stays so: approve it first")
        else:
            revised = TicketRevised(ticket_id=ticket_id, template=template.name, version=template.version, actor=actor)
            facts.append(revised)
            notes.append(f"{ticket_id} is revised")
    return facts, "; ".join(notes)


def _not_revised(store: Store, name: str, found: FoundTicket) -> str:
    """Say what a version of template `name` means for a ticket that is merged, or is about another template."""
    ticket_id, into = found.ticket.ticket_id, found.ticket.merged_into
    if into is None:
        if all(one.template_name != name for one in merged_tickets(store, ticket_id)):
            return f"{ticket_id} is about template {found.template_name}"
        return f"{ticket_id} is about template {found.template_name}; what is merged into it has its fix in {name} now"
    target = find_ticket(store, into)
    if target is None or target.template_name == name or found.template_name != name:
        return f"{ticket_id} is merged into {into}: name that one"
    return f"{ticket_id} is merged into {into}, and has its fix in {name} now"
