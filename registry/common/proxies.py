"""The environment's proxies: never for this machine itself, and a clear error where our HTTP clients cannot use them.

httpx reads the whole environment when a client is made, and raises an ImportError or InvalidURL for a setting that the address
at hand has nothing to do with. So addresses are looked at here, before a client is made for them.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from counsel_leaderboard.registry.common.credentials import shown_address
from counsel_leaderboard.registry.common.errors import CounselError

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
NAMES: Final = ("http_proxy", "https_proxy", "all_proxy")
EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")
USABLE: Final = frozenset(("http", "https"))


class ProxyError(CounselError):
    """The environment names a proxy that our HTTP clients cannot use, for an address that is not on this machine."""


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine; False for what is no address."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def uses_proxies(url: str) -> bool:
    """Whether a client for `url` reads the environment's proxies, as its `trust_env`: never for loopback.

    Raises ProxyError where such a client could not be made.
    """
    if is_loopback(url):
        return False
    problem = next(unusable(os.environ), None)
    if problem is None:
        return True
    if proxy_bypass(urlsplit(url).hostname or "") or not set(getproxies()) - {"no"} & {urlsplit(url).scheme, "all"}:
        return False
    raise ProxyError(f"{shown_address(url)}: cannot be asked through the proxy that is set. {problem}")


def unusable(environment: Mapping[str, str]) -> Iterator[str]:
    """For each proxy setting that our HTTP clients cannot use: what it is, and the next step."""
    for name in NAMES:
        for variable in (name, name.upper()):
            scheme, marked, _ = environment.get(variable, "").strip().partition("://")
            if marked and scheme.lower() not in USABLE:
                yield (
                    f"{variable} names a {scheme} proxy, and only http and https proxies are supported. "
                    f"Unset {variable}, name an http proxy in it, or list the hosts to reach without it in no_proxy."
                )
    for entry in unreadable(environment):
        yield f"no_proxy holds {entry!r}, which is no host name or address that our clients can read. Take it out."


def unreadable(environment: Mapping[str, str]) -> list[str]:
    """The entries of no_proxy at which httpx raises, such as `fd00::/8`."""
    return [entry for entry in _exceptions(environment) if not _is_readable(entry)]


def loopback_unproxied(environment: Mapping[str, str]) -> dict[str, str]:
    """no_proxy, in both spellings, with this machine in it and without the entries that cannot be read.

    Empty where no variable names a proxy: a no_proxy alone would hide the proxies that the system's own settings name.
    """
    proxied = any(environment.get(variable) for name in NAMES for variable in (name, name.upper()))
    entries = _exceptions(environment)
    if (not proxied and not entries) or "*" in entries:
        return {}
    readable = [entry for entry in entries if _is_readable(entry)]
    return dict.fromkeys(EXCEPTIONS, ",".join(dict.fromkeys((*readable, *LOOPBACK))))


def _exceptions(environment: Mapping[str, str]) -> list[str]:
    """The entries of no_proxy; the lower-case spelling counts where both are set, as for Python and curl."""
    text = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _is_readable(entry: str) -> bool:
    import httpx  # takes a tenth of a second, for a variable that few set

    try:
        host = f"[{entry}]" if ipaddress.ip_address(entry.split("/")[0]).version == 6 else entry
    except ValueError:
        host = f"*{entry}"  # httpx takes a name with all names below it
    try:
        httpx.URL(entry if "://" in entry else f"all://{host}")
    except httpx.InvalidURL:
        return False
    return True
