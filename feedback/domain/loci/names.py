"""Names: which names of tools and fields are the template's, so that a locus holds nothing that a user or a model made up."""

import re
from functools import lru_cache
from typing import Any

from feedback.domain.loci.seen import Seen

__all__ = ["identifier", "known_field", "known_tool", "required_names", "words_of"]

_IDENTIFIER = re.compile(r"[^\W\d_]{1,24}(?:[_.-]?[^\W\d_]{1,24}){0,5}")
_WORDS = re.compile(r"[a-zß-öø-ÿ]+|[^\W\da-zß-öø-ÿ_]+|\d+")
_NAME = r"([a-z]{1,20}(?:_[a-z]{1,20}){0,4})"
_REQUIRED = re.compile(
    rf"[\"'`]{_NAME}[\"'`] (?:is (?:a )?(?:required|missing)|must |was not |cannot )"
    rf"|(?:required|missing) (?:\w+ ){{0,3}}(?:property|field|key|argument|parameter|arg)s?:? [\"'`]?{_NAME}\b"
    rf"|(?:argument|parameter|field|property|key)s?:? [\"'`]{_NAME}[\"'`]|\b([a-z]{{1,20}}(?:_[a-z]{{1,20}}){{1,4}}) (?:must|is|was|cannot|missing|required)\b"
)
_FIELD = r"(?:fields?|keys?|columns?|propert(?:y|ies)|felder|feld|champs?|campos?|字段|键|フィールド|項目|필드)"
_COMMON_WORDS = (
    "answer answers label labels reason reasons evidence confidence score scores rating summary title category categories class type status result"
    " results output explanation rationale sentiment date time amount price total currency unit language topic topics tags keywords entities items"
    " source sources text content message comment description id name value priority severity choice option verdict decision relation"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_MOST_FIELDS = 12
_MOST_NODES = 2_000


def identifier(name: object) -> bool:
    """Tell whether `name` reads like the name of a tool or a field: words without digits, joined."""
    return isinstance(name, str) and _IDENTIFIER.fullmatch(name) is not None


def known_tool(seen: Seen, name: str) -> str:
    """Return the name of a tool where the request lists it, or lists none and it reads like one, else `*`."""
    tools = [tool.function.get("name") for tool in seen.request.tools or () if isinstance(tool.function, dict)]
    return name if name in tools or (not tools and identifier(name)) else "*"


def known_field(seen: Seen, name: str, fields: int) -> str:
    """
    Return `name` where the template may be taken to name it, else `*`.

    It may where a schema or the system's words hold it; where the user's first turn sets it apart as a field: quoted, before
    a colon, or near a word for fields; where it is one of the commonest words for fields; and where no schema is given and
    it stands in no turn of the user, so that it cannot be the user's, unless the answer holds so many `fields` that they
    are data themselves.
    """
    if not identifier(name):
        return "*"
    if name in _COMMON or _in_schema(seen, name) or _in_words(seen, name):
        return name
    open_to_all = seen.users and not (seen.request.output_schema or seen.request.tools) and fields <= _MOST_FIELDS
    alone, _ = _patterns(name)
    return name if open_to_all and not any(alone.search(turn.raw) for turn in seen.users) else "*"


def required_names(report: str) -> list[str]:
    """Return the names of which a machine's report says, in the words many tools share, that they are required or missing."""
    return ["".join(groups) for groups in _REQUIRED.findall(report)]


def words_of(text: str) -> list[str]:
    """Return the words of `text` in lower case, apart where scripts change, digits by themselves."""
    return _WORDS.findall(text.lower())


def _in_schema(seen: Seen, name: str) -> bool:
    nodes: list[Any] = [seen.request.output_schema, *(tool.function for tool in seen.request.tools or ())]
    for node in nodes:
        if isinstance(node, (dict, list)) and name in node:
            return True
        if len(nodes) < _MOST_NODES:
            nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return False


def _in_words(seen: Seen, name: str) -> bool:
    alone, set_apart = _patterns(name)
    if alone.search("\n".join(seen.request.texts("system", "developer"))):
        return True
    return bool(seen.users) and set_apart.search(seen.users[0].raw) is not None


@lru_cache(maxsize=1_024)
def _patterns(name: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return how a name stands in a text at all, and how it stands there as that of a field."""
    parts = r"[ _.-]?".join(re.escape(part) for part in re.split("[_.-]", name))
    alone = rf"(?<![A-Za-z]){parts}(?![A-Za-z])"
    apart = rf"[\"'`*“「]{parts}[\"'`*”」]|{alone}\s?[:：(（]|{_FIELD}.{{0,60}}{alone}|{alone}.{{0,40}}{_FIELD}"
    return re.compile(alone, re.IGNORECASE), re.compile(apart, re.IGNORECASE)
