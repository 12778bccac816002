"""Reading a chat completion: the text, how it ended and what it cost, in whatever form a server writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from counsel_leaderboard.registry.chat.errors import FEW_ATTEMPTS, NoAnswerError
from counsel_leaderboard.registry.chat.thoughts import UNFINISHED, visible
from counsel_leaderboard.registry.common import retry
from counsel_leaderboard.registry.common.credentials import redacted

MAX_TEXT: Final = 1_000_000
MAX_COUNT: Final = 2**31
MAX_MESSAGE: Final = 300
MAX_DEPTH: Final = 64
# Servers have no common list of names; words that occur in no name of an answer that ended by itself.
FILTER_WORDS: Final = ("filter", "safety", "policy", "block", "recitation", "prohibited", "guardrail", "spii")
ERROR_WORDS: Final = ("error", "abort", "cancel", "fail", "insufficient", "overload", "timeout", "malformed")
TEXT_PARTS: Final = frozenset(("text", "output_text"))
THOUGHT_FIELDS: Final = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
NO_COMPLETION: Final = "the answer is not a chat completion"


@dataclass(frozen=True)
class ChatAnswer:
    """One answer. `text` is safe to store: no half surrogate pairs and none of this machine's keys.

    thoughts: the text that the server kept apart as reasoning. null: there is no text, not even an empty one. cut: the answer
    ended at its token budget. Token counts are None if the server gave none; `odd_usage`: it gave some that are no counts.
    """

    text: str
    thoughts: str = ""
    cut: bool = False
    null: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    odd_usage: bool = False

    @property
    def reply(self) -> str:
        """The text, or a mark of a thought without an end where the budget was spent before a reply began.

        Raises NoAnswerError for a null: it says nothing about the model.
        """
        if self.null and not self.cut:
            raise NoAnswerError("the answer's content is null")
        return UNFINISHED if self.cut and not (visible(self.text) or "") else self.text


def parse_json(raw: bytes | str) -> Any:
    """The JSON value of a foreign answer, at most MAX_DEPTH levels deep. Raises NoAnswerError."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if text.lstrip("\ufeff \t\r\n").startswith(("data:", "event:", "id:", "retry:", ":")):
        raise NoAnswerError("the server answers in a stream, which was not asked for", message=excerpt(text))
    try:
        value = json.loads(text.removeprefix("\ufeff"), parse_int=_bounded_int)
    except (ValueError, RecursionError) as error:
        raise NoAnswerError("the answer is not JSON", wait=0.0, message=excerpt(text)) from error
    if _deeper_than(value, MAX_DEPTH):
        raise NoAnswerError("the answer is nested too deeply", wait=0.0)
    return value


def read_answer(body: Any) -> ChatAnswer:
    """The first choice of a chat completion. Raises NoAnswerError for anything that is none."""
    choice = _first_choice(body)
    finish = choice.get("finish_reason")
    finish = finish.lower() if isinstance(finish, str) else ""
    if _is_filter(finish):
        raise NoAnswerError("refused by the server's content filter", filtered=True)
    if choice.get("error") or any(word in finish for word in ERROR_WORDS):
        raise NoAnswerError("the server ended the answer with an error", wait=0.0, message=error_message(choice))
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise NoAnswerError(NO_COMPLETION, wait=0.0, message=error_message(body))
    cut = finish in ("length", "max_tokens")
    thoughts = "".join(_plain(message.get(name)) for name in THOUGHT_FIELDS)
    text, part_thoughts = _content(message)
    counts = {name: token_count(body, name) for name in ("prompt_tokens", "completion_tokens")}
    odd = body.get("usage") is not None and None in counts.values()
    return ChatAnswer(storable(text or ""), storable(thoughts + part_thoughts), cut, null=text is None, odd_usage=odd, **counts)


def token_count(body: Mapping[str, Any], name: str) -> int | None:
    """A token count of an answer's usage; None if it is missing or no count."""
    usage = body.get("usage")
    count = usage.get(name) if isinstance(usage, Mapping) else None
    return count if type(count) is int and 0 <= count < MAX_COUNT else None


def storable(text: str) -> str:
    """A foreign text for a record: cut at MAX_TEXT characters, without halves of surrogate pairs and keys of this machine."""
    return redacted(text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8"))


def excerpt(text: str) -> str:
    """The beginning of a server's words, for people; secrets are removed before it is cut, so that no half of one is left."""
    return storable(text[: 100 * MAX_MESSAGE])[:MAX_MESSAGE]


def error_message(body: Any) -> str:
    """The message of an error object, "" if there is none."""
    error = body.get("error") if isinstance(body, Mapping) else None
    words = error.get("message", error) if isinstance(error, Mapping) else error
    return "" if not words else excerpt(words if isinstance(words, str) else json.dumps(words, default=str))


def is_filter_error(body: Any) -> bool:
    """Whether an error object is a content filter's refusal, as some servers send it instead of an answer."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return False
    inner = error.get("innererror")
    codes = [error.get("code"), error.get("type"), inner.get("code") if isinstance(inner, Mapping) else None]
    return any(isinstance(code, str) and _is_filter(code.lower()) for code in codes)


def _is_filter(name: str) -> bool:
    return any(word in name for word in FILTER_WORDS)


def _first_choice(body: Any) -> Mapping[str, Any]:
    if not isinstance(body, Mapping):
        raise NoAnswerError(NO_COMPLETION, wait=0.0)
    if is_filter_error(body):
        raise NoAnswerError("refused by the server's content filter", message=error_message(body), filtered=True)
    choices = body.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        return choices[0]
    if error := body.get("error"):
        code = error.get("code", error.get("status")) if isinstance(error, Mapping) else None
        status = int(code) if isinstance(code, int | str) and str(code).isascii() and str(code).isdigit() else 0
        final = 400 <= status < 500 and status not in retry.TRANSIENT_STATUSES
        attempts = None if status in retry.BUSY_STATUSES else FEW_ATTEMPTS
        wait = None if final else 0.0
        raise NoAnswerError("an error in the place of an answer", wait=wait, attempts=attempts, message=error_message(body))
    raise NoAnswerError(NO_COMPLETION, wait=0.0)


def _content(message: Mapping[str, Any]) -> tuple[str | None, str]:
    """Text, or None for null, and thoughts. A model's refusal that a server keeps apart is its reply."""
    content, refusal = message.get("content"), message.get("refusal")
    if content is None:
        return (refusal if isinstance(refusal, str) and refusal else None), ""
    if isinstance(content, str):
        return content, ""
    parts = [content] if isinstance(content, Mapping) else content
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise NoAnswerError(NO_COMPLETION, wait=0.0)
    texts = [_plain(part.get("text")) for part in parts if part.get("type", "text") in TEXT_PARTS]
    refusals = [_plain(part.get("refusal")) for part in parts if part.get("type") == "refusal"]
    others = [part for part in parts if part.get("type", "text") not in (*TEXT_PARTS, "refusal")]
    thoughts = "".join(_plain(part.get(name)) for part in others for name in ("thinking", "reasoning", "text", "summary"))
    if not texts and not refusals and not others:
        return "", ""
    return ("".join(texts) + "".join(refusals) if texts or refusals else None), thoughts


def _plain(value: Any) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value[:MAX_TEXT]
    parts = value if isinstance(value, list) else []
    return "".join(part["text"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str))


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= 20 else float("inf")


def _deeper_than(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
