"""What a page shows, as the query of its URL: every view has an address that restores it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args
from urllib.parse import parse_qs, quote_plus

from counsel_leaderboard.leaderboard.board.transcripts import Order
from counsel_leaderboard.leaderboard.history.events import KINDS, EventKind
from counsel_leaderboard.leaderboard.submissions.queue import State
from counsel_leaderboard.registry.manifests import Source

TabName = Literal[
    "board",
    "model",
    "compare",
    "tasks",
    "submit",
    "queue",
    "history",
    "datasets",
    "judge",
    "topics",
    "skills",
    "about",
    "host",
]
ShowControls = Literal["auto", "yes", "no"]
Density = Literal["compact", "full"]
RunsOn = Literal["", "8", "24", "80", "more", "api", "unknown"]
Scored = Literal["any", "yes", "no"]
TABS: Final[tuple[TabName, ...]] = get_args(TabName)
MAX_LENGTH: Final = 200
MAX_PARTS: Final = 100
MAX_PAGE: Final = 1_000_000

# Fields with a closed set of values; any other value is refused.
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "tab": TABS,
    "suite": get_args(Source),
    "controls": get_args(ShowControls),
    "order": get_args(Order),
    "scored": get_args(Scored),
    "state": ("", *get_args(State)),
    "weights": ("", "open", "unknown"),
    "density": get_args(Density),
    "runs_on": get_args(RunsOn),
    "event": ("", *KINDS),
}
# Names that differ in the query: Gradio answers `page` itself, with a page of its app that has that name, or an error.
IN_QUERY: Final = {"page": "p"}
NOT_TEXT: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Address:
    """One view. Fields at their default are left out of the query; each tab reads those that concern it."""

    tab: TabName = "board"
    suite: Source = "open"
    # Board: what the reader needs a model for (a key of registry/manifests/uses.yml), how much a row shows; search, filters
    # ("" is any), sort column ("" is the default), worst first, page from 1, task of the plot.
    use: str = ""
    density: Density = "compact"
    q: str = ""
    controls: ShowControls = "auto"
    size: str = ""
    licence: str = ""
    # GiB of memory of the graphics card that holds it, or how else it runs.
    runs_on: RunsOn = ""
    # ISO 639 code of the language of the questions, which is that of the columns shown.
    language: str = ""
    engine: str = ""
    judge: str = ""
    weights: str = ""
    qualified: bool = False
    samples: bool = True
    reported: bool = True
    # Whose judged columns are ranked, as JudgeName.key has it; "" is the rule of leaderboard.board.judge_columns.
    columns_of: str = ""
    # Areas whose columns are shown, commas between; "" is all.
    areas: str = ""
    sort: str = ""
    worst: bool = False
    page: int = 1
    plot: str = ""
    # Model: run, and which of its transcripts.
    run: str = ""
    task: str = ""
    stratum: str = ""
    scored: Scored = "any"
    low: str = ""
    high: str = ""
    order: Order = "counting"
    item: str = ""
    # Of a session: the turn that is marked, from 1; 0 is none.
    turn: int = 0
    # Compare: run ids with commas between. Datasets: the card, and a flag.
    runs: str = ""
    card: str = ""
    access: str = ""
    flag: str = ""
    # History: the kind of the events that are listed.
    event: Literal["", EventKind] = ""
    # Submit: the model that the form begins with. Queue: one request, or the state and the submitter of those listed.
    model: str = ""
    request: str = ""
    state: str = ""
    by: str = ""

    def query(self) -> str:
        """The query with its question mark; "?" alone for the start page."""
        # A page asks this of hundreds of links: the fields are plain values, so nothing need be copied.
        pairs = (
            f"{IN_QUERY.get(name, name)}={quote_plus(_text(value))}"
            for name, value in vars(self).items()
            if value != DEFAULTS[name]
        )
        return "?" + "&".join(pairs)

    def to(self, **changes: Any) -> Address:
        """This view with some fields changed."""
        return replace(self, **changes)

    @property
    def run_ids(self) -> list[str]:
        """The runs to compare, each once, in order."""
        return list(dict.fromkeys(name for name in self.runs.split(",") if name))


DEFAULTS: Final = dict(vars(Address()))


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def parse(query: str) -> tuple[Address, tuple[str, ...]]:
    """The view that a query names, and a sentence for each part of it that could not be used."""
    known = {IN_QUERY.get(field.name, field.name): field for field in fields(Address)}
    values: dict[str, Any] = {}
    problems: list[str] = []
    try:
        parts = parse_qs(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MAX_PARTS)
    except ValueError:
        return Address(), (f"The address has more than {MAX_PARTS} parts: shown without them.",)
    for name, given in parts.items():
        if name not in known:
            continue
        try:
            values[known[name].name] = _value(known[name].name, str(known[name].type), given[-1])
        except ValueError as error:
            problems.append(f"The address says {name}={given[-1][:40]!r}, and {error}: shown without it.")
    return Address(**values), tuple(problems)


def _value(name: str, kind: str, text: str) -> Any:
    if len(text) > MAX_LENGTH or NOT_TEXT.search(text):
        raise ValueError(f"that is longer than {MAX_LENGTH} characters or holds control characters")
    if name in CHOICES and text not in CHOICES[name]:
        raise ValueError(f"it must be one of {', '.join(CHOICES[name])}")
    if kind == "bool":
        if text not in ("yes", "no"):
            raise ValueError("it must be yes or no")
        return text == "yes"
    if kind == "int":
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE:
            raise ValueError(f"it must be a number from 1 to {MAX_PAGE}")
        return int(text)
    if name in ("low", "high") and text:
        _number(text)
    return text


def _number(text: str) -> float:
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError("it must be a finite number")
    return number
