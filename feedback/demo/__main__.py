"""`python -m feedback.demo` writes the shipped stream, its exposures and its expected tickets anew from the world."""

import json
from pathlib import Path

from feedback.demo.generate import expected_tickets, generate, load_world, weekly_exposures
from feedback.intake.templates import read_templates
from feedback.settings import config_dir

__all__ = ["EVENTS", "EXPECTED", "EXPOSURES", "SEED", "write"]

SEED = 20260401
EVENTS = Path(__file__).parent / "events.jsonl"
EXPOSURES = Path(__file__).parent / "exposures.jsonl"
EXPECTED = Path(__file__).parent / "expected.json"


def write() -> None:
    """Write the three files."""
    world = load_world()
    templates = {(one.name, one.version): one for one in read_templates([config_dir() / "templates"])}
    for path, items in ((EVENTS, generate(world, templates, SEED)), (EXPOSURES, weekly_exposures(world, SEED))):
        lines = [json.dumps(item, ensure_ascii=False) for item in items]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    expected = [
        {"kind": kind, "category": category, "template": name}
        for kind, category, name in expected_tickets(world, templates)
    ]
    EXPECTED.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
