"""Which judge is set, from the environment alone: what is given to lm-eval as an argument ends in its results in clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.settings import JudgeName, JudgeSettings

URL = "COUNSEL_JUDGE_URL"
MODEL = "COUNSEL_JUDGE_MODEL"
KEY = "COUNSEL_JUDGE_KEY"
SWITCH = "COUNSEL_JUDGE"
FREE_TAG = "counsel-judge-free"

HOW = (
    f"Set {URL} (an OpenAI-compatible endpoint, ending in /v1) and {MODEL}, and {KEY} if it asks for a key; or set "
    f"{SWITCH}=none to generate now and judge the stored run later "
    f"(python -m counsel_leaderboard.tasks.judge FOLDER); or run the tasks that need none: --tasks {FREE_TAG}"
)


class JudgeError(CounselError):
    """No judge is set where one is needed, or its settings contradict each other."""


class _Name(JudgeName):
    error = JudgeError


class _Settings(JudgeSettings):
    error = JudgeError


@dataclass(frozen=True)
class Judge:
    """An endpoint and a model that judge; `timeout_s` bounds one call, `concurrency` the calls at a time."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    revision: str | None = None
    concurrency: int = 8
    timeout_s: float = 120.0
    known_as: str | None = None

    @property
    def host(self) -> str:
        """Host and port of the endpoint: what may be recorded, since an address may carry a key.

        `known_as` instead, for an endpoint whose port is another at each start.
        """
        if self.known_as:
            return self.known_as
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def from_environment() -> Judge | None:
    """The judge that is set, or None where COUNSEL_JUDGE=none says to leave replies unjudged.

    Raises JudgeError where neither is said, or a setting is outside its rule, CredentialError for a key that cannot be sent.
    """
    if _Name.read().switch == "none":
        return None
    found = _Settings.read()
    url, model = found.url, found.model
    if not url or not model:
        unset = " and ".join(name for name, setting in ((URL, url), (MODEL, model)) if not setting)
        raise JudgeError(f"this task needs a judge; not set: {unset}. {HOW}.")
    if not is_address(url):
        raise JudgeError(f"{URL} is not an http address that can be asked. {HOW}.")
    if not model.isprintable():
        raise JudgeError(f"{MODEL} holds characters that no model's name has. {HOW}.")
    return Judge(
        url.rstrip("/").removesuffix("/chat/completions"),
        model,
        found.key.get_secret_value() if found.key else "",
        found.revision,
        int(found.concurrency),
        found.timeout_s,
        found.host,
    )


def is_address(url: str) -> bool:
    """Whether `url` is an http address with a host and, if it names one, a port that is a number."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return whole and bool(httpx.URL(url).host) and url.isprintable() and " " not in url
    except (ValueError, httpx.InvalidURL):
        return False
