"""A finding: what one rule proved, or made likely, from one failure event alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """
    One piece of evidence.

    `rule` is `family.kind` ("schema.enum"). `category` is the category this evidence is typical of: a hint, never a
    verdict. `detail` may quote the event. `where` is the place in the event ("response.content"). `locus` is the
    place inside the template with few possible values ("/currency:enum"); it never holds ids, numbers that vary by
    case, names or user data, and is None where the rule knows none. `check` is a program-decided regression check
    that fails on the logged response, or None.
    """

    rule: str
    category: str
    detail: str
    where: str
    locus: str | None = None
    check: Mapping[str, Any] | None = None
