"""The Queue tab: a live list of the requests that run, wait or have ended, and one request with its cancel button."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import gradio as gr

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.leaderboard.submissions.queue import QueueStatus, State, UnknownRequestError
from counsel_leaderboard.leaderboard.submissions.queue.queued_request import ACTIVE
from counsel_leaderboard.space.address import Address, parse
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet
from counsel_leaderboard.space.tabs.caller import caller
from counsel_leaderboard.space.views import queue as view

REFRESH_SECONDS: Final = 2
ANY: Final = "any"


class QueueTab:
    """The components of the tab, and what they show."""

    def __init__(self, service: SubmissionService) -> None:
        self.service = service
        self.request = gr.HTML(apply_default_css=False, elem_id="queue-request")
        with gr.Row(elem_classes="controls", visible=False) as self.decide:
            self.key = gr.Textbox(
                label="Key", info="The cancel key, or the host's token.", type="password", max_lines=1, scale=2
            )
            self.button = gr.Button("Cancel this request", variant="stop", scale=1, min_width=180)
        # Not among the parts that a tick brings up to date: a reason stays until the next try or the next page.
        self.refusal = gr.HTML(apply_default_css=False, elem_id="queue-refusal")
        with gr.Row(elem_classes="controls") as self.filters:
            states: list[str | tuple[str, str]] = [ANY, *((label, state) for state, label in view.STATES.items())]
            self.state = gr.Dropdown(states, value=ANY, label="State", min_width=160)
            self.by = gr.Textbox(label="Submitted by", max_lines=1, scale=2)
        self.running = gr.HTML(apply_default_css=False, elem_id="queue-running")
        self.others = gr.HTML(apply_default_css=False, elem_id="queue-rest")
        self.timer = gr.Timer(REFRESH_SECONDS, active=False)
        # Digests of what the page shows now: a tick sends only the parts that changed, and closes nothing that was opened.
        self.shown = gr.State({})
        self.at = gr.State("?")

    def show(self, address: Address, _problems: tuple[str, ...] = (), *, key: str = "", message: str | None = None) -> Updates:
        """Every part of the page for an address."""
        pages = self._pages(address, key)
        digests = {str(part.elem_id): _digest(text) for part, text in pages.items()}
        standing = self._standing(address.request)
        active = standing is not None and (standing.request.state in ACTIVE or bool(standing.request.failures))
        seen = {self.decide: gr.update(visible=active), self.filters: gr.update(visible=not address.request)}
        refusal = view.refusal(message) if message else ""
        return {**pages, **seen, self.refusal: refusal, self.shown: digests, self.at: address.query()}

    def tick(self, at: str, key: str, shown: dict[str, str]) -> Any:
        """The parts that have changed since `shown`, if any."""
        pages = self._pages(parse(at)[0], key)
        digests = {str(part.elem_id): _digest(text) for part, text in pages.items()}
        changed: Updates = {part: text for part, text in pages.items() if shown.get(str(part.elem_id)) != _digest(text)}
        return {**changed, self.shown: digests} if changed else gr.skip()

    def cancel(self, request: gr.Request, profile: gr.OAuthProfile | None, at: str, key: str) -> Updates:
        """Cancel the request on the page, if the key or the caller's name allows it."""
        address, _ = parse(at)
        message = self.service.cancel(address.request, key.strip(), caller(self.service, request, profile))
        return self.show(address, key=key, message=message)

    def _pages(self, address: Address, key: str) -> dict[gr.HTML, str]:
        self.service.queue.expire()
        for_host = self.service.is_host(key.strip())
        standing = self._standing(address.request)
        runs = transcripts.history(self.service.queue.store, spec_id=address.request) if standing else []
        request = view.single_request(standing, address, for_host=for_host, runs=runs)
        if address.request:
            return {self.request: request, self.running: "", self.others: ""}
        running, rest, more = self._listing(address)
        others = view.others(rest, self._counts(), address, more)
        return {self.request: request, self.running: view.running(running), self.others: others}

    def _counts(self) -> dict[State, int]:
        return self.service.queue.counts()

    def _standing(self, spec_id: str) -> QueueStatus | None:
        try:
            return self.service.queue.status(spec_id) if spec_id else None
        except UnknownRequestError:
            return None

    def _listing(self, address: Address) -> tuple[list[QueueStatus], list[QueueStatus], bool]:
        state: Any = address.state or None
        standings = self.service.queue.listing(
            state=state, submitter=address.by or None, limit=view.PAGE + 1, offset=(address.page - 1) * view.PAGE
        )
        page, more = standings[: view.PAGE], len(standings) > view.PAGE
        running = [standing for standing in page if standing.request.state == "running"]
        return running, [standing for standing in page if standing not in running], more


def build(service: SubmissionService) -> Tab:
    """Create the tab's components and events inside the current Blocks context."""
    queue = QueueTab(service)
    parts = (
        queue.request,
        queue.decide,
        queue.refusal,
        queue.filters,
        queue.running,
        queue.others,
        queue.shown,
        queue.at,
        queue.timer,
    )
    outputs = [queue.request, queue.decide, queue.filters, queue.running, queue.others, queue.shown, queue.at]
    queue.timer.tick(queue.tick, [queue.at, queue.key, queue.shown], outputs, **quiet(queue.at))
    queue.key.change(queue.tick, [queue.at, queue.key, queue.shown], outputs, **quiet(queue.at))
    decided = [*outputs, queue.refusal]
    queue.button.click(queue.cancel, [queue.at, queue.key], decided, **{**quiet(queue.at), "trigger_mode": "once"})

    def set_controls(address: Address) -> Updates:
        return {queue.state: address.state or ANY, queue.by: address.by, queue.timer: gr.Timer(active=True), queue.key: ""}

    return Tab(
        "queue", {"state": queue.state, "by": queue.by}, (*parts, queue.key), read_controls, queue.show, set_controls,
        leave=lambda: {queue.timer: gr.Timer(active=False)},
    )  # fmt: skip


def read_controls(address: Address, values: dict[str, Any]) -> Address:
    """The address with the filters' values. A changed filter leads to the list; an event without a change keeps the request."""
    state = "" if values["state"] in (ANY, None) else values["state"]
    chosen = {"state": state, "by": (values["by"] or "").strip()}
    same = chosen == {"state": address.state, "by": address.by}
    return address if same else address.to(**chosen, request="", page=1)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
