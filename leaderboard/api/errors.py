"""Every refusal as one closed JSON object that names the field and the rule, with the status that fits it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from counsel_leaderboard.leaderboard.api.bodies import ErrorBody
from counsel_leaderboard.leaderboard.board.transcripts import UnknownRunError
from counsel_leaderboard.leaderboard.exchange import ArchiveError, SecretError, TooLargeError
from counsel_leaderboard.leaderboard.runs.files import DiskFullError, ResultsError, StorageError
from counsel_leaderboard.leaderboard.specs.run_request import RequestError
from counsel_leaderboard.leaderboard.submissions.errors import DecidedError, HostOnlyError, QuotaError, RefusedError
from counsel_leaderboard.leaderboard.submissions.hub import HubError, HubUnavailableError
from counsel_leaderboard.leaderboard.submissions.queue import LeaseLostError, StateError, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.report_ledger import UnknownReportError
from counsel_leaderboard.registry.common.credentials import without_folders
from counsel_leaderboard.registry.common.errors import CounselError

BODY_BYTES = 64 * 1024


class CallError(CounselError):
    """A refused call: HTTP status, the field, the rule, and the message with the next step."""

    def __init__(self, status: int, field: str, rule: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.field, self.rule, self.headers = status, field, rule, headers


# HTTP status, field and rule of each domain error. The first matching class decides; None: the error's own field or rule.
STATUSES: tuple[tuple[type[CounselError], int, str | None, str | None], ...] = (
    (HostOnlyError, 403, None, None),
    (QuotaError, 429, None, None),
    (DecidedError, 409, None, None),
    (RefusedError, 422, None, None),
    (HubError, 422, None, "hub"),
    (UnknownRequestError, 404, "spec_id", "known"),
    (UnknownRunError, 404, "run_id", "known"),
    (UnknownReportError, 404, "run_id", "known"),
    (StateError, 409, "state", "state"),
    (LeaseLostError, 409, "lease", "lease_held"),
    (HubUnavailableError, 503, "model", "hub_answers"),
    (TooLargeError, 413, "body", "size"),
    (ArchiveError, 422, "body", "archive"),
    (SecretError, 422, "body", "no_secrets"),
    (RequestError, 422, "body", "run"),
    (ResultsError, 422, "body", "run"),
    (DiskFullError, 507, "server", "storage"),
    (StorageError, 503, "server", "storage"),
)

_TEXTS = {
    400: "The call is not valid HTTP or JSON", 401: "The token is missing or wrong", 403: "Not allowed here",
    404: "Not found", 409: "Not possible in this state", 413: "Too large", 422: "A field breaks a rule", 429: "Quota used up",
    503: "Temporarily unavailable", 507: "The disk is full",
}  # fmt: skip
_REFUSAL = {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorBody.__name__}"}}}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route, for the OpenAPI document.

    The first has the model, which makes it a component of the document, and the others refer to it: FastAPI builds a parser for
    each model that it is given.
    """
    first, *others = statuses
    responses: dict[int | str, dict[str, Any]] = {first: {"model": ErrorBody, "description": _TEXTS[first]}}
    return responses | {status: {"content": _REFUSAL, "description": _TEXTS[status]} for status in others}


def refusal(status: int, field: str, rule: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """The response for a refusal."""
    body = ErrorBody(field=field, rule=rule, message=message).model_dump()
    return JSONResponse(body, status_code=status, headers=headers)


class _Bounded(Request):
    """A request whose body is read only as far as the limit."""

    async def body(self) -> bytes:
        if not hasattr(self, "_bounded"):
            chunks, size = [], 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > BODY_BYTES:
                    raise CallError(413, "body", "size", f"body: has more than {BODY_BYTES} bytes.")
                chunks.append(chunk)
            self._bounded = b"".join(chunks)
        return self._bounded


class Route(APIRoute):
    """A route that turns errors into refusals and counts its answers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, wrapped."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(_Bounded(request.scope, request.receive))
            except (RequestValidationError, HTTPException, CounselError) as error:
                return explain(error)

        return handle


def explain(error: RequestValidationError | HTTPException | CounselError) -> Response:
    """The refusal for an error; an error without one is raised again. The refusal never repeats what the caller sent."""
    match error:
        case CallError():
            return refusal(error.status, error.field, error.rule, str(error), error.headers)
        case RequestValidationError():
            return _invalid(error)
        case HTTPException():
            return refusal(error.status_code, "body", "readable", "body: cannot be read as JSON in UTF-8.")
    for kind, status, field, rule in STATUSES:
        if isinstance(error, kind):
            return refusal(status, field or error.field, rule or error.rule, _printable(without_folders(str(error))))  # type: ignore[attr-defined]
    raise error


def _invalid(error: RequestValidationError) -> Response:
    first = error.errors()[0]
    # A location may hold a key that the caller sent; characters that cannot be encoded are written as their code.
    parts = [str(part) for part in first["loc"]]
    field = _printable(".".join(parts[1:] if len(parts) > 1 and first["type"] != "json_invalid" else parts))[:200] or "body"
    message = _printable(f"{field}: {first['msg']}.")[:500]
    return refusal(422, field, str(first["type"]), message)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
