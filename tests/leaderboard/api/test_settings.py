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
    settings = read()
    assert (settings.worker_token, settings.admin_token, settings.hub_token, settings.judge) == (None, None, None, None)
    assert (settings.admission, settings.proxies, settings.limits.parameters) == ("hand", 0, None)


def test_an_empty_token_is_no_token(read: Set) -> None:
    assert read(COUNSEL_WORKER_TOKEN=" ", COUNSEL_ADMIN_TOKEN="").worker_token is None


def test_what_is_set_is_read_and_secrets_are_known_and_not_shown(read: Set) -> None:
    settings = read(
        COUNSEL_WORKER_TOKEN="worker-token-0123456789abcdefghi", COUNSEL_ADMISSION="automatic", COUNSEL_QUOTA_PERSON="0",
        COUNSEL_MAX_PARAMETERS="8000000000", COUNSEL_LEASE_SECONDS="30", PATH="/usr/bin", SHORT_KEY="abc",
    )  # fmt: skip
    assert (settings.worker_token, settings.admission, settings.person_quota) == (
        "worker-token-0123456789abcdefghi",
        "automatic",
        0,
    )
    assert (settings.limits.parameters, settings.lease_seconds) == (8_000_000_000, 30)
    assert settings.secrets == {"COUNSEL_WORKER_TOKEN": "worker-token-0123456789abcdefghi"}
    assert "worker-token-0123456789abcdefghi" not in repr(settings)


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
