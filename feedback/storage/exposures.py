"""Questions about single exposures."""

from collections.abc import Iterable

from feedback.domain.facts import ExposureReported
from feedback.storage.database import Store
from feedback.storage.patterns import chunks

__all__ = ["known_exposures"]

_COLUMNS = ("exposure_id", "template", "version", "training_version", "first_hour", "hours", "interactions", "sessions")


def known_exposures(store: Store, exposure_ids: Iterable[str]) -> dict[str, ExposureReported]:
    """Return by id what was reported of those of these exposures that are known."""
    sql = """SELECT exposure_id, template_name, template_version, training_version, first_hour, hours, interactions,
             sessions FROM exposures WHERE exposure_id IN ({})"""
    return {
        row[0]: ExposureReported(**dict(zip(_COLUMNS, row, strict=True)))
        for part, marks in chunks(exposure_ids)
        for row in store.rows(sql.format(marks), part)
    }
