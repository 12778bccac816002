"""Settings from environment variables: one class per concern, and for each field its variable, rule, default and meaning.

They are read when they are used and never at import, so changes of the environment take effect.
`docs/reference/settings.md` lists them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Self, cast, get_args

from pydantic import Field, JsonValue, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from counsel_leaderboard.registry.common.credentials import require_sendable
from counsel_leaderboard.registry.common.errors import CounselError


class SettingsError(CounselError):
    """An environment variable has a value that is not valid."""


class Setting(NamedTuple):
    """A variable as `docs/reference/settings.md` lists it; `rule` is what its value must be."""

    variable: str
    rule: str
    default: str
    meaning: str


def setting(variable: str, default: Any, rule: str, meaning: str, *, unset: str | None = None, **limits: Any) -> Any:
    """A field of a settings class. unset: what applies without the variable, in words; by default the default as text."""
    extra: dict[str, JsonValue] = {"rule": rule, "unset": unset if unset is not None else str(default)}
    return Field(default, validation_alias=variable, description=meaning, json_schema_extra=extra, **limits)


class Settings(BaseSettings):
    """Base of all settings classes; a blank value counts as unset, and surrounding white space is removed.

    A SecretStr is a key or token: it is never shown, and it has to consist of characters that an HTTP header can carry.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=True, enable_decoding=False)
    error: ClassVar[type[CounselError]] = SettingsError

    @field_validator("*", mode="before")
    @classmethod
    def _blank_is_unset(cls, value: Any, info: ValidationInfo) -> Any:
        text, field = value.strip() if isinstance(value, str) else value, cls.model_fields[str(info.field_name)]
        if text == "":
            return field.default
        if SecretStr in get_args(field.annotation):
            require_sendable(str(field.validation_alias), str(text))
        return text

    @classmethod
    def read(cls) -> Self:
        """Read the settings from the environment. Raises `error`, or CredentialError for a key that no header can carry.

        Validated once for the same values: pages look up a setting for each label that they show.
        """
        values = tuple(os.environ.get(str(field.validation_alias)) for field in cls.model_fields.values())
        last = _last_read.get(cls)
        if last is not None and last[0] == values:
            return cast("Self", last[1])
        try:
            read = cls()
            _last_read[cls] = (values, read)
            return read
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            variable = str(first["loc"][0])
            entry = next(candidate for candidate in cls.listed() if candidate.variable == variable)
            step = f"leave it unset for {entry.default}"
            raise cls.error(f"{variable}={first['input']!r} must be {entry.rule}; {step}.") from error

    @classmethod
    def listed(cls) -> Iterator[Setting]:
        """Every variable that the class reads."""
        for field in cls.model_fields.values():
            extra: Any = field.json_schema_extra
            yield Setting(str(field.validation_alias), extra["rule"], extra["unset"], str(field.description))


_last_read: dict[type[Settings], tuple[tuple[str | None, ...], Settings]] = {}


class FolderSettings(Settings):
    """Folders and addresses where data is stored or fetched from."""

    home: Path | None = setting(
        "COUNSEL_HOME", None, "a folder", "where everything is stored: runs, requests, the store",
        unset="the user's data folder",
    )  # fmt: skip
    cache: Path | None = setting(
        "COUNSEL_CACHE", None, "a folder", "what can be fetched again: weights, datasets, verdicts",
        unset="the user's cache folder",
    )  # fmt: skip
    mirror: str | None = setting(
        "COUNSEL_MIRROR", None, "a folder", "copies of datasets, used before their sources are queried", unset="none"
    )
    tasks: str = setting("COUNSEL_TASKS", "", "folders, separated as in `PATH`", "folders of a host's own tasks", unset="none")
    offline: Literal["1"] | None = setting(
        "COUNSEL_OFFLINE", None, "`1`", "`1`: datasets are read from this machine alone, and none is fetched",
        unset="they are fetched",
    )  # fmt: skip
    hub: str | None = setting("HF_ENDPOINT", None, "an address", "the Hub to ask", unset="huggingface.co")


class PrivateClientSettings(Settings):
    """Where a host keeps clients of whole sessions that nobody else has seen."""

    folder: Path | None = setting(
        "COUNSEL_PRIVATE_CLIENTS", None, "a folder", "private clients in danger, for `counsel sessions private`",
        unset="`private/clients` in `COUNSEL_HOME`",
    )  # fmt: skip


class JudgeNameSettings(Settings):
    """The identity of the judge, which server, worker and tasks have to read in the same way to mean the same judge."""

    switch: Literal["none"] | None = setting(
        "COUNSEL_JUDGE",
        None,
        "`none`",
        "`none`: generate now, judge the stored run later",
        unset="a judge, which judged tasks need",
    )
    url: str = setting(
        "COUNSEL_JUDGE_URL", "", "an OpenAI-compatible endpoint, ending in /v1", "where the judge answers", unset="no judge"
    )
    model: str = setting(
        "COUNSEL_JUDGE_MODEL", "", "a model's name", "the judge that every judged request asks for",
        unset="judged tasks are not offered",
    )  # fmt: skip
    revision: str | None = setting(
        "COUNSEL_JUDGE_REVISION",
        None,
        "a commit SHA or checksum",
        "which of the judge's weights it is",
        unset="unknown",
    )


class JudgeSettings(JudgeNameSettings):
    """The judge and how to call it, for the process that calls it."""

    key: SecretStr | None = setting("COUNSEL_JUDGE_KEY", None, "a key", "what the judge's endpoint asks for", unset="no key")
    host: str | None = setting(
        "COUNSEL_JUDGE_HOST", None, "a name", "what is recorded in the place of the endpoint's host and port", unset="those"
    )
    concurrency: float = setting(
        "COUNSEL_JUDGE_CONCURRENCY", 8, "a number, 1 or more", "calls to the judge at a time", ge=1, allow_inf_nan=False
    )
    timeout_s: float = setting(
        "COUNSEL_JUDGE_TIMEOUT", 120, "a number, 1 or more", "seconds that one call may take", ge=1, allow_inf_nan=False
    )
    tokens: int | None = setting(
        "COUNSEL_JUDGE_TOKENS", None, "a whole number, 1 or more", "tokens that one answer of the judge may have, its thoughts "
        "included", unset="700, and 4,000 for a judge that thinks", ge=1, lt=2**31,
    )  # fmt: skip
