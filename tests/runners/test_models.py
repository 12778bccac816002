"""What names a model, and what no address of a server may hold."""

from __future__ import annotations

import pytest

from counsel_leaderboard.runners.engines import Endpoint
from counsel_leaderboard.runners.errors import UnknownModelError
from counsel_leaderboard.runners.models import resolve


@pytest.mark.parametrize(
    "url",
    ["http://user:planted-key@127.0.0.1:8000/v1", "http://planted-key@127.0.0.1:8000", "https://:planted-key@host/v1",
     "user:planted-key@host:8000", "http://user:planted/key@host/v1", "http://user:planted@key@host/v1"],
)  # fmt: skip
def test_a_key_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UnknownModelError, match="COUNSEL_ENDPOINT_KEY") as raised:
        resolve("some-model", url)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/v1", "https://host/v1?for=a@b", "http://[::1]:8000"])
def test_an_address_without_one_is_taken(url: str) -> None:
    assert isinstance(resolve("some-model", url), Endpoint)
