"""`python -m feedback.demo` writes the shipped stream and its expected tickets anew from the world."""

import json
from pathlib import Path

from feedback.demo.generate import expected_tickets, generate, load_world
from feedback.intake.templates import read_templates
from feedback.settings import config_dir

__all__ = ["EVENTS", "EXPECTED", "SEED", "write"]

SEED = 20260401
EVENTS = Path(__file__).parent / "events.jsonl"
EXPECTED = Path(__file__).parent / "expected.json"


def write() -> None:
    """Write both files."""
    world = load_world()
    templates = {(one.name, one.version): one for one in read_templates([config_dir() / "templates"])}
    lines = [json.dumps(event, ensure_ascii=False) for event in generate(world, templates, SEED)]
    EVENTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    expected = [
        {"kind": kind, "category": category, "template": name}
        for kind, category, name in expected_tickets(world, templates)
    ]
    EXPECTED.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
