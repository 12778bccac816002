"""What readers need a model for, and which tasks bear on it: the one table `uses.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import Field, TypeAdapter

from counsel_leaderboard.registry.common.closed import Closed
from counsel_leaderboard.registry.common.untrusted.yaml_loader import load_bounded
from counsel_leaderboard.registry.manifests.schema import Line, Name

FILE = Path(__file__).with_name("uses.yml")


class Use(Closed):
    """One use: its `title`, in a `sentence` what it is, the `caveat` in one sentence, and the tasks with the reason of each."""

    title: Line
    sentence: Line
    caveat: Line
    tasks: dict[Name, Line] = Field(min_length=1)


@cache
def uses() -> Mapping[str, Use]:
    """The uses by name, in the order of the page; the tasks of each in the order of the columns."""
    return TypeAdapter(dict[Name, Use]).validate_python(load_bounded(FILE.read_bytes()))
