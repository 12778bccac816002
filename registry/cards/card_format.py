"""The canonical form of a card file, so that a change to a card is a diff of exactly the changed lines."""

from __future__ import annotations

from typing import Any, Final

import yaml

from counsel_leaderboard.registry.cards.schema import DatasetCard

WIDTH: Final = 128


class ReadingDumper(yaml.SafeDumper):
    """Block style throughout; text of several lines as a literal block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


ReadingDumper.add_representer(str, _text)


def render(card: DatasetCard) -> str:
    """YAML text of a card: fields in the schema's order, defaults left out; `DatasetCard` reads it back as the same card."""
    fields: dict[str, Any] = card.model_dump(exclude_defaults=True)
    return yaml.dump(_plain(fields), Dumper=ReadingDumper, sort_keys=False, allow_unicode=True, width=WIDTH)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
