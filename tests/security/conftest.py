"""The app as a stranger reaches it, and as it is on a Space."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.security.site import Site, opened


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site")) as new_site:
        yield new_site


@pytest.fixture
def signed_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """As on a Space, where people sign in with their account."""
    with opened(tmp_path_factory.mktemp("space"), signs_in=True) as new_site:
        yield new_site
