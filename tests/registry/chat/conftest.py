"""Stand-in servers for the chat client."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.stand_in_server import StandIn, standing_in


@pytest.fixture
def serve() -> Iterator[Callable[..., StandIn]]:
    with standing_in() as begin:
        yield begin
