"""Stands for the child process that parses uploads: the same order and the same answer, in this process and without limits."""

from __future__ import annotations

from importlib import import_module

from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.processes.limited_child import ChildLimits


def in_this_process(module: str, order: str, limits: ChildLimits) -> events.Event:
    """As `limited_child.run`, whose start takes a second of imports; what the module does not catch fails the test."""
    return events.parse(import_module(module).answer(order).model_dump_json())
