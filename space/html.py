"""Renders the templates to HTML. Every value is text: it is escaped, and its control characters are made visible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from counsel_leaderboard.leaderboard.board.authorship import drafting_family
from counsel_leaderboard.leaderboard.board.gate_columns import gate_of
from counsel_leaderboard.leaderboard.board.reasons import wording
from counsel_leaderboard.leaderboard.board.scored_floor import whole_percent
from counsel_leaderboard.leaderboard.crisis_gate import words
from counsel_leaderboard.leaderboard.judges.families import kinship
from counsel_leaderboard.space import bars, labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.references import cited, linked

TEMPLATES: Final = Path(__file__).parent / "templates"
# Control characters, and characters that reorder or hide the text around them. Tab and line feed are allowed.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

_COMMAND: Final = re.compile("`([^`]+)`")


def visible(text: str) -> str:
    """`text` with invisible characters, and those that reorder others, replaced by their code points."""
    if text.isprintable():  # the usual case, checked first because a page has thousands of texts
        return text
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", text.replace("\r\n", "\n"))


def render(template: str, **values: Any) -> str:
    """The template of that name, rendered. A value missing from `values` raises jinja2.UndefinedError."""
    return _ENVIRONMENT.get_template(template).render(**values)


def gate_state(row: Mapping[str, Any]) -> str:
    """The state of the crisis gate in a row of the board."""
    return words.state(gate_of(row))


def gate_count(row: Mapping[str, Any]) -> str:
    """Its count: "harm in 2 of 80, at most 9%"; empty where there is none."""
    return words.count(gate_of(row))


def number(value: float | None, digits: int = 3) -> str:
    """A number as text with fixed digits; "–" for None."""
    return "–" if value is None else f"{value:.{digits}f}"


def go(address: Address) -> Markup:
    """The attributes of a link that changes the view without loading the page again."""
    return Markup(f'href="{escape(address.query())}" data-go')  # noqa: S704 - escaped here


def percent(value: float | None) -> str:
    """A share from 0 to 1 as percent; "–" for None."""
    return "–" if value is None else f"{value * 100:.0f}%"


def commands(text: str) -> Markup:
    """A sentence of the product's own in which commands stand between backticks, with these set as code."""
    return Markup(_COMMAND.sub(lambda match: f"<code>{match[1]}</code>", str(escape(visible(text)))))  # noqa: S704 - escaped


def share(value: float | None) -> str:
    """A share of documents as whole percent, rounded down as in the board's reasons, and never 0% of some; "–" for None."""
    if value is None:
        return "–"
    whole = whole_percent(value)
    return "under 1%" if value > 0 and whole == 0 else f"{whole}%"


def _final(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent, "share": share, "visible": visible, "wording": wording}
    environment.filters |= {"commands": commands, "linked": lambda text: linked(visible(text)), "cited": cited}
    environment.globals |= {
        "task_title": labels.task,
        "metric_title": labels.metric,
        "area_title": labels.area,
        "size": labels.size,
        "engine_title": labels.engine,
    }
    environment.globals |= {
        "drafting_family": drafting_family,
        "kinship": kinship,
        "go": go,
        "at": bars.at,
        "across": bars.across,
    }
    environment.globals |= {"gate_state": gate_state, "gate_count": gate_count, "gate_texts": words}
    return environment


_ENVIRONMENT: Final = _environment()
