"""The shipped coder's card: its figures by code on held-out cases of the open bank, and which codes are reported as numbers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from counsel_leaderboard.registry.skills.codes import BAR_F1, FACTS

FILE = Path(__file__).with_name("card.json")


@cache
def card() -> dict[str, dict[str, float]]:
    """Precision, recall, f1, kappa, prevalence and calibration error of each code, and of `group:NAME` for groups of codes."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: dict(figures) for name, figures in content["figures"].items()}


@cache
def shown_codes() -> tuple[str, ...]:
    """The codes whose F1 reaches the bar, in the manual's order: rates of the others are not shown."""
    return tuple(code for code in FACTS if card()[code]["f1"] >= BAR_F1)
