"""Settings of the engines, and of the commands that talk to a server."""

from __future__ import annotations

from pydantic import SecretStr

from counsel_leaderboard.registry.common.settings import Settings, setting
from counsel_leaderboard.runners.errors import EngineStartError

DEFAULT_MAX_LENGTH = 8192
WHOLE_NUMBER = "a whole number, 0 or more"


class EndpointSettings(Settings):
    """An endpoint that serves a model."""

    key: SecretStr | None = setting(
        "COUNSEL_ENDPOINT_KEY", None, "a key", "what the endpoint of `counsel eval --url` asks for", unset="no key"
    )


class ClientSettings(Settings):
    """Where the commands that talk to a server find it."""

    server: str = setting(
        "COUNSEL_SERVER", "http://127.0.0.1:7860", "an address", "the server that `counsel worker`, `submit` and others call"
    )


class VllmSettings(Settings):
    """How vLLM is started on this machine."""

    error = EngineStartError

    python: str | None = setting(
        "COUNSEL_VLLM_PYTHON", None, "a Python interpreter", "the interpreter that has vLLM", unset="the worker's own"
    )
    max_length: int = setting(
        "COUNSEL_VLLM_MAX_LENGTH", DEFAULT_MAX_LENGTH, WHOLE_NUMBER,
        "tokens of one request with its answer, at most what the model has", ge=0,
    )  # fmt: skip
    seed: int = setting("COUNSEL_VLLM_SEED", 0, WHOLE_NUMBER, "the engine's seed", ge=0)
    batch_invariant: int = setting(
        "COUNSEL_VLLM_BATCH_INVARIANT", 0, WHOLE_NUMBER,
        "1: the same answer whatever else is in the batch; slower, and not on every GPU", ge=0,
    )  # fmt: skip


class ClientModelSettings(Settings):
    """The model that words the clients of whole sessions."""

    url: str | None = setting(
        "COUNSEL_CLIENT_URL", None, "an address", "the server of the model that words the clients of sessions",
        unset="the scripted wording",
    )  # fmt: skip
    model: str | None = setting("COUNSEL_CLIENT_MODEL", None, "a model's name", "that model's name", unset="none")
    key: SecretStr | None = setting("COUNSEL_CLIENT_KEY", None, "a key", "what that server asks for", unset="no key")
    concurrent: int = setting(
        "COUNSEL_SESSIONS_CONCURRENT", 8, "a whole number, 1 or more",
        "sessions that a run plays beside each other, at most as many as its engine takes requests", ge=1,
    )  # fmt: skip
