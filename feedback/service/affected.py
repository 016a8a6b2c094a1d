"""What has to be generated anew: the samples, data and models that were made from the faulty versions of a template."""

from collections.abc import Iterator
from typing import Any

from feedback.domain.affected import faulty_versions
from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage import samples as stored
from feedback.storage.patterns import patterns, tickets_of, versions_of
from feedback.storage.tickets import find_ticket

__all__ = ["affected"]


def affected(service: Service, ticket_id: str) -> Iterator[dict[str, Any]]:
    """
    Yield what was made from the versions of a ticket's template that `faulty_versions` suspects, an object each.

    First the training versions, by name; then the data versions, with how many of their samples are concerned; then
    these samples, by template version in semantic order, then by id. Samples are read one by one, never held together.

    Raises:
        NotFound: There is no such ticket; raised at once.
    """
    found = find_ticket(service.store, ticket_id)
    if found is None:
        raise NotFound("ticket", ticket_id, "`feedback tickets list --snoozed` shows all")
    store, name, pattern_id = service.store, found.template_name, found.ticket.pattern_id
    tickets = tickets_of(store, patterns(store, [pattern_id]))[pattern_id]
    known = {*stored.sampled_versions(store, name), *stored.trained_versions(store, name)}
    versions = faulty_versions(
        known,
        failing={version for version in versions_of(store, pattern_id) if version is not None},
        fixed_in=next((ticket.fixed_in for ticket in tickets if ticket.fixed_in), None),
    )
    return _made_from(service, name, versions)


def _made_from(service: Service, name: str, versions: list[str]) -> Iterator[dict[str, Any]]:
    store = service.store
    datasets = stored.datasets_of(store, name, versions)
    for body in stored.trainings_of(store, name, versions, [dataset_version for _, dataset_version, _ in datasets]):
        yield {"kind": "training_version"} | body
    for dataset, dataset_version, samples in datasets:
        yield {
            "kind": "dataset_version",
            "dataset": dataset,
            "dataset_version": dataset_version,
            "samples": samples,
        }
    for version in versions:
        for sample_id, dataset, dataset_version in stored.samples_of(store, name, version):
            yield {
                "kind": "sample",
                "sample_id": sample_id,
                "dataset": dataset,
                "dataset_version": dataset_version,
                "template": {"name": name, "version": version},
            }
