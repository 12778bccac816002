"""What every engine gives: one model behind the OpenAI-compatible HTTP API, for the length of a `with` block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

from counsel_leaderboard.leaderboard.specs.run_request import Engine, Model
from counsel_leaderboard.registry.common.credentials import bearer, credential


@dataclass(frozen=True)
class Served:
    """A model that answers now.

    `base_url` ends in `/v1`; `context_length` is in tokens for one request, None where the server does not say;
    `api_key_env` names the environment variable that holds the key, never the key itself;
    `proxied` says that the way there may lead over the environment's proxies, which a server of our own never does;
    `check` raises EngineDiedError, with the last log lines, once the engine is gone.
    """

    base_url: str
    model: str
    context_length: int | None = None
    api_key_env: str | None = None
    parallel: int = 8
    proxied: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    check: Callable[[], None] = lambda: None

    @property
    def chat_url(self) -> str:
        """Where chat completions are asked for."""
        return f"{self.base_url}/chat/completions"

    @property
    def authorization(self) -> dict[str, str]:
        """The header that carries the key, read now from its variable; empty without one. Raises CredentialError."""
        return bearer(credential(self.api_key_env)) if self.api_key_env else {}


class EngineSpec(Protocol):
    """A model and how it is served. `describe` is what a run records; `serve` starts it and stops it again."""

    @property
    def role(self) -> str:
        """`candidate` or `control`."""

    @property
    def model(self) -> Model:
        """The model as a run records it."""

    def describe(self) -> Engine:
        """The engine as a run records it."""

    def serve(self) -> AbstractContextManager[Served]:
        """Start, wait until healthy, give the address, stop the whole process group."""


@dataclass(frozen=True)
class AlreadyServed:
    """A spec whose server is up: described as it is, neither started nor stopped."""

    spec: EngineSpec
    served: Served

    @property
    def role(self) -> str:
        """As the spec's."""
        return self.spec.role

    @property
    def model(self) -> Model:
        """As the spec's."""
        return self.spec.model

    def describe(self) -> Engine:
        """As the spec's."""
        return self.spec.describe()

    def serve(self) -> AbstractContextManager[Served]:
        """The server that is up."""
        return nullcontext(self.served)
