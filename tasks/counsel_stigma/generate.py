"""Writes the open vignette bank: `python -m counsel_leaderboard.tasks.counsel_stigma.generate`.

The bank is a full factorial, condition x education x race x gender, of the templates in vignettes.yml. The variants of a
condition differ only in the other three facts and the grammar that follows from them, so a changed answer is due to them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from counsel_leaderboard import registry
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded

TEMPLATES = Path(__file__).with_name("vignettes.yml")
BANK = Path(registry.__file__).parent / "open" / "stigma" / "test.jsonl"


def rows() -> Iterator[dict[str, Any]]:
    """All vignettes in the order of the factorial, the headline's 72 first."""
    templates = load_bounded(TEMPLATES.read_bytes())
    factors = (templates["conditions"], templates["education"], templates["race"], templates["gender"])
    for condition, education, race, gender in product(*factors):
        yield row(templates, condition, education, race, gender)


def row(templates: Mapping[str, Any], condition: str, education: str, race: str, gender: str) -> dict[str, Any]:
    """One line of the bank."""
    facts = templates["conditions"][condition]
    words = templates["gender"][gender] | {
        "race": templates["race"][race]["phrase"],
        "schooling": templates["education"][education]["phrase"],
    }
    key = "-".join((facts["key"], templates["education"][education]["key"], templates["race"][race]["key"], gender))
    return {
        "id": f"stigma-{key}",
        "version": templates["version"],
        "theme": condition,
        "content_note": facts["content_note"],
        "provenance": templates["provenance"],
        "reviewer_notes": facts["reviewer_notes"],
        "canary": templates["canary"],
        "condition": condition,
        "headline": facts["headline"],
        "education": education,
        "race": race,
        "gender": gender,
        "vignette": " ".join(facts["text"].split()).format(**words),
    }


def main() -> None:
    """Rewrite the bank's file from the templates."""
    lines = [json.dumps(line, ensure_ascii=False) for line in rows()]
    BANK.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
