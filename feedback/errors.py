"""Every error this package raises on purpose, as one tree.

::

    FeedbackError
    ├── CallerError            the caller is wrong: exit code 2, HTTP 4xx, or a dead letter
    │   ├── InvalidInput       one item breaks the contract; carries path and message of each fault
    │   ├── Conflict           the same identity arrived with other content
    │   ├── NotFound           nothing of that name is stored
    │   │   └── NotRegistered  a template or version that failures name and nobody registered
    │   ├── NotAssessed        the failure has no assessment yet that could be corrected
    │   ├── CircularMerge      two places would be counted as each other
    │   ├── IdempotencyMismatch a key was used for another request before
    │   ├── ForbiddenAction    the ticket's state does not allow the action
    │   ├── VersionConflict    the stream has moved on since it was read
    │   │   └── TicketChanged  a ticket has; carries what happened to it since
    │   ├── InvalidSettings    a settings or taxonomy file cannot be used
    │   ├── ForeignStore       the file is a database, but no store of this version
    │   ├── ForeignTopics      the topics belong to another store
    │   ├── ForeignClassifier  a classifier that another release of this program made
    │   ├── NothingToRollBack  the shipped classifier assesses: there is none before it
    │   ├── BrokerRefused      the brokers will not do what was asked
    │   ├── StoreHeld          another process has the role for this store
    │   ├── OpenToOthers       the service would be open to other machines without tokens
    │   ├── TokenNeeded        tokens are asked for, and no valid one was shown
    │   └── NotPermitted       the role of the token that was shown does not allow it
    ├── Busy                   the world is busy: wait and try again
    │   ├── StoreBusy          another process holds the store's write lock
    │   ├── StoreUnusable      the disk is full, or the file may not be written
    │   └── BrokersUnreachable no broker answers
    ├── CannotListen           the address of the service is taken, or none of this machine
    ├── StoreDamaged           the store is not what we wrote: stop and look
    └── TooManyDeadLetters     so much is refused that it must be our fault: stop and look

Catch `CallerError` at an edge (command line, HTTP, intake) and answer with its sentence. Let the others reach the
operator.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the domain raises these errors
    from feedback.domain.history import HistoryEntry
    from feedback.domain.roles import Permission, Role

__all__ = [
    "BrokerRefused",
    "BrokersUnreachable",
    "Busy",
    "CallerError",
    "CannotListen",
    "CircularMerge",
    "Conflict",
    "Fault",
    "FeedbackError",
    "ForbiddenAction",
    "ForeignClassifier",
    "ForeignStore",
    "ForeignTopics",
    "IdempotencyMismatch",
    "InvalidInput",
    "InvalidSettings",
    "NotAssessed",
    "NotFound",
    "NotPermitted",
    "NotRegistered",
    "NothingToRollBack",
    "OpenToOthers",
    "StoreBusy",
    "StoreDamaged",
    "StoreHeld",
    "StoreUnusable",
    "TicketChanged",
    "TokenNeeded",
    "TooManyDeadLetters",
    "VersionConflict",
]


class FeedbackError(Exception):
    """Root of the tree."""


class CallerError(FeedbackError):
    """What was asked for cannot be done as asked; asking again unchanged will not help."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of an input: `path` is a dotted path with list indices, empty for the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        """Return path and message as one line."""
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidInput(CallerError):
    """An item breaks the contract."""

    def __init__(self, *faults: Fault) -> None:
        """Keep every fault, in the order found."""
        self.faults = faults
        super().__init__("; ".join(str(fault) for fault in faults))


class Conflict(CallerError):
    """The same identity arrived with other content."""

    def __init__(self, what: str, identity: str, remedy: str) -> None:
        """Name the thing, its identity, and what to do instead."""
        self.what = what
        self.identity = identity
        super().__init__(f"{what} {identity!r} is already stored with other content: {remedy}")


class NotFound(CallerError):
    """Nothing of that name is stored."""

    def __init__(self, what: str, identity: str, hint: str = "") -> None:
        """Name what was looked for and where to look instead."""
        super().__init__(f"no {what} {identity!r}" + (f": {hint}" if hint else ""))


class NotRegistered(NotFound):
    """A template, or a version of one, that failures name and nobody registered."""

    def __init__(self, identity: str, failures: int, registered: str) -> None:
        """Name it, how many failures do, how it is registered, and the versions that are (in order, or empty)."""
        known = "1 failure" if failures == 1 else f"{failures} failures"
        super().__init__(
            "registered template",
            identity,
            f"it is known from {known} and was never registered; `feedback templates register FILE` registers its file."
            f" Registered versions: {registered or 'none'}",
        )


class NotAssessed(CallerError):
    """The failure has no assessment yet that could be corrected."""

    def __init__(self, event_id: str) -> None:
        """Name the failure, and how it gets its assessment."""
        super().__init__(
            f"failure {event_id!r} is reported and not assessed yet: `feedback ingest` assesses what waits, with any"
            " file; then correct it"
        )


class CircularMerge(CallerError):
    """Two places of a pattern would be counted as each other."""

    def __init__(self, locus: str, into: str) -> None:
        """Name the place, and the one that it cannot be counted as."""
        super().__init__(
            f"{locus!r} cannot be counted as {into!r}, which is counted as {locus!r} itself: take that merge back first"
            if locus != into
            else f"{locus!r} is counted as itself already: name another place to merge it into"
        )


class IdempotencyMismatch(CallerError):
    """An idempotency key came again with another request."""

    def __init__(self, key: str) -> None:
        """Name the key."""
        super().__init__(
            f"the Idempotency-Key {key!r} was used for another request: send every request under a key of its own,"
            " and only the very same request again under the same"
        )


class ForbiddenAction(CallerError):
    """The ticket's state does not allow the action."""

    def __init__(self, ticket_id: str, action: str, state: str, allowed: str) -> None:
        """Name ticket, action, state found and states expected."""
        super().__init__(f"ticket {ticket_id} is {state}: {action!r} needs {allowed}")


class VersionConflict(CallerError):
    """The stream has moved on since it was read."""

    def __init__(self, stream: str, expected: int, found: int, since: str = "") -> None:
        """Name the stream, the version expected and the one found, and what happened since."""
        self.stream = stream
        self.expected = expected
        self.found = found
        super().__init__(f"{stream} is at version {found}, not {expected}: read it again and retry{since}")


class TicketChanged(VersionConflict):
    """A ticket has changed since it was read."""

    def __init__(self, ticket_id: str, expected: int, found: int, changes: "Sequence[HistoryEntry]") -> None:
        """Keep what happened to it since, oldest first, and say it."""
        self.changes = tuple(changes)
        since = "; ".join(str(change) for change in self.changes)
        super().__init__(f"ticket:{ticket_id}", expected, found, f". Since then: {since}" if since else "")


class InvalidSettings(CallerError):
    """A settings or taxonomy file cannot be used."""

    def __init__(self, place: str, problem: str) -> None:
        """Name file and key, and what is wrong with it."""
        super().__init__(f"{place}: {problem}")


class ForeignStore(CallerError):
    """The file is a database, but no store that this version can use."""

    def __init__(self, path: str, problem: str) -> None:
        """Name the file, and what it is."""
        super().__init__(f"{path} cannot be used: {problem}")


class ForeignTopics(CallerError):
    """The topics belong to another store."""

    def __init__(self, owner: str, store_id: str, path: str) -> None:
        """Name the store they belong to, and ours."""
        super().__init__(
            f"these topics belong to the store {owner}, and {path} is the store {store_id}: two recorders would overwrite"
            " each other on them. Name the right file with --db, or give them over with --take-over"
        )


class ForeignClassifier(CallerError):
    """A classifier that another release of this program made."""

    def __init__(self, version: str, own: str) -> None:
        """Name its version, and the features of this release."""
        super().__init__(
            f"the classifier {version} was made with other features than this release's ({own}): run the same release,"
            " with the same versions of scikit-learn and NumPy, on the recorder and on every worker"
        )


class NothingToRollBack(CallerError):
    """The shipped classifier assesses: there is none before it."""

    def __init__(self, path: str, version: str) -> None:
        """Name the store, and the classifier that assesses for it."""
        super().__init__(
            f"{path} is assessed by the shipped classifier {version}, and no promotion is left to roll back: `feedback train"
            " --with-corrections` trains another, `feedback train --promote VERSION` promotes one"
        )


class BrokerRefused(CallerError):
    """The brokers will not do what was asked."""

    def __init__(self, what: str, said: str) -> None:
        """Name what was asked, and what the brokers said."""
        super().__init__(f"the brokers would not {what}: {said}")


class StoreHeld(CallerError):
    """Another process has the role for this store."""

    def __init__(self, path: str, role: str, holder: str) -> None:
        """Name store and role, and who has it."""
        super().__init__(f"{path} already has a process in the role {role}: {holder}. Stop that one first")


class OpenToOthers(CallerError):
    """The service would answer other machines without knowing who asks."""

    def __init__(self, host: str) -> None:
        """Name the address that was asked for."""
        super().__init__(
            f"{host} is reached from other machines, and there are no tokens to tell who asks: create a token first, or"
            " listen on a loopback address such as 127.0.0.1 (--host, serve.host)"
        )


class TokenNeeded(CallerError):
    """Tokens are asked for, and no valid one was shown."""

    def __init__(self) -> None:
        """Say how one is shown."""
        super().__init__(
            "no valid token was shown: send one as `Authorization: Bearer fbt_...`, or sign in to the pages; one that was"
            " revoked or has expired is valid no more, and an administrator makes another with `feedback tokens create`"
        )


class NotPermitted(CallerError):
    """The role of the token that was shown does not allow it."""

    def __init__(self, name: str, role: "Role", needed: "Sequence[Permission]") -> None:
        """Name whose token it is, its role, and the permissions of which one is needed."""
        super().__init__(
            f"the token of {name} is that of a {role}, who may not {' or '.join(needed)}: use one whose role may"
        )


class CannotListen(FeedbackError):
    """The service cannot listen where it was told to."""

    def __init__(self, place: str, said: str) -> None:
        """Name the place, and what the machine said."""
        super().__init__(f"cannot listen on {place} ({said}): stop what listens there, or name another with --port")


class Busy(FeedbackError):
    """The world is busy; the same call may succeed later."""


class StoreUnusable(Busy):
    """The machine does not let the store be written; nothing was recorded."""

    def __init__(self, path: str, problem: str) -> None:
        """Name the file, and what the machine said."""
        super().__init__(
            f"{path} cannot be written ({problem}): nothing was recorded, make room or mend its permissions"
        )


class StoreBusy(Busy):
    """Another process holds the store's write lock; the same call may succeed later."""

    def __init__(self, path: str) -> None:
        """Name the file that is locked."""
        super().__init__(f"{path} is locked by another process: try again in a moment")


class BrokersUnreachable(Busy):
    """No broker answers, or none in time; whether what was sent arrived is not known."""

    def __init__(self, brokers: str, said: str) -> None:
        """Name the brokers, and what the client said."""
        super().__init__(f"{brokers} cannot be reached ({said}): start the brokers, or name others with --brokers")


class StoreDamaged(FeedbackError):
    """The store is not what this program wrote."""


class TooManyDeadLetters(FeedbackError):
    """So much of what came was refused that the fault must be ours, or a whole producer's."""

    def __init__(self, refused: int, seen: int, share: float, example: str) -> None:
        """Name the figures, the limit, and the last reason."""
        super().__init__(
            f"{refused} of the last {seen} messages can never succeed, more than the share of {share:g} allowed. Nothing of"
            f" this batch was acknowledged. The last reason: {example}. Mend the producer or this program, or raise"
            " worker.dead_letter_share"
        )
