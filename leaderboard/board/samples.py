"""Decides which parts of a stored sample may be shown outside the worker; no other module decides this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from counsel_leaderboard.registry.cards.redistribution import redistribution
from counsel_leaderboard.registry.near_duplicates.overlap import quotes, repeats, texts

PUBLIC_DOC_FIELDS: Final = ("id", "cluster", "stratum", "dataset", "content_note")
CUT: Final = "[cut: quotes text that may not be shown]"
LONGEST_KIND: Final = 100


def public_sample(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The public version of a stored sample, with the same keys; applying it twice changes nothing more.

    Unless the dataset's card says `redistribute: yes`, `prompt` and `target` become None, `doc` keeps its identifiers, and an
    answer that repeats the item is withheld. A reply whose document says `withheld`, the reason, is never shown. A reply to a
    risk item is withheld unless its `appropriate` metric is 1. Texts of the verdict that quote withheld text are replaced by
    CUT. Error messages of failed calls are cut to the kind of failure, since they may quote a prompt or a key. `metrics` and
    `answer_hash` stay.
    JSON text stays JSON text, JSON values stay values.
    """
    reasons = withheld(sample)
    hidden = [text for key in reasons for text in _hidden(sample, key)]
    shown = dict(sample)
    for key in ("prompt", "target", "answer"):
        if key in reasons:
            shown[key] = None
    if "doc" in reasons:
        shown["doc"] = _like(sample.get("doc"), _identifiers(_value(sample.get("doc"))))
    if sample.get("verdict") is not None:
        verdict = _without_messages(_value(sample["verdict"]))
        shown["verdict"] = _like(sample["verdict"], _cut(verdict, hidden) if hidden else verdict)
    return shown


def withheld(sample: Mapping[str, Any]) -> dict[str, str]:
    """Map each withheld key (`prompt`, `target`, `doc` or `answer`) to the reason to print in its place."""
    reasons: dict[str, str] = {}
    allowed = redistribution(sample.get("dataset"))
    if allowed != "yes":
        rule = f"the card of {sample.get('dataset') or 'an unnamed dataset'} says redistribute: {allowed}"
        reasons = {key: rule for key in ("prompt", "target", "doc") if sample.get(key) is not None}
        hidden = [text for key in reasons for text in _hidden(sample, key)]
        if any(repeats(answer, hidden) for answer in texts(_value(sample.get("answer")))):
            reasons["answer"] = f"the reply repeats the item, and {rule}"
    own = _value(sample.get("doc"))
    if sample.get("answer") is not None and isinstance(own, Mapping) and own.get("withheld"):
        reasons["answer"] = f"never shown: {own['withheld']}"
        return reasons
    risk = sample.get("risk")
    if sample.get("answer") is not None and (risk is None or risk) and not _appropriate(sample.get("metrics")):
        reasons["answer"] = "a reply to a risk item is shown only when it was judged appropriate"
    return reasons


def _hidden(sample: Mapping[str, Any], key: str) -> list[str]:
    """The texts withheld with a key; for `doc` without its public fields."""
    value = _value(sample.get(key))
    if key == "doc" and isinstance(value, Mapping):
        value = {name: item for name, item in value.items() if name not in PUBLIC_DOC_FIELDS}
    return texts(value)


def _appropriate(metrics: object) -> bool:
    parsed = _value(metrics)
    value = parsed.get("appropriate") if isinstance(parsed, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("value")
    return isinstance(value, bool | int | float) and value == 1


def _identifiers(doc: object) -> dict[str, Any]:
    return {key: doc[key] for key in PUBLIC_DOC_FIELDS if key in doc} if isinstance(doc, Mapping) else {}


def error_kind(message: object) -> str:
    """The text of a stored error before its first colon: the kind of failure, without the message of a client or server."""
    return str(message).partition(":")[0][:LONGEST_KIND]


def _without_messages(verdict: Any) -> Any:
    """The verdicts, one per request, with each error reduced to its kind."""
    if isinstance(verdict, list | tuple):
        return [_without_messages(request_verdict) for request_verdict in verdict]
    if isinstance(verdict, Mapping) and verdict.get("errors"):
        errors = verdict["errors"]
        return {
            **verdict,
            "errors": [error_kind(message) for message in errors] if isinstance(errors, list) else error_kind(errors),
        }
    return verdict


def _cut(verdict: Any, hidden: list[str]) -> Any:
    if isinstance(verdict, str):
        return CUT if quotes(verdict, hidden) else verdict
    if isinstance(verdict, Mapping):
        return {key: _cut(value, hidden) for key, value in verdict.items()}
    if isinstance(verdict, list | tuple):
        return [_cut(value, hidden) for value in verdict]
    return verdict


def _value(stored: Any) -> Any:
    """Parse a value that may be JSON text; text that is not JSON is returned unchanged."""
    if isinstance(stored, str):
        try:
            return json.loads(stored)
        except ValueError:
            return stored
    return stored


def _like(stored: Any, value: Any) -> Any:
    """`value` as JSON text if `stored` was text, else unchanged; a plain string is not quoted."""
    if not isinstance(stored, str) or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
