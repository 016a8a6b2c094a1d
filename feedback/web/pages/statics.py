"""Styles and scripts: read once, served under an address with the hash of their content, so that browsers may keep them."""

import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

__all__ = ["router", "static_path"]

router = APIRouter(include_in_schema=False)

_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"


def static_path(name: str) -> str:
    """Return the address of a file in `static/`; another content has another address."""
    return f"/static/{_files()[name][0]}/{name}"


@router.get("/static/{digest}/{name}")
def static(digest: str, name: str) -> Response:
    """Answer with a file; one that is asked for by the hash of another content is not kept by the browser."""
    found = _files().get(name)
    if found is None:
        raise HTTPException(404, f"There is no file {name!r}.")
    current, content = found
    kept = _FOR_EVER if digest == current else "no-cache"
    return Response(content, media_type=_MEDIA_TYPES[name.rpartition(".")[2]], headers={"Cache-Control": kept})


@cache
def _files() -> dict[str, tuple[str, bytes]]:
    found = {one.name: one.read_bytes() for one in (files("feedback.web") / "static").iterdir() if one.is_file()}
    return {
        name: (hashlib.sha256(content).hexdigest()[:16], content)
        for name, content in found.items()
        if name.rpartition(".")[2] in _MEDIA_TYPES
    }
