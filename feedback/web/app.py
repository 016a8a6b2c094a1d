"""The application: the API and the pages over one store, and what works behind them."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from feedback import __version__
from feedback.service.webhooks import webhooks_of
from feedback.settings import Settings
from feedback.web.access import Door
from feedback.web.answers import NotModified, not_modified
from feedback.web.api import (
    corrections,
    dead_letters,
    failures,
    health,
    intake,
    patterns,
    registrations,
    templates,
    ticket_parts,
    tickets,
    triage,
)
from feedback.web.background import Background
from feedback.web.bodies import Bounded
from feedback.web.desk import Desk
from feedback.web.guard import Guard
from feedback.web.headers import SecurityHeaders
from feedback.web.metrics import Measuring, Metrics
from feedback.web.openapi import DESCRIPTION, TAGS, document
from feedback.web.pages.site import add_pages
from feedback.web.problems import add_problems
from feedback.web.stores import Stores
from feedback.webhooks.delivering import delivering

__all__ = ["FAMILIES", "api_document", "build_app"]

FAMILIES = (
    intake,
    tickets,
    ticket_parts,
    patterns,
    corrections,
    failures,
    triage,
    registrations,
    templates,
    dead_letters,
    health,
)
"""The routes of the API; the more particular path of two that fit stands first."""


def build_app(path: str | None, settings: Settings) -> FastAPI:
    """
    Return the application over the store at `path`, else over the one that the settings name.

    The store is opened here; what works in the background begins with the application's life and ends with it.

    Raises:
        NotFound, StoreBusy, StoreDamaged: As `open_service` says.
        InvalidSettings: The key of a webhook is not in the environment.
    """
    stores, metrics = Stores(path, settings), Metrics()
    background = Background(stores, settings, metrics)
    webhooks = webhooks_of(settings)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        async with delivering(stores, webhooks, settings.webhooks):
            yield
        background.stop()
        stores.close()

    app = _api(lifespan=living)
    app.state.stores, app.state.background, app.state.settings = stores, background, settings
    app.state.door = Door(stores)
    app.state.desk, app.state.metrics = Desk(stores, background, metrics), metrics
    with stores.reading() as service:
        of_answers = f"{__version__} {service.store.store_id} {settings!r}"
    app.state.mark = hashlib.sha256(of_answers.encode()).hexdigest()
    app.add_middleware(Bounded, most=settings.serve.max_body_bytes)
    app.add_middleware(Guard, door=app.state.door)
    app.add_middleware(Measuring, metrics=metrics)
    app.add_middleware(SecurityHeaders)
    add_problems(app)
    app.add_exception_handler(NotModified, not_modified)
    add_pages(app)
    return app


def api_document() -> dict[str, Any]:
    """Return the OpenAPI document of the API."""
    return _api().openapi()


def _api(**more: Any) -> FastAPI:
    """Return an app that has the routes of the API, and says in its document what they are."""
    app = FastAPI(
        title="Failure feedback",
        summary="From failures of language models to template revisions.",
        description=DESCRIPTION,
        version=__version__,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        **more,
    )
    for family in FAMILIES:
        app.include_router(family.router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app
