"""Writes the open vignette bank: `python -m counsel_leaderboard.tasks.counsel_stigma.generate`.

Nine texts a condition, three of them of a person who has it now, three of a person in treatment and three of a person who has
recovered. Each text is told of a man and of a woman, in other descriptions of schooling and race, so that a condition has each
of the 18 cells of schooling x race x gender once, and each state has every schooling and every description of race once a
gender. All conditions have the same plan, so that a difference between them is not one between the people described.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded

TEMPLATES = Path(__file__).with_name("vignettes.yml")
BANK = Path(registry.__file__).parent / "open" / "stigma" / "test.jsonl"


def rows() -> Iterator[dict[str, Any]]:
    """All 108 vignettes, the four conditions of the headline first."""
    templates = load_bounded(TEMPLATES.read_bytes())
    for condition, facts in templates["conditions"].items():
        for number, story in enumerate(facts["texts"]):
            for education, race, gender in cells(templates, number):
                yield row(templates, condition, number, story, education, race, gender)


def cells(templates: Mapping[str, Any], number: int) -> Iterator[tuple[str, str, str]]:
    """Schooling, race and gender of the two tellings of a condition's text with this number, from 0.

    Over the nine texts each of the two columns of (schooling, race) is a Latin square: every pair once a gender.
    """
    education, race = tuple(templates["education"]), tuple(templates["race"])
    first, second = number % 3, (number + number // 3) % 3
    for step, gender in enumerate(templates["gender"]):
        yield education[(first + step) % 3], race[(second + step) % 3], gender


def row(
    templates: Mapping[str, Any], condition: str, number: int, story: Mapping[str, Any], education: str, race: str, gender: str
) -> dict[str, Any]:
    """One line of the bank."""
    facts = templates["conditions"][condition]
    words = templates["gender"][gender] | {
        "name": story["names"][list(templates["gender"]).index(gender)],
        "race": templates["race"][race]["phrase"],
        "schooling": templates["education"][education]["phrase"],
    }
    name = f"stigma-{facts['key']}-{number + 1:02}"
    key = "-".join((name, templates["education"][education]["key"], templates["race"][race]["key"], gender))
    return {
        "id": key,
        "version": story.get("version", templates["version"]),
        "language": templates["language"],
        "theme": condition,
        "content_note": facts["content_note"],
        "provenance": templates["provenance"],
        "reviewer_notes": facts["reviewer_notes"],
        "canary": templates["canary"],
        "condition": condition,
        "headline": facts["headline"],
        "story": name,
        "state": story["state"],
        "education": education,
        "race": race,
        "gender": gender,
        "vignette": " ".join(story["text"].split()).format(**words),
    }


def main() -> None:
    """Rewrite the bank's file from the templates."""
    lines = [json.dumps(line, ensure_ascii=False) for line in rows()]
    BANK.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
