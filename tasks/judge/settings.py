"""The judge's settings, only from the environment, because lm-eval writes its arguments into the results in plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.settings import JudgeNameSettings, JudgeSettings

URL = "COUNSEL_JUDGE_URL"
MODEL = "COUNSEL_JUDGE_MODEL"
KEY = "COUNSEL_JUDGE_KEY"
SWITCH = "COUNSEL_JUDGE"
TOKENS = 700
THINKING_TOKENS = 4000
"""A verdict needs about 150 tokens. Models that think spend one to three thousand before it on a prompt of this length."""
FREE_TAG = "counsel-judge-free"

HOW = (
    f"Set {URL} (an OpenAI-compatible endpoint, ending in /v1) and {MODEL}, and {KEY} if it asks for a key; or set "
    f"{SWITCH}=none to generate now and judge the stored run later "
    f"(python -m counsel_leaderboard.tasks.judge FOLDER); or run the tasks that need none: --tasks {FREE_TAG}"
)


class JudgeError(CounselError):
    """No judge is set where one is needed, or its settings contradict each other."""


class _Name(JudgeNameSettings):
    error = JudgeError


class _Settings(JudgeSettings):
    error = JudgeError


@dataclass(frozen=True)
class JudgeEndpoint:
    """The judge's endpoint and model.

    `timeout_s` limits one call, `concurrency` the number of simultaneous calls, `max_tokens` one answer, thoughts included:
    None for TOKENS, and THINKING_TOKENS from the first answer on whose thoughts did not end within them.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    revision: str | None = None
    concurrency: int = 8
    timeout_s: float = 120.0
    recorded_host: str | None = None
    max_tokens: int | None = None

    @property
    def host(self) -> str:
        """Host and port of the endpoint, the part that may be recorded, because the full address may contain a key.

        `recorded_host` replaces it for an endpoint whose port changes with each start.
        """
        if self.recorded_host:
            return self.recorded_host
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def from_environment() -> JudgeEndpoint | None:
    """The configured judge, or None if COUNSEL_JUDGE=none leaves replies unjudged.

    Raises JudgeError if neither is set or a setting breaks its rule, CredentialError for a key that cannot be sent.
    """
    if _Name.read().switch == "none":
        return None
    settings = _Settings.read()
    url, model = settings.url, settings.model
    if not url or not model:
        unset = " and ".join(name for name, setting in ((URL, url), (MODEL, model)) if not setting)
        raise JudgeError(f"this task needs a judge; not set: {unset}. {HOW}.")
    if not is_address(url):
        raise JudgeError(f"{URL} is not a usable http address. {HOW}.")
    if not model.isprintable():
        raise JudgeError(f"{MODEL} contains characters that a model's name cannot have. {HOW}.")
    return JudgeEndpoint(
        url.rstrip("/").removesuffix("/chat/completions"),
        model,
        settings.key.get_secret_value() if settings.key else "",
        settings.revision,
        int(settings.concurrency),
        settings.timeout_s,
        settings.host,
        settings.tokens,
    )


def is_address(url: str) -> bool:
    """Whether `url` is an http address with a host and, if it names one, a port that is a number."""
    try:
        parts = urlsplit(url)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return is_complete and bool(httpx.URL(url).host) and url.isprintable() and " " not in url
    except (ValueError, httpx.InvalidURL):
        return False
