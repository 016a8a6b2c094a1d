"""The application: the API and the pages over one store, and what works behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from feedback import __version__
from feedback.settings import Settings
from feedback.web.api import health
from feedback.web.background import Background
from feedback.web.headers import SecurityHeaders
from feedback.web.pages.site import add_pages
from feedback.web.problems import add_problems
from feedback.web.stores import Stores

__all__ = ["build_app"]


def build_app(path: str | None, settings: Settings) -> FastAPI:
    """
    Return the application over the store at `path`, else over the one that the settings name.

    The store is opened here; what works in the background begins with the application's life and ends with it.

    Raises:
        NotFound, StoreBusy, StoreDamaged: As `open_service` says.
    """
    stores = Stores(path, settings)
    background = Background(stores, settings)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        background.start()
        yield
        background.stop()
        stores.close()

    app = FastAPI(
        title="Failure feedback",
        version=__version__,
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.stores, app.state.background, app.state.settings = stores, background, settings
    app.add_middleware(SecurityHeaders)
    add_problems(app)
    app.include_router(health.router)
    add_pages(app)
    return app
