"""A client of the server's API, with one error for a refusal and one for a server that is unavailable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.chat.http import RawAnswer
from counsel_leaderboard.registry.common.credentials import bearer
from counsel_leaderboard.registry.common.errors import CounselError

SECONDS = 30.0
UPLOAD_SECONDS = 600.0
TYPE = "application/gzip"


class ServerUnavailableError(CounselError):
    """The server does not answer, or answers with a server error. A later retry may help."""


class ServerRefusedError(CounselError):
    """The server refused a call; HTTP status, field and rule are the server's. A retry does not help."""

    def __init__(self, status: int, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.status, self.field, self.rule = status, field, rule

    @property
    def lease_lost(self) -> bool:
        """Whether this worker no longer holds the request."""
        return self.rule in ("lease_held", "known")


class Server:
    """One server, by its address with or without `/api/v1`; `token` as `credential` returns it."""

    def __init__(self, url: str, token: str | None = None, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url.rstrip("/").removesuffix("/api/v1")
        address = f"{self.url}/api/v1"
        self._address = address
        self._client = httpx.Client(transport=transport, **chat_http.options(address, headers=bearer(token), timeout_s=SECONDS))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, method: str, path: str, **call: Any) -> Any:
        """The response's JSON value, None if it has no body. Raises ServerUnavailableError, ServerRefusedError."""
        try:
            answer = chat_http.call(self._client, method, f"{self._address}{path}", **call)
        except NoAnswerError as error:
            raise ServerUnavailableError(f"{self.url}: its answer cannot be read ({error}). Check the address.") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServerUnavailableError(
                f"{self.url}: does not answer ({type(error).__name__}). Check address and server."
            ) from error
        if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise ServerUnavailableError(
                f"{self.url}: temporarily unavailable (HTTP {answer.status}): {_refusal(answer)['message']}"
            )
        if not httpx.codes.is_success(answer.status):
            refusal = _refusal(answer)
            raise ServerRefusedError(answer.status, refusal["field"], refusal["rule"], f"{self.url}: {refusal['message']}")
        return self._value(answer) if answer.body else None

    def _value(self, answer: RawAnswer) -> Any:
        try:
            return answer.json()
        except NoAnswerError as error:
            raise ServerUnavailableError(f"{self.url}: what answers there is not this project's server.") from error

    def claim(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Claim a request: the request with its lease, or None if none waits."""
        claimed = self.call("POST", "/claim", json=dict(body))
        if claimed is None:
            return None
        try:
            texts = (claimed["lease"], claimed["request"]["spec_id"], claimed["request"]["model"])
            readable = all(isinstance(text, str) for text in texts) and float(claimed["lease_seconds"]) >= 0
        except (KeyError, TypeError, ValueError) as error:
            raise ServerUnavailableError(f"{self.url}: what answers there is not this project's server.") from error
        if not readable:
            raise ServerUnavailableError(f"{self.url}: what answers there is not this project's server.")
        work: dict[str, Any] = claimed
        return work

    def heartbeat(self, spec_id: str, lease: str, progress: Mapping[str, Any]) -> None:
        """Renew the lease."""
        self.call("POST", f"/requests/{spec_id}/heartbeat", json={"lease": lease, "progress": dict(progress)})

    def fail(self, spec_id: str, lease: str, reason: str, detail: str) -> None:
        """Report that an attempt ended without a run."""
        self.call("POST", f"/requests/{spec_id}/fail", json={"lease": lease, "reason": reason, "detail": detail})

    def release(self, spec_id: str, lease: str) -> None:
        """Give a request back to the queue."""
        self.call("POST", f"/requests/{spec_id}/release", json={"lease": lease})

    def upload(self, spec_id: str, lease: str, archive: Path) -> str:
        """Upload a run, streamed from the disk; returns its id once it is stored."""
        with archive.open("rb") as content:
            stored = self.call(
                "POST", f"/requests/{spec_id}/run", content=content, timeout=UPLOAD_SECONDS,
                headers={"Lease": lease, "Content-Type": TYPE, "Content-Length": str(archive.stat().st_size)},
            )  # fmt: skip
        return str(stored["run_id"])

    def report(self, archive: Path, fields: Mapping[str, str]) -> dict[str, Any]:
        """Upload a run that its author ran; returns the report as the server stored it."""
        with archive.open("rb") as content:
            stored: dict[str, Any] = self.call(
                "POST", "/reports", content=content, timeout=UPLOAD_SECONDS, params=dict(fields),
                headers={"Content-Type": TYPE, "Content-Length": str(archive.stat().st_size)},
            )  # fmt: skip
        return stored

    def read(self, spec_id: str) -> dict[str, Any]:
        """The request with that id."""
        request: dict[str, Any] = self.call("GET", f"/submissions/{spec_id}")
        return request


def _refusal(answer: RawAnswer) -> dict[str, str]:
    """Field, rule and message of a refusal; a substitute if the response is not from this project's API."""
    try:
        body = answer.json()
        return {key: str(body[key]) for key in ("field", "rule", "message")}
    except (NoAnswerError, KeyError, TypeError):
        return {"field": "address", "rule": "api", "message": f"HTTP {answer.status}, and not from this project's API."}
