"""Exposures among what comes in: which items are some, and what they say."""

from feedback.domain.exposure import Exposure
from feedback.intake.native import Opened, canonical_object, validate

__all__ = ["exposure_in", "is_exposure"]

_KEY = "exposure_id"


def is_exposure(item: Opened) -> bool:
    """Tell whether an item is an exposure, faulty or not: an object with an `exposure_id`, which no failure has."""
    return isinstance(item.value, dict) and _KEY in item.value


def exposure_in(item: Opened) -> Exposure:
    """
    Return the exposure in an item.

    Raises:
        InvalidInput: It is over a limit, or breaks the contract; each fault names its path.
    """
    return validate(Exposure, canonical_object(item.value))
