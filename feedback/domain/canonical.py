"""Canonical JSON and the hashes built on it: one form for one content, so identity never depends on layout."""

import hashlib
import json
from typing import Any

__all__ = ["canonical_json", "digest", "short_id"]


def canonical_json(value: Any) -> str:
    """
    Return `value` as JSON with sorted keys, no white space and no escapes beyond those JSON requires.

    Raises:
        ValueError: A number is not finite, or a text holds half a surrogate pair.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    text.encode()  # lone surrogates pass json.loads and fail only here
    return text


def digest(value: Any) -> str:
    """Return `sha256:` and the hex SHA-256 of the canonical JSON of `value`."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()


def short_id(prefix: str, *parts: str, length: int = 12) -> str:
    """Return `prefix` and the first `length` hex digits of a hash over `parts`, which are kept apart from each other."""
    return prefix + hashlib.sha256(canonical_json(parts).encode()).hexdigest()[:length]
