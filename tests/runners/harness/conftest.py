"""The proxy in front of a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from counsel_leaderboard.runners.engines import Served
from counsel_leaderboard.runners.harness.proxy import running_proxy
from tests.runners.harness.relayed import AT_ONCE, Begin


@pytest.fixture
def proxy() -> Iterator[Begin]:
    """Start a proxy to a stand-in; asking again costs no time."""
    with ExitStack() as stack:
        yield lambda standin, **more: stack.enter_context(
            running_proxy(Served(f"{standin.url}/v1", "some-model", **more), AT_ONCE)
        )
