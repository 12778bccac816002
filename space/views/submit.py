"""The texts of the Submit tab: the preview of the model, the problems with the form, and the result of submitting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counsel_leaderboard.leaderboard.submissions.report_ledger import Received
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.leaderboard.submissions.validate import SubmissionPreview, Submitted
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.views import queue
from counsel_leaderboard.space.views.form import Problem


def check(
    prospect: SubmissionPreview | None, problems: Sequence[Problem], documents: Mapping[str, int], settings: ServerSettings
) -> str:
    """The panel beside the form while it is filled in."""
    model = prospect.model if prospect else None
    outlook = queue.outlook(prospect.status, documents, settings) if prospect else None
    request = prospect.status.request if prospect else None
    known = queue.request_address(request.spec_id) if request and request.state != "queued" else None
    return render("check.html", model=model, outlook=outlook, problems=problems, known=known)


def refused(problems: Sequence[Problem]) -> str:
    """The reasons why the form was refused."""
    return render("refused.html", problems=problems)


def accepted(submitted: Submitted, settings: ServerSettings) -> str:
    """The accepted request, a link to follow it, and the key that cancels it."""
    request = submitted.request
    return render(
        "accepted.html", spec_id=request.spec_id, model=request.spec.model, revision=request.spec.revision, new=submitted.new,
        key=submitted.cancel_key, by_hand=settings.admission == "hand", follow=queue.request_address(request.spec_id),
    )  # fmt: skip


def reported(report: Received, new: bool) -> str:
    """The accepted self-reported run, with a link to its page."""
    return render("reported.html", report=report, new=new, page=Address(tab="model", run=report.run_id))


def intro(settings: ServerSettings, *, signs_in: bool, judged_left_out: bool) -> str:
    """The text above the form, which explains what happens to a submission."""
    return render(
        "submit.html", settings=settings, signs_in=signs_in, judged_left_out=judged_left_out, about=Address(tab="about"),
        queue=Address(tab="queue"),
    )  # fmt: skip
