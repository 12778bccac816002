"""Checks of a model server or a judge: what it accepts, asked with three small requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from counsel_leaderboard.registry.chat import http as chat_http
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.credentials import bearer, kind_of, redacted, shown_address
from counsel_leaderboard.registry.common.proxies import ProxyError
from counsel_leaderboard.runners.doctor.diagnosis import Diagnosis, ok, problem, warning

SECONDS: Final = 20.0
MAX_SHOWN: Final = 200
MAX_TOKENS: Final = 64
YES: Final = {"role": "user", "content": "Answer with the one word: yes"}
SCHEMA: Final = {
    "type": "object", "properties": {"answer": {"type": "string", "enum": ["yes"]}}, "required": ["answer"],
    "additionalProperties": False,
}  # fmt: skip
PLAIN: Final = {"messages": [YES], "temperature": 0, "max_tokens": MAX_TOKENS, "stop": ["\n\n"]}
CONSTRAINED: Final = {
    "messages": [YES], "temperature": 0, "max_tokens": MAX_TOKENS,
    "response_format": {"type": "json_schema", "json_schema": {"name": "check", "strict": True, "schema": SCHEMA}},
}  # fmt: skip
WITH_SYSTEM: Final = {
    "messages": [{"role": "system", "content": "Be brief."}, YES], "temperature": 0, "max_tokens": MAX_TOKENS,
}  # fmt: skip
NOT_TURNED_AWAY: Final = ("max_tokens", "temperature", "stop")


@dataclass(frozen=True)
class ServerReply:
    """What came back: the HTTP status, the JSON value, None if it is none, and the beginning of the text to show."""

    status: int
    value: Any
    shown: str

    @property
    def message(self) -> dict[str, Any]:
        """The message of the first choice; empty if this is no chat completion."""
        try:
            message = self.value["choices"][0]["message"]
        except (KeyError, IndexError, TypeError):
            return {}
        return message if isinstance(message, dict) else {}

    @property
    def text(self) -> str:
        """The message's text, text parts joined."""
        content = self.message.get("content")
        if isinstance(content, list):
            return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
        return content if isinstance(content, str) else ""


@dataclass(frozen=True)
class Target:
    """A server to ask. url: with or without /v1. model: its name there, by default the first one that it lists."""

    topic: str
    url: str
    key_variable: str
    key: str | None = None
    model: str | None = None
    judges: bool = False

    @property
    def base_url(self) -> str:
        """The address, ending in /v1."""
        trimmed = self.url.rstrip("/").removesuffix("/chat/completions")
        return trimmed if trimmed.endswith("/v1") else f"{trimmed}/v1"


def check(target: Target) -> Iterator[Diagnosis]:
    """What the server accepts. A server that cannot be reached, or refuses the key, is asked no further."""
    shown = shown_address(target.base_url)
    try:
        with httpx.Client(**chat_http.options(target.base_url, headers=bearer(target.key), timeout_s=SECONDS)) as http:
            yield from _ask_all(http, target)
    except ProxyError as error:
        yield problem(target.topic, str(error), "")
    except httpx.TimeoutException:
        yield problem(target.topic, f"{shown} gave no answer within {SECONDS:.0f} s.", "Look at its log; is it still loading?")
    except NoAnswerError as error:
        yield problem(target.topic, f"{shown} gives no answer that can be read ({error}).", "Look at its log.")
    except (httpx.RequestError, httpx.InvalidURL, ValueError) as error:
        yield problem(
            target.topic, f"{shown} does not answer ({kind_of(error)}).",
            "It must serve the OpenAI API; check address, port, and that it runs.",
        )  # fmt: skip


def _ask_all(http: httpx.Client, target: Target) -> Iterator[Diagnosis]:
    listed = _ask(http, "GET", f"{target.base_url}/models")
    if listed.status in (401, 403):
        yield _refused_key(target, listed.status)
        return
    names = _names(listed)
    model = target.model or next(iter(names), "default")
    if target.model and names and target.model not in names:
        shown = ", ".join(sorted(names))[:MAX_SHOWN]
        yield problem(target.topic, f"does not list {target.model!r}; it lists {redacted(shown)}.", "Name one of those.")
    plain = _chat(http, target, model, PLAIN)
    if plain.status in (401, 403):
        yield _refused_key(target, plain.status)
        return
    yield from _of_plain(target, plain)
    yield _of_constrained(target, _chat(http, target, model, CONSTRAINED))
    yield _of_system(target, _chat(http, target, model, WITH_SYSTEM))


def _refused_key(target: Target, status: int) -> Diagnosis:
    return problem(target.topic, f"refuses the key, or the lack of one (HTTP {status}).", f"Set {target.key_variable}.")


def _chat(http: httpx.Client, target: Target, model: str, body: dict[str, Any]) -> ServerReply:
    return _ask(http, "POST", f"{target.base_url}/chat/completions", {"model": model, **body})


def _ask(http: httpx.Client, method: str, url: str, body: dict[str, Any] | None = None) -> ServerReply:
    answer = chat_http.call(http, method, url, body)
    text = answer.body.decode("utf-8", "replace")
    try:
        value = answer.json()
    except NoAnswerError:
        value = None
    shown = "".join(character if character.isprintable() else " " for character in redacted(text))[:MAX_SHOWN]
    return ServerReply(answer.status, value, shown)


def _names(listed: ServerReply) -> list[str]:
    try:
        return [str(entry["id"]) for entry in listed.value["data"]]
    except (KeyError, TypeError):
        return []


def _of_plain(target: Target, reply: ServerReply) -> Iterator[Diagnosis]:
    if reply.status != httpx.codes.OK:
        named = [name for name in NOT_TURNED_AWAY if name in reply.shown]
        what = f"refuses {' or '.join(named)}" if named else "refuses a chat completion"
        yield problem(
            target.topic, f"{what} (HTTP {reply.status}): {reply.shown}",
            "Counsel asks with temperature 0, stop and max_tokens; use a server or a proxy that takes them.",
        )  # fmt: skip
    elif not reply.message:
        yield problem(target.topic, f"gives no chat completion: {reply.shown}", "It must serve the OpenAI API, unstreamed.")
    elif not reply.text.strip():
        yield warning(
            target.topic, f"gives an empty text within {MAX_TOKENS} tokens, as a model does that thinks first.",
            "Raise the budget, COUNSEL_THINKING_TOKENS for a candidate, or turn its thinking off.",
        )  # fmt: skip
    else:
        yield ok(target.topic, "answers a chat completion at temperature 0 with stop and max_tokens")
    if reply.message and not isinstance(reply.value.get("usage"), dict):
        yield warning(target.topic, "counts no tokens (usage).", "Prompts that it cuts cannot be noticed; mind its context.")


def _of_constrained(target: Target, reply: ServerReply) -> Diagnosis:
    if reply.status == httpx.codes.OK and _is_object(reply.text):
        return ok(target.topic, "keeps to a JSON schema (response_format)")
    refusal = f"refuses response_format (HTTP {reply.status})" if reply.status != httpx.codes.OK else "ignores response_format"
    if not target.judges:
        return ok(target.topic, f"{refusal}, which only a judge needs")
    return warning(
        target.topic, f"{refusal}: a judge is then asked without it, and more verdicts may be unreadable.",
        "Use a server with structured output, or look at the share of unread verdicts.",
    )  # fmt: skip


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _of_system(target: Target, reply: ServerReply) -> Diagnosis:
    if reply.status == httpx.codes.OK:
        return ok(target.topic, "takes a system message")
    step = "Judges are asked with one: use another chat template." if target.judges else (
        "`counsel eval` puts it into the first message; for plain lm_eval set COUNSEL_SYSTEM_ROLE=merge."
    )  # fmt: skip
    return warning(target.topic, f"refuses a system message (HTTP {reply.status}): {reply.shown}", step)
