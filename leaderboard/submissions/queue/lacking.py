"""What a worker lacks for a request, in words: the rule of the statement CLAIM, said to people."""

from __future__ import annotations

from counsel_leaderboard.leaderboard.submissions.queue.queue import Capacity


def lacks(engine: str, parameters: int | None, judge: str | None, capacity: Capacity) -> str | None:
    """What a worker of that capacity lacks for a request with those values; None where it may claim it."""
    if engine not in capacity.engines:
        return f"the engine {engine}"
    if parameters is not None and capacity.parameters is not None and parameters > capacity.parameters:
        return f"room for {parameters:,} parameters (it takes at most {capacity.parameters:,})"
    if judge is not None and judge != capacity.judge:
        return f"the judge {judge}"
    return None
