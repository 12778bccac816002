"""What a host sets: defaults that refuse, and a message for a value that means nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from counsel_leaderboard.leaderboard.api import ServerSettings
from counsel_leaderboard.registry.common.settings import SettingsError

Set = Callable[..., ServerSettings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Set:
    """The settings with these variables and no other."""

    def with_environment(**environment: str) -> ServerSettings:
        monkeypatch.setattr("os.environ", environment)
        return ServerSettings.from_environment()

    return with_environment


def test_nothing_set_means_refused_and_by_hand(read: Set) -> None:
    found = read()
    assert (found.worker_token, found.admin_token, found.hub_token, found.judge) == (None, None, None, None)
    assert (found.admission, found.proxies, found.limits.parameters) == ("hand", 0, None)


def test_an_empty_token_is_no_token(read: Set) -> None:
    assert read(COUNSEL_WORKER_TOKEN=" ", COUNSEL_ADMIN_TOKEN="").worker_token is None


def test_what_is_set_is_read_and_secrets_are_known_and_not_shown(read: Set) -> None:
    found = read(
        COUNSEL_WORKER_TOKEN="worker-token-1", COUNSEL_ADMISSION="automatic", COUNSEL_QUOTA_PERSON="0",
        COUNSEL_MAX_PARAMETERS="8000000000", COUNSEL_LEASE_SECONDS="30", PATH="/usr/bin", SHORT_KEY="abc",
    )  # fmt: skip
    assert (found.worker_token, found.admission, found.person_quota) == ("worker-token-1", "automatic", 0)
    assert (found.limits.parameters, found.lease_seconds) == (8_000_000_000, 30)
    assert found.secrets == {"COUNSEL_WORKER_TOKEN": "worker-token-1"}
    assert "worker-token-1" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("COUNSEL_ADMISSION", "yes", "`automatic` or `hand`; leave it unset for `hand`"),
        ("COUNSEL_QUOTA_PERSON", "-1", "a whole number, 0 or more; leave it unset for 5"),
        ("COUNSEL_PROXIES", "one", "a whole number, 0 or more; leave it unset for 0"),
        ("COUNSEL_MAX_PARAMETERS", "7B", "a whole number, 0 or more; leave it unset for no limit"),
    ],
)
def test_a_value_that_means_nothing_is_named_with_its_rule_and_the_next_step(
    read: Set, name: str, value: str, rule: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(**{name: value})
    assert str(caught.value) == f"{name}={value!r} must be {rule}."
