"""Transcripts for the templates: prompts, replies, and the verdicts on them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.leaderboard.board.samples import withheld
from counsel_leaderboard.registry.cards.redistribution import redistribution
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED
from counsel_leaderboard.space.views import sessions
from counsel_leaderboard.space.views.answers.explanations import explanation, marked
from counsel_leaderboard.space.views.answers.steps import WORDS_OF_A_REASON

PAGE: Final = 10
SPEAKERS: Final = {"system": "Instructions", "user": "Prompt", "assistant": "Earlier answer"}
# Fields of a judge's verdict that are not shown with it.
HIDDEN_FIELDS: Final = ("words", "tokens", "state", "acts")


def transcript(sample: Mapping[str, Any]) -> dict[str, Any]:
    """One sample from leaderboard.board.transcripts, for the template.

    item, task, stratum, dataset, score, note (its content note), folded (whether it is hidden behind the note at first),
    exchanges (earlier messages, question and reply), target, verdict (pairs of label and text), state, metrics, the reason why
    a prompt or an answer is not shown, session: what `space.views.sessions` makes of a whole session, else None, and why: its
    `Explanation`.
    """
    prompts, answers = _requests(sample["prompt"]), sample["answer"]
    why = explanation(sample)
    return {
        "item": sample["item_id"],
        "task": sample["task"],
        "stratum": sample["stratum"],
        "dataset": sample["dataset"],
        "score": sample["score"],
        "note": sample["content_note"],
        "folded": bool(sample["risk"] or sample["risk"] is None),
        "session": sessions.of_sample(sample),
        "why": why,
        "exchanges": _exchanges(prompts, answers, why.spans),
        "no_prompt": None if prompts else _no_prompt(sample),
        "no_answer": None if answers is not None else _no_answer(sample),
        "target": _text(sample["target"]) if sample["target"] not in (None, "") else None,
        "verdict": _verdict(sample["verdict"]),
        "state": _state(sample["verdict"]),
        "metrics": [(name, _number(value)) for name, value in sample["metrics"].items()],
    }


def _requests(prompt: Any) -> list[list[dict[str, str]]]:
    """A list of messages per request; a prompt that is not a chat is one message."""
    if not isinstance(prompt, list):
        return []
    return [
        [_message(message) for message in request] if isinstance(request, list) else [_message(request)] for request in prompt
    ]


def _message(raw: Any) -> dict[str, str]:
    if isinstance(raw, Mapping) and isinstance(raw.get("content"), str):
        role = str(raw.get("role", "user"))
        return {"role": role if role in SPEAKERS else "user", "speaker": SPEAKERS.get(role, role), "text": raw["content"]}
    return {"role": "user", "speaker": SPEAKERS["user"], "text": _text(raw)}


def _exchanges(prompts: list[list[dict[str, str]]], answers: Any, spans: Sequence[str]) -> list[dict[str, Any]]:
    """The prompt and reply of each request; `earlier` holds the system text and earlier turns, which are folded at first.

    parts: the reply in pieces, each with whether it is one of the `spans` that decided.
    """
    replies: Sequence[Any] = answers if isinstance(answers, list) else []
    exchanges = []
    for index in range(max(len(prompts), len(replies))):
        messages = prompts[index] if index < len(prompts) else []
        reply = str(replies[index]) if index < len(replies) else None
        exchanges.append(
            {
                "earlier": messages[:-1],
                "prompt": messages[-1] if messages else None,
                "reply": reply,
                "parts": marked(reply, spans) if reply else [],
                "generated": reply != NOT_GENERATED,
            }
        )
    return exchanges


def _no_prompt(sample: Mapping[str, Any]) -> str:
    allowed = redistribution(sample["dataset"])
    if allowed != "yes":
        return f"The item stays with the dataset's owner: the card of {sample['dataset']} says redistribute: {allowed}."
    return "The run was stored without its prompts."


def _no_answer(sample: Mapping[str, Any]) -> str:
    # public_sample has removed the answer from the sample; with an empty answer put back, the rule gives its reason again.
    reason = withheld({**sample, "answer": ""}).get("answer")
    return f"Withheld: {reason or 'the reply repeats an item that may not be shown'}. The verdict's decisions and numbers stay."


def _state(verdict: Any) -> str | None:
    states = [part["state"] for part in verdict or [] if isinstance(part, Mapping) and isinstance(part.get("state"), str)]
    return ", ".join(dict.fromkeys(states)) or None


def _verdict(verdict: Any) -> list[tuple[str, str]]:
    """A judge's verdict as pairs of label and text; the label of a nested value is its path."""
    return [pair for pair in _flat(verdict, "") if pair[1]] if verdict is not None else []


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        parts = [(key, item) for key, item in value.items() if path.count(".") or key not in HIDDEN_FIELDS]
        return [pair for key, item in parts for pair in _flat(item, f"{path}.{key}" if path else str(key))]
    if isinstance(value, list):
        if len(value) == 1:
            return _flat(value[0], path)
        return [pair for number, item in enumerate(value, 1) for pair in _flat(item, f"{path} {number}".strip())]
    if value is None:
        return []
    is_reason = path.rpartition(".")[2] == "reason" and isinstance(value, str)
    return [(_label(path), _reason(value) if is_reason else _text(value))]


def _reason(text: str) -> str:
    """A judge's reason; one that is no sentence, as small judges write, is marked as such."""
    return text if len(text.split()) >= WORDS_OF_A_REASON else f"none in words (it wrote “{text}”)"


def _label(path: str) -> str:
    return path.removeprefix("answers.").replace("_", " ") or "verdict"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("value")
    return f"{value:.3g}" if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)
