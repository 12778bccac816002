"""Transcripts for reading: what was asked, what was answered, what was decided and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.registry import withheld
from counsel_leaderboard.registry.disclosure import redistribution
from counsel_leaderboard.registry.scoring.answers import NOT_GENERATED

PAGE: Final = 10
SPEAKERS: Final = {"system": "System text", "user": "Asked", "assistant": "Earlier answer"}
# Of a judge's verdict: counted, not read.
UNREAD: Final = ("words", "tokens", "state")
SEVERAL: Final = 3


def transcript(sample: Mapping[str, Any]) -> dict[str, Any]:
    """One sample, as leaderboard.board.transcripts gives it, for the template.

    item, stratum, score, note (its content note), folded (whether it opens folded behind the note), exchanges (each with
    messages and reply), target, verdict (label and text pairs), metrics, and for what is not shown the reason.
    """
    prompts, answers = _requests(sample["prompt"]), sample["answer"]
    return {
        "item": sample["item_id"],
        "task": sample["task"],
        "stratum": sample["stratum"],
        "dataset": sample["dataset"],
        "score": sample["score"],
        "note": sample["content_note"],
        "folded": bool(sample["risk"] or sample["risk"] is None),
        "exchanges": _exchanges(prompts, answers),
        "no_prompt": None if prompts else _no_prompt(sample),
        "no_answer": None if answers is not None else _no_answer(sample),
        "answer_hash": sample["answer_hash"],
        "target": _text(sample["target"]) if sample["target"] not in (None, "") else None,
        "verdict": _verdict(sample["verdict"]),
        "state": _state(sample["verdict"]),
        "metrics": [(name, _number(value)) for name, value in sample["metrics"].items()],
    }


def _requests(prompt: Any) -> list[list[dict[str, str]]]:
    """A list of messages a request; a prompt that was no chat is one message."""
    if not isinstance(prompt, list):
        return []
    return [[_message(one) for one in request] if isinstance(request, list) else [_message(request)] for request in prompt]


def _message(raw: Any) -> dict[str, str]:
    if isinstance(raw, Mapping) and isinstance(raw.get("content"), str):
        role = str(raw.get("role", "user"))
        return {"role": role if role in SPEAKERS else "user", "speaker": SPEAKERS.get(role, role), "text": raw["content"]}
    return {"role": "user", "speaker": SPEAKERS["user"], "text": _text(raw)}


def _exchanges(prompts: list[list[dict[str, str]]], answers: Any) -> list[dict[str, Any]]:
    """What was sent and came back, request by request: of a prompt the system text and earlier turns fold away."""
    replies: Sequence[Any] = answers if isinstance(answers, list) else []
    made = []
    for place in range(max(len(prompts), len(replies))):
        messages = prompts[place] if place < len(prompts) else []
        reply = str(replies[place]) if place < len(replies) else None
        made.append(
            {
                "earlier": messages[:-1],
                "asked": messages[-1] if messages else None,
                "reply": reply,
                "generated": reply != NOT_GENERATED,
            }
        )
    return made


def _no_prompt(sample: Mapping[str, Any]) -> str:
    allowed = redistribution(sample["dataset"])
    if allowed != "yes":
        return f"The item stays with the dataset's owner: the card of {sample['dataset']} says redistribute: {allowed}."
    return "The run was stored without its prompts."


def _no_answer(sample: Mapping[str, Any]) -> str:
    # What public_sample took away is gone from the sample; with an answer put back, the rule says again why.
    reason = withheld({**sample, "answer": ""}).get("answer")
    return f"Withheld: {reason or 'the reply repeats an item that may not be shown'}. Verdict and hash stay."


def _state(verdict: Any) -> str | None:
    states = [one["state"] for one in verdict or [] if isinstance(one, Mapping) and isinstance(one.get("state"), str)]
    return ", ".join(dict.fromkeys(states)) or None


def _verdict(verdict: Any) -> list[tuple[str, str]]:
    """A judge's verdict as pairs of label and text, nested ones with their path."""
    return [pair for pair in _flat(verdict, "") if pair[1]] if verdict is not None else []


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(value, Mapping):
        parts = [(key, item) for key, item in value.items() if path.count(".") or key not in UNREAD]
        return [pair for key, item in parts for pair in _flat(item, f"{path}.{key}" if path else str(key))]
    if isinstance(value, list):
        if len(value) == 1:
            return _flat(value[0], path)
        return [pair for place, item in enumerate(value, 1) for pair in _flat(item, f"{path} {place}".strip())]
    return [] if value is None else [(_label(path), _text(value))]


def _label(path: str) -> str:
    return path.removeprefix("answers.").replace("_", " ") or "verdict"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _number(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("value")
    return f"{value:.3g}" if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)
