"""The environment that our child processes are started with."""

from __future__ import annotations

import os
from collections.abc import Mapping

from counsel_leaderboard.registry.common.proxies import loopback_unproxied

# What other programs print is UTF-8 whatever this terminal can show: lm_eval ends with an arrow, which cp1252 cannot encode.
ENCODING = {"PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}


def child_environment(changes: Mapping[str, str] | None = None, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """`base`, by default this process's environment, for a child: UTF-8, this machine never through a proxy, and `changes`."""
    inherited = os.environ if base is None else base
    return {**inherited, **loopback_unproxied(inherited), **ENCODING, **(changes or {})}
