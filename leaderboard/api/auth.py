"""Who may call: bearer tokens of workers and of the host, compared in constant time; unset means refused."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leaderboard.api.errors import RefusedError

BEARER = HTTPBearer(auto_error=False, description="A worker's or the host's token.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


def same(given: str, wanted: str) -> bool:
    """Whether the two are equal, in a time that does not say where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode("utf-8", "surrogateescape"))


def bearer(token: str | None, variable: str) -> Callable[..., None]:
    """A dependency that lets a call with that token through. `variable` is where the host sets it."""

    def check(credentials: Credentials) -> None:
        if token is None:
            raise RefusedError(
                403, "authorization", "configured", f"authorization: {variable} is not set, so these calls are refused."
            )
        if credentials is None or not same(credentials.credentials, token):
            raise RefusedError(
                401, "authorization", "bearer", "authorization: the right bearer token is needed.",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip

    return check


def is_host(credentials: HTTPAuthorizationCredentials | None, token: str | None) -> bool:
    """Whether the call comes from the host."""
    return credentials is not None and token is not None and same(credentials.credentials, token)


def address(request: Request, proxies: int) -> str | None:
    """The caller's address: the connection's, or what the host's own proxies say of it; None where nothing is said."""
    if proxies == 0:
        return request.client.host if request.client else None
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else None
