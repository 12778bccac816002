"""The Host tab: with the host's token, what waits, who works, what failed, and the decisions about it."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from counsel_leaderboard.space.services.host_service import Action, HostService
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet
from counsel_leaderboard.space.views import host as view

REFRESH_SECONDS: Final = 5
# Gradio leaves a choice as it is where the new one is None.
NOTHING: Final = ("nothing yet", "")
BUTTONS: Final[tuple[tuple[Action, str], ...]] = (("admit", "Admit"), ("refuse", "Refuse"), ("requeue", "Queue again"))


def build(service: SubmissionService) -> Tab:
    """Create the tab's components and events inside the current Blocks context."""
    hosts = HostService(service)
    key = gr.Textbox(label="Host token", type="password", max_lines=1, elem_id="host-token")
    with gr.Row(elem_classes="controls", visible=False) as decide:
        thing = gr.Radio([NOTHING], value=NOTHING[1], label="What to decide", elem_id="host-choice")
        buttons = {action: gr.Button(label, scale=0, min_width=140) for action, label in BUTTONS}
    page = gr.HTML(view.closed(""), apply_default_css=False, elem_id="host-page")
    timer, at = gr.Timer(REFRESH_SECONDS, active=False), gr.State("")
    outputs = [decide, thing, page, at]

    def show(typed: str, chosen: str | None, message: str = "") -> list[Any]:
        if not service.is_host(typed.strip()):
            return [gr.update(visible=False), gr.update(choices=[NOTHING], value=NOTHING[1]), view.closed(typed.strip()), ""]
        overview = hosts.overview()
        choices = view.decisions(overview)
        value = chosen if chosen in [name for _, name in choices] else NOTHING[1]
        offered = gr.update(choices=[NOTHING, *choices], value=value)
        # Not hidden where nothing waits: in a hidden part, Gradio does not change the choice.
        return [gr.update(visible=True), offered, view.html(overview, message), message]

    def tick(typed: str, chosen: str | None, message: str) -> Any:
        return show(typed, chosen, message) if service.is_host(typed.strip()) else gr.skip()

    def decision(action: Action) -> Any:
        def act(typed: str, chosen: str | None) -> list[Any]:
            if not service.is_host(typed.strip()):
                return show(typed, chosen)
            return show(typed, None, hosts.decide(chosen, action) if chosen else "Choose first what to decide about.")

        return act

    key.change(lambda typed, chosen: show(typed, chosen), [key, thing], outputs, **quiet(at))
    timer.tick(tick, [key, thing, at], outputs, **quiet(at))
    for action, button in buttons.items():
        button.click(decision(action), [key, thing], outputs, **{**quiet(at), "trigger_mode": "once"})

    def active(on: bool) -> Updates:
        return {timer: gr.Timer(active=on)}

    return Tab(
        "host", {}, (page, timer), lambda address, _values: address, lambda _address, _problems: {},
        lambda _address: active(True), leave=lambda: active(False),
    )  # fmt: skip
