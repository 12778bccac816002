"""Decides which parts of a stored sample may be shown outside the worker; no other module decides this."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from counsel_leaderboard.leaderboard.board.risk import is_risk
from counsel_leaderboard.registry.cards.redistribution import redistribution
from counsel_leaderboard.registry.manifests import metric_tables
from counsel_leaderboard.registry.near_duplicates.overlap import quotes, repeats, texts
from counsel_leaderboard.registry.sessions.session_acts import ActReadings

SAMPLE_FIELDS: Final = (
    *("run_id", "task", "item_id", "position", "cluster", "stratum", "dataset", "content_note", "risk", "score"),
    *("doc", "prompt", "target", "answer", "verdict", "metrics", "answer_hash"),
)
PUBLIC_DOC_FIELDS: Final = ("id", "cluster", "stratum", "dataset", "content_note")
CUT: Final = "[cut: quotes text that may not be shown]"
RISK_RULE: Final = "a reply to a risk item is shown only when a qualified judge of a run of this host found it appropriate"
LONGEST_KIND: Final = 100
LONGEST_QUOTED: Final = 20_000
"""Characters of a verdict's text that are compared with withheld texts; a longer one is cut, as no judge writes so much."""
STATES: Final = ("judged", "unjudged", "unread", "unreached", "empty", "truncated", "failed")
DECISIONS: Final = ("A", "B", "tie", "yes", "no")
"""What a verdict may say in words beside a withheld reply; all else in words may repeat the reply."""
RUBRIC_FIELDS: Final = (
    *("choice", "answer", "addresses"),
    *("comprehensiveness", "professionalism", "authenticity", "safety", "risk_handling"),
)
RECORD_FIELDS: Final = ("value", "weight", "stratum", "cluster")
LARGEST: Final = 1_000_000
"""The largest number that is shown beside a withheld reply, with four places: the digits of a longer one could carry a text."""


def public_sample(sample: Mapping[str, Any], *, trusted: bool = False, hide_risk: bool = True) -> dict[str, Any]:
    """The public version of a stored sample, with the same keys; applying it twice changes nothing more.

    Unless the dataset's card says `redistribute: yes`, `prompt` and `target` become None, `doc` keeps its identifiers, and an
    answer that repeats the item is withheld. A reply whose document says `withheld`, the reason, is never shown. A reply to a
    risk item, as the bank says, is withheld unless its `appropriate` metric is 1 and its verdict trusted. Beside a withheld
    answer the verdict shows its state, numbers, decisions and acts with their turn, without reasons. The answer's hash is left
    out: a short one can be guessed from it. Texts of the verdict that quote other withheld text are replaced by CUT. Error
    messages of failed calls are cut to the kind of failure, since they may quote a prompt or a key. Only listed fields of a
    sample and of a metric's record are shown at all.
    JSON text stays JSON text, JSON values stay values. trusted, hide_risk: as for `withheld`.
    """
    reasons = withheld(sample, trusted=trusted, hide_risk=hide_risk)
    hidden = [text for key in reasons for text in _hidden(sample, key)]
    # An earlier call may have withheld the answer: then the rest stays as bare as that call left it.
    bare = "answer" in reasons or ("answer" in sample and sample["answer"] is None)
    shown = {key: value for key, value in sample.items() if key in SAMPLE_FIELDS}
    if "risk" in shown and shown["risk"] is not None:
        shown["risk"] = _of_risk(sample)
    for key in ("prompt", "target", "answer"):
        if key in reasons:
            shown[key] = None
    if "doc" in reasons:
        shown["doc"] = _like(sample.get("doc"), _identifiers(_value(sample.get("doc"))))
    if sample.get("verdict") is not None:
        verdict = _without_messages(_value(sample["verdict"]))
        if bare:
            verdict = _decisions(verdict, shown.get("task"))
        shown["verdict"] = _like(sample["verdict"], _cut(verdict, hidden) if hidden else verdict)
    if sample.get("metrics") is not None:
        metrics = _metrics(_value(sample["metrics"]), sample.get("task"), hidden, bare=bare)
        shown["metrics"] = _like(sample["metrics"], metrics)
    if "answer" in reasons and "answer_hash" in shown:
        shown["answer_hash"] = None
    return shown


def _decisions(verdict: Any, task: object) -> Any:
    """The verdicts, one per request, without a word of their own: states, counts, and values of the task's own fields."""
    if isinstance(verdict, list | tuple):
        return [_decisions(request_verdict, task) for request_verdict in verdict]
    if not isinstance(verdict, Mapping):
        return None
    shown: dict[str, Any] = {}
    if verdict.get("state") in STATES:
        shown["state"] = verdict["state"]
    for name in ("words", "tokens"):
        if name in verdict and _is_plain(verdict[name]):
            shown[name] = _short(verdict[name])
    answers = verdict.get("answers")
    if isinstance(answers, list):
        shown["answers"] = [_decision(answer, task) for answer in answers]
    if (acts := _acts(verdict.get("acts"))) is not None:
        shown["acts"] = acts
    return shown


def _acts(stored: Any) -> dict[str, Any] | None:
    """The acts of a session with reader, state and turn, without the words cited; None where there are none of that form."""
    try:
        readings = ActReadings.model_validate(stored)
    except ValueError:
        return None
    return readings.model_dump(exclude={"readings": {"__all__": {"span"}}})


def _decision(answer: Any, task: object) -> dict[str, Any] | None:
    if not isinstance(answer, Mapping):
        return None
    return {name: _short(value) for name, value in answer.items() if _is_field(name, task) and _is_plain(value)}


def _is_field(name: object, task: object) -> bool:
    """Whether a verdict's field is one that a rubric of this release asks for, or a metric of the installed task."""
    return isinstance(name, str) and (name in RUBRIC_FIELDS or name in metric_tables().get(str(task), {}))


def _is_plain(value: Any) -> bool:
    """Whether a value says nothing in words: a number, a listed decision, or a short list of numbers."""
    if isinstance(value, list):
        return len(value) <= 4 and all(part is None or isinstance(part, int | float) for part in value)
    return value is None or isinstance(value, bool | int | float) or value in DECISIONS


def _short(value: Any) -> Any:
    """A plain value with its numbers to four places; None for one beyond LARGEST or not finite."""
    if isinstance(value, list):
        return [_short(part) for part in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return round(value, 4) if abs(value) <= LARGEST else None


def _metrics(metrics: Any, task: object, hidden: list[str], *, bare: bool) -> Any:
    """Metrics with plain names, each a number or a record of RECORD_FIELDS.

    bare: without a word of their own, which is numbers of the installed task's metrics alone.
    """
    if not isinstance(metrics, Mapping):
        return metrics if metrics is None else {}
    known = metric_tables().get(str(task)) if bare else None
    names = [name for name in metrics if (name in known if known else len(name) <= 60 and not quotes(name, hidden))]
    return {name: _record(metrics[name], hidden, bare=bare) for name in names}


def _record(value: Any, hidden: list[str], *, bare: bool) -> Any:
    if isinstance(value, Mapping):
        fields = {name: value[name] for name in RECORD_FIELDS if name in value}
        return {name: _short(part) for name, part in fields.items() if _is_number(part)} if bare else _cut(fields, hidden)
    return value if not bare else _short(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def withheld(sample: Mapping[str, Any], *, trusted: bool = False, hide_risk: bool = True) -> dict[str, str]:
    """Map each withheld key (`prompt`, `target`, `doc` or `answer`) to the reason to print in its place.

    trusted: whether the sample's task is one of `trusted_verdicts.trusted_tasks`; other verdicts open no reply to a risk item.
    hide_risk: False where the host reads, who sees replies to risk items.
    """
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
    opened = trusted and _appropriate(sample.get("metrics"))
    if hide_risk and sample.get("answer") is not None and _of_risk(sample) and not opened:
        reasons["answer"] = RISK_RULE
    return reasons


def _hidden(sample: Mapping[str, Any], key: str) -> list[str]:
    """The texts withheld with a key; for `doc` without its public fields."""
    value = _value(sample.get(key))
    if key == "doc" and isinstance(value, Mapping):
        value = {name: item for name, item in value.items() if name not in PUBLIC_DOC_FIELDS}
    return texts(value)


def _of_risk(sample: Mapping[str, Any]) -> bool:
    """What the bank says of the item; a run's own statement can only add to it."""
    stated = sample.get("risk")
    return stated is None or bool(stated) or is_risk(sample.get("task"), sample.get("item_id"))


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
        return CUT if len(verdict) > LONGEST_QUOTED or quotes(verdict, hidden) else verdict
    if isinstance(verdict, Mapping):
        # A key is as foreign as a value: those of a rubric are single names.
        return {key: _cut(value, hidden) for key, value in verdict.items() if len(key) <= 60 and not quotes(key, hidden)}
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
