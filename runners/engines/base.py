"""The interface of every engine: one model behind the OpenAI-compatible HTTP API, inside a `with` block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.registry.common.credentials import bearer, credential


@dataclass(frozen=True)
class Served:
    """A running server of one model.

    `base_url` ends in `/v1`; `context_length` is in tokens for one request, None if unknown; `api_key_env` is the name of the
    environment variable that holds the key, never the key itself; `proxied`: use the environment's proxies, which requests to
    our own servers never do; `metadata`: what else the tasks are told, beside their source; `system_role`: how the system
    text must reach the model, None to find it out; `scripted`: its replies cost nothing, so a run that starts again asks for
    all of them; `check` raises EngineDiedError, with the last log lines, once the engine has ended.
    """

    base_url: str
    model: str
    context_length: int | None = None
    api_key_env: str | None = None
    parallel: int = 8
    proxied: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    system_role: Literal["system", "merge"] | None = None
    scripted: bool = False
    check: Callable[[], None] = lambda: None

    @property
    def chat_url(self) -> str:
        """The URL for chat completions."""
        return f"{self.base_url}/chat/completions"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that carries the key, read now from its variable; empty without one. Raises CredentialError."""
        return bearer(credential(self.api_key_env)) if self.api_key_env else {}


class EngineSpec(Protocol):
    """A model and how it is served. `describe` gives what a run records; `serve` starts the server and stops it again."""

    @property
    def role(self) -> Role:
        """What it is: `leaderboard.specs.evaluation_spec.Role`."""

    @property
    def model(self) -> ModelSpec:
        """The model as a run records it."""

    def describe(self) -> EngineRecord:
        """The engine as a run records it."""

    def serve(self) -> AbstractContextManager[Served]:
        """Start the server, wait until it is healthy, yield its address, stop its whole process group."""


@dataclass(frozen=True)
class AlreadyServed:
    """A spec whose server runs already: `serve` neither starts nor stops it."""

    spec: EngineSpec
    served: Served

    @property
    def role(self) -> Role:
        """As the spec's."""
        return self.spec.role

    @property
    def model(self) -> ModelSpec:
        """As the spec's."""
        return self.spec.model

    def describe(self) -> EngineRecord:
        """As the spec's."""
        return self.spec.describe()

    def serve(self) -> AbstractContextManager[Served]:
        """The running server."""
        return nullcontext(self.served)
