"""The Host tab as HTML: what waits, running and failed requests with their logs, workers, disk and judge."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from counsel_leaderboard.leaderboard.submissions.queue import QueueStatus
from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.host_service import REPORT, HostOverview
from counsel_leaderboard.space.views import queue

LOW_BYTES: Final = 1 << 30
# What the host does about each reason; the reasons as a submitter reads them are in `queue.WHY`.
TO_DO: Final = {
    "engine_start": "Read why below; another engine or worker may start it.",
    "engine_died": "Read its last lines below, then queue it again.",
    "out_of_memory": "Start a worker with more memory, or ask for a smaller dtype.",
    "harness_failed": "Read lm-eval's last lines below.",
    "judge_unreachable": "Check the judge, then queue it again: the answers are on the worker.",
    "data_unavailable": "Run counsel data pull on the worker, then queue it again.",
    "model_unknown": "Final: the model cannot be loaded. The message says why.",
    "upload_rejected": "Final: the run broke a rule of the store. The message says which.",
    "lease_lost": "The worker was silent for longer than its lease; check it, then queue it again.",
}


def html(overview: HostOverview, message: str = "") -> str:
    """The page of a host who showed the token; `message`: what the last decision did."""
    return render(
        "host.html",
        message=message,
        overview=overview,
        pending=[queue.request(status, for_host=True) for status in overview.pending],
        running=[queue.request(status, for_host=True) for status in overview.running],
        failed=[queue.request(status, for_host=True) for status in overview.failed],
        counts=[(queue.STATES[state], overview.counts[state]) for state in queue.STATES if overview.counts[state]],
        works_on={status.request.worker: status.request for status in overview.running},
        request_address=queue.request_address,
        ago=lambda moment: ago(overview.at, moment),
        gib=lambda size: f"{size / (1 << 30):.1f} GiB",
        is_low=overview.free_bytes < LOW_BYTES,
        judge_tab=Address(tab="judge"),
        to_do=TO_DO,
    )


def closed(typed: str) -> str:
    """The page without the token: what it is for, and that what was typed is not the token."""
    return render("host_closed.html", wrong=bool(typed))


def decisions(overview: HostOverview) -> list[tuple[str, str]]:
    """What can be decided: a label that says what it is, and its name for `HostService.decide`."""
    return [
        *((_label(status, "waits for you"), status.request.spec_id) for status in overview.pending),
        *((_report(report), f"{REPORT}{report.run_id}") for report in overview.reports),
        *((_label(status, "failed"), status.request.spec_id) for status in overview.failed if status.request.state == "failed"),
    ]


def _label(status: QueueStatus, state: str) -> str:
    request = status.request
    return f"{request.spec.model}, by {request.details.submitter} ({state}, {request.spec_id})"


def _report(report: Received) -> str:
    return f"{report.model}, own run of {report.submitter} (waits for you, {report.run_id})"


def ago(now: datetime, moment: datetime) -> str:
    """How long ago, in words."""
    seconds = (now - moment).total_seconds()
    return "just now" if seconds < 60 else f"{queue.duration(seconds).removeprefix('about ')} ago"
