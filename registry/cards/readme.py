"""The generated parts of registry/README.md: vocabulary, flags, row shapes, table of cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from counsel_leaderboard.registry.cards.catalog import DATASETS, cards
from counsel_leaderboard.registry.cards.flags import MEANING as FLAGS
from counsel_leaderboard.registry.cards.flags import names
from counsel_leaderboard.registry.cards.schema import DatasetCard
from counsel_leaderboard.registry.cards.vocabulary import MEANING, meanings
from counsel_leaderboard.registry.common import atomic
from counsel_leaderboard.registry.sources.readers import READERS

README: Final = Path(__file__).parents[1] / "README.md"


def vocabulary() -> str:
    """The words of every closed vocabulary with their meaning."""
    parts = []
    for name in MEANING:
        words = "\n".join(f"| `{word}` | {meaning} |" for word, meaning in meanings(name).items())
        parts.append(f"**{name}**\n\n| word | meaning |\n|---|---|\n{words}\n")
    return "\n".join(parts)


def flag_table() -> str:
    """What each flag means."""
    return "| flag | meaning |\n|---|---|\n" + "".join(f"| `{name}` | {meaning} |\n" for name, meaning in FLAGS.items())


def shapes() -> str:
    """What each reader returns, taken from its docstring."""
    return "".join(f"- `{name}`: {_flat(reader.__doc__ or '')}\n" for name, reader in READERS.items())


def _flat(text: str) -> str:
    return " ".join(text.split())


def card_table(folder: Path = DATASETS) -> str:
    """A table row for each card. Flags are computed for the day the card was checked, so the page changes only with a card."""
    known = cards(folder)
    head = "| dataset | size | licence of the text | access | redistribute | tasks | flags |\n|---|---|---|---|---|---|---|\n"
    return head + "".join(_line(card, known) for card in known.values())


def _line(card: DatasetCard, known: dict[str, DatasetCard]) -> str:
    raised = names(card, known, today=card.checked)
    cells = (f"[{card.name}](datasets/{card.name}.yaml)", card.size, card.licence.text.name, card.access, card.redistribute)
    return f"| {' | '.join(cells)} | {', '.join(card.tasks)} | {', '.join(raised)} |\n"


def generated(text: str, folder: Path = DATASETS) -> str:
    """The text of the README with every generated part renewed."""
    parts: dict[str, Callable[[], str]] = {
        "vocabulary": vocabulary,
        "flags": flag_table,
        "shapes": shapes,
        "cards": lambda: card_table(folder),
    }
    for name, make in parts.items():
        start, end = f"<!-- generated: {name} -->\n", f"<!-- end of {name} -->"
        before, start_mark, rest = text.partition(start)
        _, end_mark, after = rest.partition(end)
        if not start_mark or not end_mark:
            raise ValueError(f"registry/README.md has no part {name!r} between {start.strip()} and {end}")
        text = f"{before}{start}{make()}{end}{after}"
    return text


def write(folder: Path = DATASETS) -> Iterator[Path]:
    """Update the README if a part is out of date, and yield its path; does nothing for other folders of cards."""
    if folder != DATASETS:
        return
    old = README.read_text("utf-8")
    new = generated(old, folder)
    if new != old:
        atomic.write(README, new)
        yield README
