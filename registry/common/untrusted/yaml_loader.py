"""YAML within limits: PyYAML's safe loader, in C where PyYAML was built with libyaml, about eight times as fast."""

from __future__ import annotations

from typing import Any, Final

import yaml

SafeLoader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_BYTES: Final = 1 << 20
DEEPEST: Final = 32
MOST_ALIASES: Final = 20


class YamlLimitError(yaml.YAMLError):
    """A text over one of the limits; nothing of it was built."""


def load_bounded(raw: bytes | str, loader: Any = SafeLoader) -> Any:
    """The value of one YAML document. loader: a subclass of SafeLoader.

    Raises YamlLimitError for a text of more than MOST_BYTES, nesting deeper than DEEPEST, more than MOST_ALIASES aliases, or an
    alias inside what another alias repeats, by which a few lines stand for gigabytes; yaml.YAMLError and ValueError as the
    loader does.
    """
    if len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise YamlLimitError(f"has more than {MOST_BYTES} bytes")
    _check(raw, loader)
    return yaml.load(raw, loader)  # noqa: S506 - a SafeLoader, or a subclass with tags of ours


def _check(raw: bytes | str, loader: Any) -> None:
    # Of events alone, before anything is built: building is recursive.
    open_nodes: list[bool] = []
    aliases = 0
    for event in yaml.parse(raw, loader):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            if aliases > MOST_ALIASES:
                raise YamlLimitError(f"has more than {MOST_ALIASES} aliases")
            if any(open_nodes):
                raise YamlLimitError("has an alias inside an anchored node")
        elif isinstance(event, yaml.CollectionStartEvent):
            open_nodes.append(event.anchor is not None)
            if len(open_nodes) > DEEPEST:
                raise YamlLimitError(f"is nested more than {DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            open_nodes.pop()
