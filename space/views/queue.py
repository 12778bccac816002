"""The queue as HTML: the requests that run, wait or have ended, and why they ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from counsel_leaderboard.leaderboard.submissions.queue import QueueStatus, RequestProgress, State
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
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
    "sessions": "session turns",
    "judging": "judging",
    "uploading": "storing the run",
}
# The reason codes of the queue, explained to the person who submitted.
WHY: Final = {
    "engine_start": "The engine did not start with this model. If it starts on your machine, ask the host for the log.",
    "engine_died": "The engine stopped while it answered. The host can read the log and queue it again.",
    "out_of_memory": "The model did not fit the worker's memory. Submit it with a smaller dtype, or ask for a larger worker.",
    "harness_failed": "lm-eval stopped with an error. The host can read the log and queue it again.",
    "judge_unreachable": "The judge did not answer. The answers are stored, and the host can queue it again.",
    "data_unavailable": "The worker does not have a dataset. The host can fetch it and queue the request again.",
    "model_unknown": "The worker cannot find or run this model. Check its name and files, then submit it again.",
    "upload_rejected": "The finished run did not pass the checks of the store. The host can read the message.",
    "lease_lost": "The worker stopped reporting three times. The host can queue it again.",
    "cancelled": "It was cancelled.",
    "withdrawn": "It was cancelled by whoever submitted it. Anybody may submit it again.",
}


def duration(seconds: float | None) -> str:
    """A duration in words: "under a minute", "about 12 min", "about 2 h 10 min", "about 3 days"; "" for None."""
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


def share(progress: RequestProgress | None) -> int | None:
    """The finished percentage of the stage, or None while its size is unknown."""
    if progress is None or not progress.total:
        return None
    return min(100, round(100 * progress.done / progress.total))


def request(standing: QueueStatus, *, for_host: bool = False) -> dict[str, Any]:
    """One request for the templates; only the host sees workers and log lines."""
    shown = view(standing, for_host=for_host).model_dump()
    progress = standing.progress
    return {
        **shown,
        "state_label": STATES[standing.request.state],
        "why": WHY.get(standing.request.reason or "", "")
        if standing.request.state in ("failed", "queued", "cancelled")
        else "",
        "stage": STAGES[progress.stage] if progress else "",
        "share": share(progress),
        "done_of": f"{progress.done:,} of {progress.total:,}" if progress and progress.total else "",
        "time": duration(standing.run_seconds),
        "wait": duration(standing.wait_seconds),
        "failures": [{**failure, "why": WHY[failure["reason"]]} for failure in shown["failures"]],
        "judge_revision": standing.request.spec.judge_revision,
        "active": standing.request.state in ("pending", "queued", "running"),
    }


def running(standings: Iterable[QueueStatus]) -> str:
    """The requests that run now."""
    return render("running.html", requests=[request(standing) for standing in standings], request_address=request_address)


def others(standings: Sequence[QueueStatus], counts: Mapping[State, int], address: Address, more: bool) -> str:
    """The waiting requests in the order of the queue, then the ended ones, newest first."""
    waiting = [standing for standing in standings if standing.request.state in ("queued", "pending")]
    ended = [standing for standing in standings if standing.request.state in ("done", "failed", "cancelled")]
    return render(
        "queue.html",
        address=address,
        waiting=[request(standing) for standing in waiting],
        ended=[request(standing) for standing in ended],
        counts=[(STATES[state], counts[state]) for state in STATES if counts[state]],
        request_address=request_address,
        run_address=run_address,
        more=more,
    )


def single_request(
    standing: QueueStatus | None,
    address: Address,
    *,
    for_host: bool,
    runs: Sequence[Mapping[str, Any]] = (),
) -> str:
    """One request with everything that the caller may see, including the `runs` of its spec; "" if the address names none."""
    if not address.request:
        return ""
    shown = request(standing, for_host=for_host) if standing else None
    return render(
        "request.html", request=shown, spec_id=address.request, for_host=for_host, runs=runs,
        run_address=run_address, queue=address.to(request="", page=1),
    )  # fmt: skip


def refusal(message: str) -> str:
    """Why a request was not cancelled."""
    return render("refusal.html", message=message)


def outlook(standing: QueueStatus, documents: Mapping[str, int], settings: ServerSettings) -> dict[str, Any]:
    """The known cost and time of a submission: documents, tasks of unknown size, hours of one worker, and waiting time."""
    tasks = list(standing.request.spec.tasks)
    return {
        "documents": sum(documents.get(task, 0) for task in tasks),
        "unknown": [labels.task(task) for task in tasks if task not in documents],
        "time": duration(standing.run_seconds),
        "hours": None if standing.run_seconds is None else standing.run_seconds / 3600,
        "wait": duration(standing.wait_seconds),
        "ahead": standing.ahead,
        "by_hand": settings.admission == "hand",
        "state": standing.request.state,
    }


def request_address(spec_id: str) -> Address:
    """The page of a request."""
    return Address(tab="queue", request=spec_id)


def run_address(request: Mapping[str, Any]) -> Address:
    """The page of the run of a request."""
    return Address(tab="model", suite=request["source"], run=request["run_id"])
