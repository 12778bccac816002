"""Parts of READMEs that follow from data: what stands between two comments is written by a program."""

from __future__ import annotations

from collections.abc import Sequence


def with_part(readme: str, name: str, lines: Sequence[str]) -> str:
    """The README with `lines` between the comments `NAME: begin` and `NAME: end`. Raises ValueError if it lacks them."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, opened, rest = readme.partition(begin)
    _, closed, after = rest.partition(end)
    if not opened or not closed:
        raise ValueError(f"the README has no part {name}: put {begin} and {end} into it.")
    return "\n".join([f"{before}{begin}", *lines, f"{end}{after}"])
