"""Answers that hold no reply, marked as such inside a plain `lm_eval` run."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from counsel_leaderboard.registry.chat.answers import read_answer
from counsel_leaderboard.registry.chat.errors import NoAnswerError
from counsel_leaderboard.registry.common.placeholders import NOT_GENERATED


def mark_missing_replies() -> None:
    """Make lm-eval read answers as this project does, and write NOT_GENERATED for those that hold no reply.

    lm-eval would write the empty string for a null and for a malformed answer. An empty reply is a model's own and is scored as
    one; the other two say nothing about it. lm-eval reads its setting for
    nulls from the environment when its API models are imported, which is before any task is loaded, so a plain run could not
    set it; for malformed answers it has none. Calling this again changes nothing.
    """
    api_models = sys.modules.get("lm_eval.models.api_models")
    if api_models is not None and not api_models.LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER:
        vars(api_models)["LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"] = NOT_GENERATED
    completions = sys.modules.get("lm_eval.models.openai_completions")
    if completions is not None and not hasattr(completions.LocalChatCompletion.parse_generations, "__wrapped__"):
        chat = completions.LocalChatCompletion
        chat.parse_generations = _read_first(chat.parse_generations)


def _read_first(parse: Callable[..., list[str | None]]) -> Callable[..., list[str | None]]:
    @functools.wraps(parse)
    def parse_generations(self: Any, outputs: Any, **kwargs: Any) -> list[str | None]:
        answers = outputs if isinstance(outputs, list) else [outputs]
        return parse(self, [_completion(answer) for answer in answers], **kwargs)

    return parse_generations


def _completion(answer: Any) -> dict[str, Any]:
    """The answer as lm-eval reads it: one choice with a text, or a null for what is no answer."""
    try:
        content: str | None = read_answer(answer).reply
    except NoAnswerError:
        content = None
    return {"choices": [{"index": 0, "message": {"content": content}}]}
