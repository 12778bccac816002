"""The family of a model: a judge's scores do not count for models of its own family."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Names of the same family that begin differently.
SAME = {
    **dict.fromkeys(("mixtral", "ministral", "codestral", "magistral"), "mistral"),
    **{"qwq": "qwen", "codellama": "llama", "codegemma": "gemma", "medgemma": "gemma", "chatgpt": "gpt"},
}
_NAME = re.compile(r"(?:(?:meta|base)[-_])?([a-z]+)")


def family(name: str, base_models: Iterable[str] = ()) -> str | None:
    """The family of a model: from the base model that its Hub card names, else from its own name; None where neither gives one.

    It is the word that the name begins with, lower case: `Qwen/Qwen2.5-7B-Instruct` is qwen, `org/tuned` with the base model
    `meta-llama/Llama-3.1-8B` is llama.
    """
    for candidate in (*base_models, name):
        match = _NAME.match(candidate.rsplit("/", 1)[-1].lower())
        if match:
            return SAME.get(match[1], match[1])
    return None


def kinship(model: str, judge: str | None, declared: str | None = None) -> str | None:
    """What a judge has in common with the model whose replies it judged, in words; None where they share nothing.

    declared: the family that the model's record names. Names alone are compared: another name for the same model is not seen.
    """
    if not judge:
        return None
    mine, its = (name.rsplit("/", 1)[-1].lower() for name in (model, judge))
    if mine == its:
        return "the model judged itself"
    families = {declared.lower() if declared else None, family(model)} - {None}
    return "a judge of the model's own family" if family(judge) in families else None
