"""Removes from a run folder what its datasets' cards forbid to redistribute, and keeps lm-eval's own format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from counsel_leaderboard.leaderboard.board.samples import error_kind, public_sample
from counsel_leaderboard.leaderboard.exchange.secrets import Secrets
from counsel_leaderboard.leaderboard.runs.files import (
    RUN_AGAIN,
    ResultsError,
    decode_json,
    decode_text,
    first_problem,
    read_bytes,
)
from counsel_leaderboard.leaderboard.runs.lm_eval_output import Sample
from counsel_leaderboard.leaderboard.runs.read import GENERATION_FILE
from counsel_leaderboard.registry.cards.redistribution import redistribution

WITHHELD = "[withheld: repeats text that may not be shown]"
SHOWN_KEYS = ("doc_id", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash")


def strip(source: Path, target: Path, secrets: Secrets | None = None) -> bool:
    """Write the files of the run folder `source` into the new folder `target`, stripped; whether anything was removed.

    Where a dataset's card does not say `redistribute: yes`, its samples lose prompt, reference and document, replies that
    repeat them and verdicts that quote them; a server's error texts may quote a prompt too and lose all but their kind.
    Replies to items about risk stay: the host may read them. Stripping twice changes nothing more.

    secrets: searched for in every file as it is read, before anything is removed. Raises ResultsError, SecretError.
    """
    target.mkdir(parents=True)
    files = sorted(path for path in source.iterdir() if path.is_file())
    stripped = [_samples(file, target / file.name, secrets) for file in files if file.suffix == ".jsonl"]
    for file in files:
        if file.suffix == ".jsonl":
            continue
        raw = read_bytes(file)
        if secrets:
            secrets.refuse(file, decode_text(raw, file))
        if any(stripped) and file.name == GENERATION_FILE:
            raw = _without_error_texts(raw, file)
        (target / file.name).write_bytes(raw)
    return any(stripped)


def _samples(file: Path, target: Path, secrets: Secrets | None) -> bool:
    changed = False
    with target.open("w", encoding="utf-8", newline="") as out:
        for number, line in enumerate(decode_text(read_bytes(file), file).split("\n"), start=1):
            if not line.strip():
                continue
            redacted = _line(line, f"{file.name}: line {number}", secrets)
            changed = changed or redacted != line
            out.write(f"{redacted}\n")
    return changed


def _line(line: str, where: str, secrets: Secrets | None) -> str:
    value = decode_json(line, where)
    if secrets:
        secrets.refuse_value(value, where)
    try:
        sample = Sample.model_validate(value)
    except ValidationError as error:
        raise ResultsError(f"{where}: is not a sample ({first_problem(error)}). To fix it, {RUN_AGAIN}.") from error
    if redistribution(sample.doc.dataset) == "yes":
        return line
    redacted = json.dumps(_stripped(value, sample), ensure_ascii=False)
    return line if json.loads(redacted) == value else redacted


def _stripped(value: dict[str, Any], sample: Sample) -> dict[str, Any]:
    stored = {
        "dataset": sample.doc.dataset,
        "doc": value["doc"],
        "prompt": sample.prompts(),
        "target": sample.target,
        "answer": sample.answers(),
        "verdict": sample.verdicts(),
        "metrics": sample.metric_values(),
    }
    # Replies withheld because of risk are withheld from the public, not from the host.
    public = public_sample(stored, hide_risk=False)
    # Of a withheld reply the verdict stays as it is, for the host; only what quotes the item is cut.
    allowed = {name: value[name] for name in (*SHOWN_KEYS, *sample.metrics) if name in value}
    return allowed | {
        "doc": public["doc"],
        "resps": value["resps"] if public["answer"] is not None else [[WITHHELD]] * len(sample.resps),
        "filtered_resps": [
            _as_before(*texts) for texts in zip(sample.filtered_resps, stored["verdict"], public["verdict"], strict=True)
        ],
    }


def _as_before(old: Any, read: Any, new: Any) -> Any:
    """A verdict in its original form: unchanged where nothing was removed, and JSON text stays text."""
    if read == new:
        return old
    return json.dumps(new, ensure_ascii=False) if isinstance(old, str) and not isinstance(new, str) else new


def _without_error_texts(raw: bytes, file: Path) -> bytes:
    value = decode_json(decode_text(raw, file), str(file))
    if isinstance(value, dict) and isinstance(value.get("failures"), list):
        value["failures"] = [error_kind(failure) for failure in value["failures"]]
    return (json.dumps(value, indent=1) + "\n").encode()
