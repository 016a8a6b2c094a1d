"""Worlds: made-up templates and faults with their truth, streamed in tests."""

from pathlib import Path
from typing import Any

from feedback.demo.generate import WORLD, expected_tickets, generate, load_world, weekly_exposures
from feedback.domain.template import Template
from feedback.intake.templates import read_templates
from feedback.settings import config_dir

__all__ = ["DEMO", "HARBOUR", "World"]


class World:
    """A world with its templates."""

    def __init__(self, world: Path, templates: Path) -> None:
        self.data: dict[str, Any] = load_world(world)
        self.templates: list[Template] = read_templates([templates])
        self._by_version = {(one.name, one.version): one for one in self.templates}

    def events(self, seed: int) -> list[dict[str, Any]]:
        """Return its failures; ids differ from seed to seed."""
        events = generate(self.data, self._by_version, seed)
        return [event | {"event_id": f"{event['event_id']}-{seed}"} for event in events]

    def exposures(self, seed: int) -> list[dict[str, Any]]:
        """Return its exposures; none where nothing is said of its traffic."""
        return weekly_exposures(self.data, seed)

    def expected(self) -> set[tuple[str, str, str]]:
        """Return (kind, category, template) of the tickets that its truth asks for."""
        return set(expected_tickets(self.data, self._by_version))


_HERE = Path(__file__).parent
DEMO = World(WORLD, config_dir() / "templates")
HARBOUR = World(_HERE / "harbour" / "world.yaml", _HERE / "harbour" / "templates")
