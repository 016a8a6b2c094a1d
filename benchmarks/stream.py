"""Made-up templates and distinct failure events of about 1.5 KB, for measuring speed; says nothing about quality."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from feedback.domain.template import Template

__all__ = ["EVENT_BYTES", "make_events", "make_templates"]

EVENT_BYTES = 1_500
_START = datetime(2026, 3, 1, tzinfo=UTC)
_SYLLABLES = [
    "ba",
    "de",
    "fi",
    "go",
    "hu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "wa",
    "xe",
    "yi",
    "zo",
    "bren",
    "clam",
    "drift",
    "fold",
    "grint",
]
_SIGNALS: tuple[dict[str, Any], ...] = (
    {"validation_errors": [{"path": "/currency", "code": "enum", "message": "'RMB' is not one of ['CNY', 'USD']"}]},
    {"error": "JSONDecodeError: Expecting ',' delimiter: line 3 column 9 (char 41)"},
    {"comment": "far too long, I asked for two sentences", "rating": 1},
    {"checks": [{"name": "final_answer", "passed": False, "detail": "expected 15, got 9"}]},
    {"comment": "I told you my order number already, two messages ago"},
    {"checks": [{"name": "grounded", "passed": False, "detail": "the passage does not mention any of this"}]},
    {"error": "ToolError: missing required parameter 'date' for book_room"},
    {"comment": "why does it refuse this, our policy allows it", "rating": 2},
)


def make_templates(count: int, seed: int = 1) -> list[Template]:
    """Return `count` templates, each with its own words in 40 to 90 words of static text and two placeholders."""
    dice = random.Random(seed)
    words = _words(dice, 3_000)
    return [
        Template(
            name=f"bench_template_{n:05d}",
            version="1.0.0",
            kind="single_turn",
            system=_sentence(dice, words, 20, 40),
            instruction=f"{_sentence(dice, words, 12, 30)} {{{{ topic }}}} {_sentence(dice, words, 8, 20)}",
            context="{{ material }}",
        )
        for n in range(count)
    ]


def make_events(count: int, templates: list[Template], seed: int = 2, *, days: int = 60) -> Iterator[bytes]:
    """Yield `count` distinct events as JSON, times ascending over `days`, every other one naming its template."""
    dice = random.Random(seed)
    words = _words(dice, 3_000)
    step = timedelta(days=days) / max(count, 1)
    for n in range(count):
        template = dice.choice(templates)
        user = template.instruction.replace("{{ topic }}", _sentence(dice, words, 2, 5))
        event = {
            "event_id": f"bench-{seed}-{n}",
            "occurred_at": (_START + n * step).isoformat(),
            "channel": "online",
            "source": "system_log",
            "session_id": f"session-{dice.randrange(count)}",
            "request": {
                "messages": [
                    {"role": "system", "content": template.system},
                    {"role": "user", "content": f"{user}\n\n{_sentence(dice, words, 20, 40)}"},
                ]
            },
            "response": {"content": "", "finish_reason": "stop"},
            "signals": dice.choice(_SIGNALS),
        }
        if n % 2 == 0:
            event["template"] = {"name": template.name, "version": template.version}
        missing = EVENT_BYTES - len(json.dumps(event))
        answer: list[str] = []
        while missing > 0:
            answer.append(dice.choice(words))
            missing -= len(answer[-1]) + 1
        event["response"] = {"content": " ".join(answer) or "none", "finish_reason": "stop"}
        yield json.dumps(event).encode()


def _words(dice: random.Random, count: int) -> list[str]:
    return ["".join(dice.choices(_SYLLABLES, k=dice.choice((2, 2, 3)))) for _ in range(count)]


def _sentence(dice: random.Random, words: list[str], least: int, most: int) -> str:
    return " ".join(dice.choices(words, k=dice.randint(least, most))).capitalize() + "."
