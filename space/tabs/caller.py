"""Who sent an event."""

from __future__ import annotations

import gradio as gr

from counsel_leaderboard.leaderboard.submissions.callers import address
from counsel_leaderboard.space.services.submission_service import Caller, Desk


def caller(desk: Desk, request: gr.Request, profile: gr.OAuthProfile | None) -> Caller:
    """The address as the server sees it, and the Hub name of one who has signed in."""
    person = profile.username if profile is not None and desk.signs_in else None
    sent = request.request
    if not sent:
        return Caller(None, person)
    connection = sent.client.host if sent.client else None
    return Caller(address(connection, sent.headers.get("x-forwarded-for", ""), desk.settings.proxies), person)
