"""Records: what one message of a stream holds, a failure event, an array of them, or a CloudEvent."""

from collections.abc import Iterator, Sequence
from itertools import islice

from feedback.errors import Fault, InvalidInput
from feedback.intake.cloudevents import SPECVERSION
from feedback.intake.files import Item, array_items
from feedback.intake.native import Received, parse_failure

__all__ = ["MAX_ITEMS", "Headers", "attributes_of", "read_record"]

Headers = Sequence[tuple[str, bytes]]
MAX_ITEMS = 10_000
"""Most items of an array in one record; each refused one becomes a message of its own."""
_BINARY = "ce_"


def read_record(value: bytes, headers: Headers) -> Iterator[tuple[Item, Received | InvalidInput]]:
    """
    Yield the items of a record in order, each with what it says or why it is refused.

    An item of an array has the place "item 3" (from 1), the only item of a record has none. What cannot be told
    apart is one item.
    """
    attributes = attributes_of(headers)
    items = [Item("", value)] if attributes else _items(value)
    if len(items) > MAX_ITEMS:
        yield Item("", value), InvalidInput(Fault("", f"an array of more than {MAX_ITEMS} items: send smaller ones"))
        return
    for item in items:
        try:
            yield item, parse_failure(item.raw, attributes)
        except InvalidInput as error:
            yield item, error


def attributes_of(headers: Headers) -> dict[str, str]:
    """Return the attributes of a binary CloudEvent; none where the headers are not those of one."""
    found = {
        name.lower().removeprefix(_BINARY): content.decode("utf-8", "replace")
        for name, content in headers
        if name.lower().startswith(_BINARY)
    }
    return found if SPECVERSION in found else {}


def _items(value: bytes) -> list[Item]:
    items = list(islice(array_items(value), MAX_ITEMS + 1)) if value.lstrip().startswith(b"[") else []
    return items if any(item.raw for item in items) else [Item("", value)]
