"""What routes are given: a service to read with, or one to write with, for as long as the route runs."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request

from feedback.service.bootstrap import Service
from feedback.web.background import Background
from feedback.web.stores import Stores

__all__ = ["Reading", "Working", "Writing"]


def _reading(request: Request) -> Iterator[Service]:
    stores: Stores = request.app.state.stores
    with stores.reading() as service:
        yield service


def _writing(request: Request) -> Iterator[Service]:
    stores: Stores = request.app.state.stores
    with stores.writing() as service:
        yield service


def _background(request: Request) -> Background:
    background: Background = request.app.state.background
    return background


Reading = Annotated[Service, Depends(_reading, scope="function")]
"""A parameter of a route that only reads."""
Writing = Annotated[Service, Depends(_writing, scope="function")]
"""A parameter of a route that writes: such routes run one after the other."""
Working = Annotated[Background, Depends(_background)]
"""A parameter of a route that has work for the background, or asks how it is."""
