"""What readers are shown of a regression case."""

from feedback.errors import NotFound
from feedback.service.bootstrap import Service
from feedback.storage.cases import FoundCase, find_case

__all__ = ["FoundCase", "case_view"]


def case_view(service: Service, case_id: str) -> FoundCase:
    """
    Return one case with what it holds.

    Raises:
        NotFound: There is no such case, or it gave way to an earlier failure of its pattern.
    """
    found = find_case(service.store, case_id)
    if found is None:
        raise NotFound("case", case_id, "its ticket names all cases there are")
    return found
