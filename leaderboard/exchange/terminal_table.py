"""Tables for a terminal: one line a row also at 80 columns, and what does not fit there as numbered notes below."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

LEAST_NAME = 12


@dataclass
class Notes:
    """Numbers texts in the order in which they first come; each has one number."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, *texts: str | None) -> str:
        """The numbers of the texts, like "1,3"; empty ones have none."""
        given = {self.numbers.setdefault(text, len(self.numbers) + 1) for text in texts if text}
        return ",".join(map(str, sorted(given)))

    def lines(self) -> list[Text]:
        """A line for each text with its number."""
        return [Text(f"[{number}] {text}") for text, number in self.numbers.items()]


def shortened(name: str, width: int) -> str:
    """A name of `width` characters at most: its middle left out, since the ends distinguish models."""
    if len(name) <= width:
        return name
    tail = (width - 1) * 2 // 3
    return f"{name[: width - 1 - tail]}…{name[-tail:]}"


def table(title: str, columns: dict[str, str], rows: list[list[str]], width: int) -> Table:
    """A table whose first column holds names, shortened where the others leave too little of `width` columns.

    columns: name to "left" or "right".
    """
    others = [max([len(name), *(len(row[number]) for row in rows)]) for number, name in enumerate(columns) if number]
    name_width = max(LEAST_NAME, width - sum(others) - 2 * len(others))
    shown = Table(title=Text(title), title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name, justify in columns.items():
        shown.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    for row in rows:
        shown.add_row(Text(shortened(row[0], name_width)), *map(Text, row[1:]))
    return shown
