"""The scripted models that a manifest can name: what each shows, and on which suites its answer can be computed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.manifests.schema import Source

FILE = Path(__file__).with_name("controls.yml")


class ControlFacts(Closed):
    """`shows`: what the control does, in a few words. `suites`: where it can answer."""

    shows: str
    suites: tuple[Source, ...] = ("open", "upstream")


@cache
def controls() -> Mapping[str, ControlFacts]:
    """The controls by name, in the order in which they run."""
    content = load_bounded(FILE.read_bytes())
    return TypeAdapter(dict[str, ControlFacts]).validate_python(content)
