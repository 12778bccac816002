"""HTML from the templates. Every value is text: escaped, its control characters made visible."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from counsel_leaderboard.leaderboard.board.authorship import drafting_family
from counsel_leaderboard.leaderboard.board.reasons import wording
from counsel_leaderboard.space import bars, labels
from counsel_leaderboard.space.address import Address

TEMPLATES: Final = Path(__file__).parent / "templates"
# Control characters, and those that reorder or hide what stands around them. Tab and line feed are text.
_INVISIBLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` with characters that cannot be seen, or that reorder others, written as their code point."""
    if text.isprintable():  # as nearly every text of a page is, and a page has thousands
        return text
    return _INVISIBLE.sub(lambda found: f"[U+{ord(found[0]):04X}]", text.replace("\r\n", "\n"))


def render(template: str, **values: Any) -> str:
    """The page part of that name. A value missing from `values` raises jinja2.UndefinedError."""
    return _ENVIRONMENT.get_template(template).render(**values)


def number(value: float | None, digits: int = 3) -> str:
    """A number for reading; "–" where there is none."""
    return "–" if value is None else f"{value:.{digits}f}"


def go(address: Address) -> Markup:
    """The attributes of a link that changes the view in place."""
    return Markup(f'href="{escape(address.query())}" data-go')  # noqa: S704 - escaped here


def percent(value: float | None) -> str:
    """A share as percent; "–" where there is none."""
    return "–" if value is None else f"{value * 100:.0f}%"


def _final(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_final,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": percent, "visible": visible, "wording": wording}
    made.globals |= {"task_title": labels.task, "metric_title": labels.metric, "area_title": labels.area, "size": labels.size}
    made.globals |= {"drafting_family": drafting_family, "go": go, "at": bars.at, "across": bars.across}
    return made


_ENVIRONMENT: Final = _environment()
