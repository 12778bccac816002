"""Identifies callers: compares secrets in constant time, and reads the address behind the host's own proxies."""

from __future__ import annotations

import hmac


def same(given: str, expected: str) -> bool:
    """Whether the two are equal, in a time that does not reveal where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode("utf-8", "surrogateescape"))


def address(connection: str | None, forwarded: str, proxies: int) -> str | None:
    """The caller's address: the connection's, or what the host's own proxies say of it; None where neither gives one.

    forwarded: the header X-Forwarded-For. proxies: how many of the host's own are in front of the server.
    """
    if proxies == 0:
        return connection
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    return hops[-proxies] if len(hops) >= proxies else None
