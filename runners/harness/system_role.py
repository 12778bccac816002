"""Tests with short requests whether a served model's chat template keeps a system message.

Some templates raise an error for a system role, and some drop its text silently. Either way the model would be evaluated
without its instructions, so the tasks then put them at the head of the first user turn (`COUNSEL_SYSTEM_ROLE=merge`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.answers import token_count
from counsel_leaderboard.registry.chat.errors import FEW_ATTEMPTS, NoAnswerError
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.runners.engines.base import Served

Form = Literal["system", "merge"]

PROBE_SECONDS = 120.0
# Some servers answer this when their template rejects a role; a retry does not help then.
TEMPLATE_ERRORS = frozenset({500})
# Longer than the default system text of any template.
SYSTEM_TEXT = " ".join(["These words stand in the system message to see whether they reach the model."] * 20)
USER = {"role": "user", "content": "Hello."}


@dataclass(frozen=True)
class _Probe:
    """The response: HTTP status (None without one), and the number of prompt tokens if the server reports it."""

    status: int | None
    prompt_tokens: int | None = None

    @property
    def answered(self) -> bool:
        """Whether the server took the messages."""
        return self.status == httpx.codes.OK

    @property
    def refused(self) -> bool:
        """Whether the server rejected the messages after all retries; False if it was only busy or unreachable."""
        return self.status is not None and not self.answered and self.status not in retry.TRANSIENT_STATUSES - TEMPLATE_ERRORS


class _UndecidedError(Exception):
    """A temporary failure: a retry of the probe may give another answer."""

    def __init__(self, probe: _Probe) -> None:
        super().__init__(str(probe.status))
        self.probe = probe


def system_role(served: Served, retry_policy: retry.Policy = retry.CHAT) -> Form:
    """`merge` if the server refuses or drops a system message but answers without one; else `system`.

    `system` also for a server that answers no probe: its fault then shows on every item.
    """
    without = _ask(served, [USER], retry_policy)
    if not without.answered:
        return "system"
    if _moves_system_text(served):
        return "merge"
    with_system = _ask(served, [{"role": "system", "content": SYSTEM_TEXT}, USER], retry_policy)
    if not with_system.answered:
        return "merge" if with_system.refused else "system"
    both_counted = without.prompt_tokens is not None and with_system.prompt_tokens is not None
    dropped = both_counted and (with_system.prompt_tokens or 0) < (without.prompt_tokens or 0) + len(SYSTEM_TEXT.split()) // 2
    return "merge" if dropped else "system"


def _moves_system_text(served: Served) -> bool:
    """Whether the server reports that it moves the system text into the first user turn itself, as llama.cpp does.

    It does so if the template has no system role, and in its own format: the model would then see other tokens than with an
    engine where the tasks merge the text.
    """
    address = f"{served.base_url.removesuffix('/v1')}/props"
    try:
        with httpx.Client(**_options(served)) as http:
            return chat_http.call(http, "GET", address).json()["chat_template_caps"]["supports_system_role"] is False
    except (httpx.TransportError, NoAnswerError, KeyError, TypeError):
        return False


def _ask(served: Served, messages: list[dict[str, str]], retry_policy: retry.Policy) -> _Probe:
    """Retry as the proxy does: a temporary fault must not decide how every prompt is built."""

    def ask() -> _Probe:
        probe = _ask_once(served, messages)
        if probe.status is None or probe.status in retry.TRANSIENT_STATUSES:
            raise _UndecidedError(probe)
        return probe

    try:
        return retry.call(retry_policy, ask, _undecided_wait)
    except _UndecidedError as undecided:
        return undecided.probe


def _undecided_wait(error: BaseException, attempt: int) -> float | None:
    if not isinstance(error, _UndecidedError):
        return None
    return 0.0 if attempt < FEW_ATTEMPTS or error.probe.status in retry.BUSY_STATUSES else None


def _ask_once(served: Served, messages: list[dict[str, str]]) -> _Probe:
    body = {"model": served.model, "messages": messages, "max_tokens": 1, "temperature": 0}
    try:
        with httpx.Client(**_options(served)) as http:
            answer = chat_http.call(http, "POST", served.chat_url, body)
    except (httpx.TransportError, NoAnswerError):
        return _Probe(None)
    return _Probe(answer.status, _prompt_tokens(answer))


def _options(served: Served) -> dict[str, Any]:
    return chat_http.options(served.base_url, headers=served.authorization, timeout_s=PROBE_SECONDS, proxied=served.proxied)


def _prompt_tokens(answer: chat_http.RawAnswer) -> int | None:
    try:
        body = answer.json()
    except NoAnswerError:
        return None
    return (token_count(body, "prompt_tokens") or None) if isinstance(body, dict) else None
