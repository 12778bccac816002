"""Who sent an event."""

from __future__ import annotations

import gradio as gr

from leaderboard.api.auth import address as address_of
from space.desk import Caller, Desk


def caller(desk: Desk, request: gr.Request, profile: gr.OAuthProfile | None) -> Caller:
    """The address as the server sees it, and the Hub name of one who has signed in."""
    person = profile.username if profile is not None and desk.signs_in else None
    sent = request.request
    return Caller(address_of(sent, desk.settings.proxies) if sent else None, person)
