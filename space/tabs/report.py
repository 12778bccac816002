"""The part of the Submit tab that takes an author's own lm-eval folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.report_service import FORM_BYTES, ReportForm, ReportService
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs.base import quiet
from counsel_leaderboard.space.tabs.caller import caller
from counsel_leaderboard.space.tabs.field_problems import FieldProblems
from counsel_leaderboard.space.views import submit as view


def build(service: SubmissionService) -> gr.HTML:
    """Create the fields and their event inside the current Blocks context. Returns the component that shows the result."""
    reports = ReportService(service)
    most = min(FORM_BYTES, service.settings.report_bytes)
    gr.HTML(render("report.html", megabytes=most // 1024**2), apply_default_css=False)
    with gr.Row():
        model = gr.Textbox(
            label="Model that you ran",
            info="owner/name, or the address of its page on the Hub.",
            max_lines=1,
            elem_id="report-model",
        )
        revision = gr.Textbox("main", label="Revision of the model", info="A branch, a tag or a commit.", max_lines=1)
    submitter = gr.Textbox(label="Your user name", max_lines=1, visible=not service.signs_in, elem_id="report-name")
    other_name = gr.Textbox(
        label="If results.json names another model: why?",
        info="For example: a copy in a folder of your own. One sentence; it is public.",
        max_lines=1,
        elem_id="report-other-name",
    )
    archive = gr.File(label="Archive (.tar.gz, .tar or .zip)", type="filepath", elem_id="report-archive", height=150)
    button = gr.Button("Send in", variant="primary")
    result = gr.HTML(apply_default_css=False, elem_id="report-result")

    at_fields = FieldProblems({"model": model, "revision": revision, "submitter": submitter, "other_name": other_name})

    def send(request: gr.Request, profile: gr.OAuthProfile | None, archive: str | None, *values: str) -> list[Any]:
        texts = [str(text or "").strip() for text in values]
        outcome = reports.send(ReportForm(Path(archive) if archive else None, *texts), caller(service, request, profile))
        if isinstance(outcome, list):
            return [view.refused(outcome), None, *at_fields.updates(outcome)]
        return [view.reported(*outcome), None, *at_fields.updates([])]

    options = {**quiet(result), "trigger_mode": "once", "show_progress": "minimal"}
    inputs = [archive, model, revision, submitter, other_name]
    button.click(send, inputs, [result, archive, *at_fields.outputs], **options).then(
        None, None, None, js=at_fields.lead("report-form")
    )
    return result
