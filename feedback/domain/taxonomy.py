"""The fixed categories: ids, meaning, remedy, and which of them comes first when several fit."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["NEEDS_TRIAGE", "Category", "Taxonomy"]

NEEDS_TRIAGE = "needs_triage"
"""Not a category but an outcome: the classifier is not sure enough to say."""


class Category(BaseModel):
    """One root cause, as a data team sees it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z_]+$")
    name: str
    means: str
    remedy: str
    rubric: str
    opens_revision: bool = True


class Taxonomy(BaseModel):
    """One version of the categories."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    categories: tuple[Category, ...]
    precedence: tuple[str, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Category ids in the order of the file."""
        return tuple(category.id for category in self.categories)

    def __getitem__(self, category_id: str) -> Category:
        """Return the category of that id; KeyError where there is none."""
        return {category.id: category for category in self.categories}[category_id]

    @model_validator(mode="after")
    def _precedence_names_each_category_once(self) -> Self:
        if sorted(self.precedence) != sorted(self.ids) or len(set(self.ids)) != len(self.ids):
            message = "precedence must name every category once, and no category may stand twice"
            raise ValueError(message)
        return self
