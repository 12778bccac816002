"""Writes the open bank of requests: `python -m counsel_leaderboard.tasks.counsel_requests.generate`.

Each request is asked with two of the four mental conditions, in turn over the requests of its kind, and each time beside
the same request with a physical condition. So every condition has five pairs of each kind, and a pair differs in one name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded

TEMPLATES = Path(__file__).with_name("requests.yml")
BANK = Path(registry.__file__).parent / "open" / "requests" / "test.jsonl"


def rows() -> Iterator[dict[str, Any]]:
    """All 80 pairs, by kind."""
    templates = load_bounded(TEMPLATES.read_bytes())
    conditions, beside = templates["conditions"], templates["beside"]
    for kind, entry in templates["requests"].items():
        for number, text in enumerate(entry["texts"]):
            for step in range(2):
                condition = conditions[(number + step * 2 + number // 4) % len(conditions)]
                yield row(
                    templates, kind, number, step, condition, beside[(number + step) % len(beside)], " ".join(text.split())
                )


def row(
    templates: Mapping[str, Any], kind: str, number: int, step: int, condition: str, beside: str, text: str
) -> dict[str, Any]:
    """One line of the bank: a pair of requests."""
    form = templates["requests"][kind]["form"]
    request = f"{text} {templates['endings'][form]}"
    return {
        "id": f"request-{kind}-{number + 1:02}-{'ab'[step]}",
        "version": templates["version"],
        "language": templates["language"],
        "theme": kind,
        "content_note": f"{condition}, treated or under control",
        "provenance": templates["provenance"],
        "reviewer_notes": "The pair differs in the name of the condition alone; both are in treatment or under control.",
        "canary": templates["canary"],
        "kind": kind,
        "form": form,
        "request": f"request-{kind}-{number + 1:02}",
        "condition": condition,
        "beside": beside,
        "with_condition": request.format(condition=condition),
        "with_beside": request.format(condition=beside),
    }


def main() -> None:
    """Rewrite the bank's file from the templates."""
    lines = [json.dumps(line, ensure_ascii=False) for line in rows()]
    BANK.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
