"""Keys and tokens: read from the environment in one place, and taken out of whatever leaves this machine.

An HTTP client quotes a header that it refuses, key and all, and a server may repeat the key that it was sent. So a key that no
header can carry is refused before the first call, and messages of clients and servers are never recorded verbatim.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from counsel_leaderboard.registry.common.errors import CounselError

REMOVED = "[removed]"
SHORTEST = 8  # a shorter value would be found by accident
_WORDS = frozenset(
    ("TOKENS", "KEYS", "SECRETS", "PASSWORDS", "PASS", "PASSWD", "PASSPHRASE", "AUTH", "JWT", "CREDENTIAL", "CREDENTIALS",
     "CRED", "CREDS", "BEARER", "COOKIE", "HEADERS", "PAT", "PWD")
)  # fmt: skip
_ENDS = ("TOKEN", "KEY", "SECRET", "PASSWORD")
_NO_VALUE = frozenset(("PATH", "FILE", "DIR", "SOCK", "TYPE", "MODE", "PROVIDER"))
_USER = re.compile(r"^(\w+://|).*@")  # as far as the last: a password may hold a slash that was not escaped
_USERS = re.compile(r"(://)[^\s,]{0,2000}@")  # as far as the last: a password may hold a slash that was not escaped
_NO_PORT = re.compile(r"^(\w+://[^/\[\]:]*):(?!\d+(/|$))[^/]*")
_FOLDERS = re.compile(r"(?<![\w:/.])/(?:[^\s/'\"]{1,255}/)+(?=[^\s/])")
_PRINTABLE = re.compile(r"[!-~]+")


class CredentialError(CounselError):
    """A variable that holds no key that could be sent; the message names the variable, never its value."""


def credential(variable: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The key or token in that environment variable without the white space around it, None where there is none.

    Raises CredentialError for a value that an HTTP header cannot carry.
    """
    value = (os.environ if environment is None else environment).get(variable, "").strip()
    if value:
        require_sendable(variable, value)
    return value or None


def require_sendable(variable: str, value: str) -> None:
    """Raise CredentialError, naming the variable, for a value that an HTTP header cannot carry."""
    if not _PRINTABLE.fullmatch(value):
        raise CredentialError(
            f"{variable}: holds a space, a line break or a character that is not ASCII, which no key contains. "
            "Set it to the key alone."
        )


def bearer(token: str | None) -> dict[str, str]:
    """The HTTP header that carries a token, as `credential` gave it; no header without one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def configured_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables that `is_secret_name` names, with their values of eight characters or more, stripped.

    Without those whose last word says that the value is a path or a kind, which is no secret itself.
    """
    named = {name: value.strip() for name, value in environment.items() if is_secret_name(name)}
    return {name: value for name, value in named.items() if len(value) >= SHORTEST and _words(name)[-1] not in _NO_VALUE}


def is_secret_name(name: str) -> bool:
    """Whether a word of a variable's name, anywhere in it, says that it holds a key, token, secret, password or the like.

    `PWD` by itself is the folder that a process is in.
    """
    return name != "PWD" and any(word in _WORDS or word.endswith(_ENDS) for word in _words(name))


def _words(name: str) -> list[str]:
    return name.upper().split("_")


def without_user(value: str) -> str:
    """`value` with the user name and password taken out of each address in it."""
    return _USERS.sub(r"\1", value)


def forms(secret: str) -> Iterator[str]:
    """A secret as it may occur in a text: as it is, as JSON text writes it, in JSON inside JSON, and in an address."""
    once = json.dumps(secret)[1:-1]
    yield from dict.fromkeys((secret, once, json.dumps(once)[1:-1], quote(secret, safe="")))


def redacted(text: str, secrets: Mapping[str, str] | None = None) -> str:
    """`text` with REMOVED in the place of each secret, by default of those in this process's environment."""
    known = (configured_secrets(os.environ) if secrets is None else secrets).values()
    # The longest first: one may begin with another.
    for form in sorted({form for secret in known for form in forms(secret)}, key=len, reverse=True):
        text = text.replace(form, REMOVED)
    return text


def shown_address(url: str) -> str:
    """An address without what may be a key in it: user, password, query, fragment, and a port that is no number."""
    shown = _USER.sub(r"\1", re.split(r"[?#]", url, maxsplit=1)[0])
    return _NO_PORT.sub(r"\1", shown)


def without_folders(text: str) -> str:
    """`text` with each absolute path of a file cut to its name: a caller need not know where a server keeps its files."""
    return _FOLDERS.sub("", text)


def kind_of(error: BaseException) -> str:
    """What went wrong without a word of the error's own text: its class, and what the system's error behind it means."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror and isinstance(cause.errno, int) and cause.errno > 0:
            return f"{type(error).__name__}: {os.strerror(cause.errno)}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__
