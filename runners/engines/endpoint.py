"""Engine `endpoint`: a server that already serves the model; it is neither started nor stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Role
from counsel_leaderboard.leaderboard.specs.run_request import EngineRecord, ModelSpec
from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.credentials import bearer, credential, kind_of, redacted, shown_address
from counsel_leaderboard.registry.common.proxies import uses_proxies
from counsel_leaderboard.runners.engines.base import Served
from counsel_leaderboard.runners.errors import EngineDiedError, EngineStartError, UnknownModelError
from counsel_leaderboard.runners.settings import EndpointSettings

KEY_VARIABLE = "COUNSEL_ENDPOINT_KEY"
MAX_LISTED, MAX_NAME = 20, 100
CHECK_SECONDS = 10.0


@dataclass(frozen=True)
class Endpoint:
    """The server at `url`, with or without `/v1`, and never with a key: the key comes from $COUNSEL_ENDPOINT_KEY."""

    model: ModelSpec
    url: str
    parallel: int = 8
    role: Role = "candidate"

    @property
    def base_url(self) -> str:
        """The address, ending in `/v1`."""
        trimmed = self.url.rstrip("/").removesuffix("/chat/completions")
        return trimmed if trimmed.endswith("/v1") else f"{trimmed}/v1"

    @property
    def _display_address(self) -> str:
        return shown_address(self.base_url)

    def describe(self) -> EngineRecord:
        """The engine as a run records it: only the host, because a path or a query may hold a key."""
        return EngineRecord(kind="endpoint", version=None, options={"host": urlsplit(self.url).hostname or ""})

    @contextmanager
    def serve(self) -> Iterator[Served]:
        """Check that the server answers and knows the model. Raises EngineStartError, UnknownModelError."""
        self._find_model()
        yield Served(
            self.base_url, self.model.name, None, KEY_VARIABLE if EndpointSettings.read().key else None, self.parallel,
            proxied=uses_proxies(self.base_url), check=self._check,
        )  # fmt: skip

    def _models(self) -> chat_http.RawAnswer:
        url = f"{self.base_url}/models"
        with httpx.Client(**chat_http.options(url, headers=bearer(credential(KEY_VARIABLE)), timeout_s=CHECK_SECONDS)) as http:
            return chat_http.call(http, "GET", url)

    def _find_model(self) -> None:
        try:
            answer = self._models()
        except (httpx.RequestError, httpx.InvalidURL, NoAnswerError) as error:
            raise EngineStartError(
                f"endpoint {self._display_address} does not answer ({kind_of(error)}). "
                "It must serve the OpenAI API; check address and port."
            ) from error
        if answer.status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise EngineStartError(f"endpoint {self._display_address} refused us ({answer.status}); set ${KEY_VARIABLE}.")
        served = _model_ids(answer)
        if served is not None and self.model.name not in served:
            known = ", ".join(redacted(name)[:MAX_NAME] for name in sorted(served)[:MAX_LISTED]) or "nothing"
            raise UnknownModelError(f"endpoint {self._display_address} does not serve {self.model.name!r}; it serves {known}.")

    def _check(self) -> None:
        try:
            self._models()
        except httpx.ConnectError as error:
            raise EngineDiedError(
                f"endpoint {self._display_address} stopped answering ({kind_of(error)}). The answers so far are saved: "
                "run the same command again once it is available."
            ) from error
        except (httpx.RequestError, NoAnswerError):
            return  # a busy server, not a dead one


def _model_ids(answer: chat_http.RawAnswer) -> set[str] | None:
    """The ids that `/v1/models` lists; None if the server has no such path."""
    if answer.status != httpx.codes.OK:
        return None
    try:
        return {str(entry["id"]) for entry in answer.json()["data"]}
    except (NoAnswerError, KeyError, TypeError):
        return None
