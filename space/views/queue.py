"""The queue for reading: what runs, what waits, what ended and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.leaderboard.submissions.queue import Progress, Standing, State
from counsel_leaderboard.leaderboard.submissions.settings import Settings
from counsel_leaderboard.leaderboard.submissions.shown import view
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render

PAGE: Final = 50
STATES: Final[dict[State, str]] = {
    "running": "running",
    "queued": "waiting",
    "pending": "waiting for the host",
    "done": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}
STAGES: Final = {
    "preparing": "preparing the engine",
    "answering": "answering",
    "judging": "judging",
    "uploading": "storing the run",
}
# A reason code of the queue, and what it means to the person who submitted.
WHY: Final = {
    "engine_start": "The engine did not start with this model. If it starts on your machine, ask the host for the log.",
    "engine_died": "The engine stopped while it answered. The host can read the log and queue it again.",
    "out_of_memory": "The model did not fit the worker's memory. Submit it with a smaller dtype, or ask for a larger worker.",
    "harness_failed": "lm-eval stopped with an error. The host can read the log and queue it again.",
    "judge_unreachable": "The judge did not answer. The answers are kept, and the host can queue it again.",
    "data_unavailable": "A dataset was not on the worker. The host can fetch it and queue it again.",
    "model_unknown": "The worker cannot find or run this model. Check its name and files, then submit it again.",
    "upload_rejected": "The finished run broke a rule of the store. The host has the message.",
    "lease_lost": "The worker fell silent three times. The host can queue it again.",
    "cancelled": "It was cancelled.",
}


def duration(seconds: float | None) -> str:
    """A time as people say it: "under a minute", "about 12 min", "about 2 h 10 min", "about 3 days"; "" for None."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"about {minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"about {hours} h" + (f" {rest} min" if rest and hours < 10 else "")
    return f"about {round(hours / 24)} days"


def share(progress: Progress | None) -> int | None:
    """Percent of the stage that is done, or None while its size is unknown."""
    if progress is None or not progress.total:
        return None
    return min(100, round(100 * progress.done / progress.total))


def request(standing: Standing, *, for_host: bool = False) -> dict[str, Any]:
    """One request for the templates; workers and log lines for the host alone."""
    shown = view(standing, for_host=for_host).model_dump()
    progress = standing.progress
    return {
        **shown,
        "said": STATES[standing.ticket.state],
        "why": WHY.get(standing.ticket.reason or "", "") if standing.ticket.state in ("failed", "queued", "cancelled") else "",
        "stage": STAGES[progress.stage] if progress else "",
        "share": share(progress),
        "done_of": f"{progress.done:,} of {progress.total:,}" if progress and progress.total else "",
        "time": duration(standing.run_seconds),
        "wait": duration(standing.wait_seconds),
        "failures": [{**one, "why": WHY[one["reason"]]} for one in shown["failures"]],
        "judge_revision": standing.ticket.asked.judge_revision,
        "active": standing.ticket.state in ("pending", "queued", "running"),
    }


def running(found: Iterable[Standing]) -> str:
    """What runs now."""
    return render("running.html", requests=[request(one) for one in found], request_address=_address)


def others(found: Sequence[Standing], counts: Mapping[State, int], address: Address, more: bool) -> str:
    """What waits, in its order, then what ended, newest first."""
    return render(
        "queue.html",
        address=address,
        waiting=[request(one) for one in found if one.ticket.state in ("queued", "pending")],
        ended=[request(one) for one in found if one.ticket.state in ("done", "failed", "cancelled")],
        counts=[(STATES[state], counts[state]) for state in STATES if counts[state]],
        request_address=_address,
        run_address=_run,
        more=more,
    )


def one(
    standing: Standing | None,
    address: Address,
    *,
    for_host: bool,
    said: str | None = None,
    runs: Sequence[Mapping[str, Any]] = (),
) -> str:
    """One request with all that the caller may see of it, `runs` of its spec among that; "" where the address names none."""
    if not address.request:
        return ""
    found = request(standing, for_host=for_host) if standing else None
    return render(
        "request.html", request=found, asked=address.request, said=said, for_host=for_host, runs=runs,
        run_address=_run, queue=address.to(request="", page=1),
    )  # fmt: skip


def outlook(standing: Standing, documents: Mapping[str, int], settings: Settings) -> dict[str, Any]:
    """Cost and time of a submission as far as they are known: documents, tasks of unknown size, hours of one worker, wait."""
    tasks = list(standing.ticket.asked.tasks)
    return {
        "documents": sum(documents.get(task, 0) for task in tasks),
        "unknown": [labels.task(task) for task in tasks if task not in documents],
        "time": duration(standing.run_seconds),
        "hours": None if standing.run_seconds is None else standing.run_seconds / 3600,
        "wait": duration(standing.wait_seconds),
        "ahead": standing.ahead,
        "by_hand": settings.admission == "hand",
        "state": standing.ticket.state,
    }


def _address(spec_id: str) -> Address:
    return Address(tab="queue", request=spec_id)


def _run(request: Mapping[str, Any]) -> Address:
    return Address(tab="model", suite=request["source"], run=request["run_id"])
