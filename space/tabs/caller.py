"""The caller of an event."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.leaderboard.submissions.callers import address
from counsel_leaderboard.space.services.submission_service import Caller, SubmissionService


def caller(service: SubmissionService, request: gr.Request, profile: gr.OAuthProfile | None) -> Caller:
    """The network address of the caller as the server sees it, and the Hub name if the caller has signed in."""
    person = profile.username if profile is not None and service.signs_in else None
    http_request = request.request
    if not http_request:
        return Caller(None, person)
    connection = http_request.client.host if http_request.client else None
    return Caller(address(connection, http_request.headers.get("x-forwarded-for", ""), service.settings.proxies), person)
