"""Settings are what the environment says when they are read; what breaks a rule is named, and a key is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from counsel_leaderboard.registry.common.credentials import CredentialError
from counsel_leaderboard.registry.common.settings import FolderSettings, JudgeSettings, Settings, SettingsError, setting


class ToySettings(Settings):
    size: int | None = setting("MADE_SIZE", None, "a whole number, 0 or more", "how large", unset="no limit", ge=0)
    token: SecretStr | None = setting("MADE_TOKEN", None, "a token", "who may", unset="nobody")


def test_they_are_read_when_they_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ToySettings.read() == ToySettings(size=None, token=None)
    monkeypatch.setenv("MADE_SIZE", " 7\n")
    monkeypatch.setenv("MADE_TOKEN", "planted-secret\r\n")
    settings = ToySettings.read()
    assert (settings.size, settings.token and settings.token.get_secret_value()) == (7, "planted-secret")
    assert "planted" not in repr(settings)


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_blank_is_unset(monkeypatch: pytest.MonkeyPatch, blank: str) -> None:
    for name in ("MADE_SIZE", "MADE_TOKEN", "COUNSEL_HOME", "COUNSEL_JUDGE_CONCURRENCY"):
        monkeypatch.setenv(name, blank)
    assert (ToySettings.read().size, ToySettings.read().token, FolderSettings.read().home) == (None, None, None)
    assert JudgeSettings.read().concurrency == 8


def test_what_breaks_a_rule_is_named_with_the_rule_and_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_SIZE", "-1")
    with pytest.raises(SettingsError) as caught:
        ToySettings.read()
    assert str(caught.value) == "MADE_SIZE='-1' must be a whole number, 0 or more; leave it unset for no limit."


def test_a_key_that_cannot_be_sent_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADE_TOKEN", "planted secret")
    with pytest.raises(CredentialError, match=r"^MADE_TOKEN: ") as caught:
        ToySettings.read()
    assert "planted" not in str(caught.value)


def test_names_are_exact_and_json_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("made_size", "7")
    monkeypatch.setenv("COUNSEL_HOME", '{"a": 1}')
    assert ToySettings.read().size is None
    assert FolderSettings.read().home == Path('{"a": 1}')
