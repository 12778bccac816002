"""The process that parses an upload: unpacked, bounded, searched for secrets, stripped, read, checked and turned into rows.

Started by `leaderboard.submissions.uploads.intake` with limits on memory and time. It writes only below its work folder and
answers with one event: the run's id, request, files and tasks, or the rule that the upload breaks. Large libraries are imported
late: most of what is refused is refused before they are needed.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from counsel_leaderboard.leaderboard.exchange import Secrets, TooLargeError, strip, unpack
from counsel_leaderboard.leaderboard.runs.files import RUN_AGAIN, ResultsError
from counsel_leaderboard.leaderboard.specs.run_request import FILE_NAME as REQUEST_FILE
from counsel_leaderboard.leaderboard.submissions.errors import RefusedError
from counsel_leaderboard.leaderboard.submissions.uploads.intake_order import RUN, STAGED, IntakeOrder, table_file
from counsel_leaderboard.registry.common import events
from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.registry.common.untrusted.foreign_json import ForeignJsonError, JsonLimits, parsed

if TYPE_CHECKING:
    from counsel_leaderboard.leaderboard.runs.self_report import Report

# A reply of 64,000 tokens has about 250,000 characters; a sample repeats the whole session in each of its prompts.
TEXT: Final = 1 << 19
LINE: Final = JsonLimits(depth=32, text=TEXT, bytes=8 << 20, values=500_000)
FILE: Final = JsonLimits(depth=32, text=TEXT, bytes=32 << 20)


def taken_in(order: IntakeOrder) -> events.ParsedRun:
    """Do what `order` says. Raises ArchiveError, SecretError, ResultsError, RequestError, RefusedError, StorageError."""
    folder = order.work / RUN
    if order.archive:
        raw = order.work / "raw"
        unpack(order.work / "archive", raw, max_bytes=order.most_bytes)
        check_lengths(raw)
        if order.report is not None and (raw / REQUEST_FILE).exists():
            raise RefusedError(
                REQUEST_FILE,
                "absent",
                f"{REQUEST_FILE}: belongs to a run that a worker made. Send lm_eval's own files alone.",
            )
        strip(raw, folder, Secrets.unnamed(order.secrets))
    if order.report is not None:
        from counsel_leaderboard.leaderboard.runs.self_report import FILE_NAME

        (folder / FILE_NAME).write_text(order.report.text(), encoding="utf-8")
    return _tabulated(order.work, folder, order.report)


def _tabulated(work: Path, folder: Path, report: Report | None) -> events.ParsedRun:
    from counsel_leaderboard.leaderboard.runs.read import read
    from counsel_leaderboard.leaderboard.store import run_parquet, schema
    from counsel_leaderboard.leaderboard.store.ingest import checked

    run = read(folder)
    if report is not None and report.other_name is None and not report.names(run.results.model_name):
        raise RefusedError(
            "results.model_name",
            "names_model",
            f"results.model_name: is {run.results.model_name!r}, and the run is sent in as {report.model.name}. Send it as the "
            "model that was run, or say in one sentence why it has another name there.",
        )
    checked_run = checked(run)
    run_parquet.write(work / STAGED, run.run_id, checked_run.rows)
    for table in schema.OF_A_RUN:
        checked_run.rows[table].write_parquet(table_file(work, table))
    return events.ParsedRun(
        run_id=run.run_id,
        request=run.request.record() if run.request else None,
        files=run.digests,
        tasks=[
            events.ParsedTask(name=task.name, version=task.metadata.version, samples=len(task.samples)) for task in run.tasks
        ],
    )


def check_lengths(folder: Path) -> None:
    """Raise ResultsError where a file of `folder` has a line, a text or nesting over the limits, before anything parses it."""
    for file in sorted(folder.iterdir()):
        limits = LINE if file.suffix == ".jsonl" else FILE
        with file.open("rb") as stream:
            number = 0
            while line := stream.readline(limits.bytes + 1) if limits is LINE else stream.read(limits.bytes + 1):
                number += 1
                if line.strip():
                    _check_value(line, f"{file.name}: line {number}" if limits is LINE else file.name, limits)


def _check_value(raw: bytes, where: str, limits: JsonLimits) -> None:
    if len(raw) > limits.bytes:
        raise TooLargeError(f"upload: {where}: has more than {limits.bytes} bytes; a run has fewer.")
    try:
        parsed(raw, limits, non_finite=True)
    except ForeignJsonError as error:
        raise ResultsError(f"{where}: {error}. To fix it, {RUN_AGAIN}.") from error


def _refused(error: CounselError, work: Path) -> events.Refused:
    """The refusal without the server's folders: whoever sent the upload knows its files by their names."""
    message = str(error).replace(f"{work / RUN}/", "").replace(f"{work}/", "")
    field, rule = (error.field, error.rule) if isinstance(error, RefusedError) else ("", "")
    return events.Refused(
        error=type(error).__name__, field=field, rule=rule, message=message.encode("utf-8", "backslashreplace").decode()[:2000]
    )


def answer(text: str) -> events.Event:
    """The answer to an order: the run, or why it is refused."""
    order = IntakeOrder.model_validate_json(text)
    try:
        return taken_in(order)
    except CounselError as error:
        return _refused(error, order.work)


if __name__ == "__main__":
    events.send(answer(sys.stdin.read()))
