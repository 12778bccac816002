"""Who may call: bearer tokens of workers and of the host, compared in constant time; unset means refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from counsel_leaderboard.leaderboard.api.errors import CallError
from counsel_leaderboard.leaderboard.submissions import callers, worker_tokens
from counsel_leaderboard.leaderboard.submissions.callers import same

OPTIONAL = "COUNSEL_ADMIN_TOKEN, optional"
BEARER = HTTPBearer(
    auto_error=False, scheme_name=OPTIONAL, description="The host's token, for what only the host may do or see."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def bearer(token: str | None, variable: str) -> Callable[..., None]:
    """A dependency that lets a call with that token through. `variable` is where the host sets it; OpenAPI names it."""
    scheme = HTTPBearer(auto_error=False, scheme_name=variable, description=f"The value of {variable}.")

    def check(credentials: HTTPAuthorizationCredentials | None = Depends(scheme)) -> None:  # noqa: B008 - FastAPI reads it
        if token is None:
            raise CallError(
                403, "authorization", "configured", f"authorization: {variable} is not set, so these calls are refused."
            )
        if credentials is None or not same(credentials.credentials, token):
            raise CallError(
                401, "authorization", "bearer", "authorization: the right bearer token is needed.",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip

    return check


def worker(token: str | None, home: Path) -> Callable[..., str | None]:
    """A dependency that lets workers through; it gives the name in the worker's own token, None for the host's token itself.

    home: where the names are stored whose tokens were revoked; they are read at each call.
    """
    variable = "COUNSEL_WORKER_TOKEN"
    description = f"The value of {variable}, or a token that `counsel worker --token-for NAME` derived from it."
    scheme = HTTPBearer(auto_error=False, scheme_name=variable, description=description)
    by_host = bearer(token, variable)

    def check(credentials: HTTPAuthorizationCredentials | None = Depends(scheme)) -> str | None:  # noqa: B008 - FastAPI reads it
        own = worker_tokens.owner(token, credentials.credentials) if token and credentials else None
        if own is None:
            by_host(credentials)
        elif own in worker_tokens.revoked(home):
            raise CallError(
                401, "authorization", "revoked", f"authorization: the token of {own} was revoked. Ask the host for another.",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return own

    return check


def is_host(credentials: HTTPAuthorizationCredentials | None, token: str | None) -> bool:
    """Whether the call comes from the host."""
    return credentials is not None and token is not None and same(credentials.credentials, token)


def address(request: Request, proxies: int) -> str | None:
    """The caller's address, as `leaderboard.submissions.callers.address`."""
    connection = request.client.host if request.client else None
    return callers.address(connection, request.headers.get("x-forwarded-for", ""), proxies)
