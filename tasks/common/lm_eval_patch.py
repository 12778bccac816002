"""Answers that hold no reply, marked as such inside a plain `lm_eval` run."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED

NULL = {"choices": [{"index": 0, "message": {"content": None}}]}


def mark_missing_replies() -> None:
    """Make lm-eval write NOT_GENERATED for a null and for a malformed answer, where it would write the empty string.

    An empty reply is a model's own and is scored as one; the other two say nothing about it. lm-eval reads its setting for
    nulls from the environment when its API models are imported, which is before any task is loaded, so a plain run could not
    set it; for malformed answers it has none. Calling this again changes nothing.
    """
    api_models = sys.modules.get("lm_eval.models.api_models")
    if api_models is not None and not api_models.LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER:
        vars(api_models)["LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"] = NOT_GENERATED
    completions = sys.modules.get("lm_eval.models.openai_completions")
    if completions is not None and not hasattr(completions.LocalChatCompletion.parse_generations, "__wrapped__"):
        chat = completions.LocalChatCompletion
        chat.parse_generations = _nulls_for_malformed(chat.parse_generations)


def _nulls_for_malformed(parse: Callable[..., list[str | None]]) -> Callable[..., list[str | None]]:
    @functools.wraps(parse)
    def parse_generations(self: Any, outputs: Any, **kwargs: Any) -> list[str | None]:
        answers = outputs if isinstance(outputs, list) else [outputs]
        return parse(self, [answer if _is_completion(answer) else NULL for answer in answers], **kwargs)

    return parse_generations


def _is_completion(answer: Any) -> bool:
    """Whether it is a chat completion of at least one choice, each numbered and with a text or a null."""
    try:
        choices = [(choice["index"], choice["message"]["content"]) for choice in answer["choices"]]
    except (KeyError, IndexError, TypeError):
        return False
    return bool(choices) and all(
        type(index) is int and 0 <= index < len(choices) and isinstance(content, str | None) for index, content in choices
    )
