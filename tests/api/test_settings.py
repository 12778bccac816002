"""What a host sets: defaults that refuse, and a message for a value that means nothing."""

from __future__ import annotations

import pytest

from leaderboard.api import Settings, SettingsError


def test_nothing_set_means_refused_and_by_hand() -> None:
    found = Settings.from_environment({})
    assert (found.worker_token, found.admin_token, found.hub_token, found.judge) == (None, None, None, None)
    assert (found.admission, found.proxies, found.limits.parameters) == ("hand", 0, None)


def test_an_empty_token_is_no_token() -> None:
    assert Settings.from_environment({"COUNSEL_WORKER_TOKEN": " ", "COUNSEL_ADMIN_TOKEN": ""}).worker_token is None


def test_what_is_set_is_read_and_secrets_are_known() -> None:
    found = Settings.from_environment(
        {
            "COUNSEL_WORKER_TOKEN": "worker-token-1", "COUNSEL_ADMISSION": "automatic", "COUNSEL_QUOTA_PERSON": "0",
            "COUNSEL_MAX_PARAMETERS": "8000000000", "COUNSEL_LEASE_SECONDS": "30", "PATH": "/usr/bin", "SHORT_KEY": "abc",
        }
    )  # fmt: skip
    assert (found.worker_token, found.admission, found.person_quota) == ("worker-token-1", "automatic", 0)
    assert (found.limits.parameters, found.lease_seconds) == (8_000_000_000, 30)
    assert found.secrets == {"COUNSEL_WORKER_TOKEN": "worker-token-1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COUNSEL_ADMISSION", "yes"),
        ("COUNSEL_QUOTA_PERSON", "-1"),
        ("COUNSEL_PROXIES", "one"),
        ("COUNSEL_MAX_PARAMETERS", "7B"),
    ],
)
def test_a_value_that_means_nothing_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}.*{value}"):
        Settings.from_environment({name: value})
