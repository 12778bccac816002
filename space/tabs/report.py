"""The part of the Submit tab that takes an author's own lm-eval folder."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.report_service import FORM_BYTES, ReportForm, ReportService
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs.base import quiet
from counsel_leaderboard.space.tabs.caller import caller
from counsel_leaderboard.space.views import submit as view


def build(service: SubmissionService) -> gr.HTML:
    """Create the fields and their event inside the current Blocks context. Returns the component that shows the result."""
    reports = ReportService(service)
    most = min(FORM_BYTES, service.settings.report_bytes)
    gr.HTML(render("report.html", megabytes=most // 1024**2), apply_default_css=False)
    with gr.Row():
        model = gr.Textbox(label="Model that you ran", placeholder="owner/name", max_lines=1, elem_id="report-model")
        revision = gr.Textbox("main", label="Revision of the model", info="A branch, a tag or a commit.", max_lines=1)
    submitter = gr.Textbox(label="Your user name", max_lines=1, visible=not service.signs_in, elem_id="report-name")
    archive = gr.File(label="Archive (.tar.gz, .tar or .zip)", type="filepath", elem_id="report-archive", height=150)
    button = gr.Button("Send in", variant="primary")
    result = gr.HTML(apply_default_css=False, elem_id="report-result")

    def send(
        request: gr.Request, profile: gr.OAuthProfile | None, archive: str | None, model: str, revision: str, submitter: str
    ) -> tuple[str, None]:
        texts = [str(text or "").strip() for text in (model, revision, submitter)]
        outcome = reports.send(ReportForm(Path(archive) if archive else None, *texts), caller(service, request, profile))
        return (view.refused(outcome) if isinstance(outcome, list) else view.reported(*outcome)), None

    options = {**quiet(result), "trigger_mode": "once", "show_progress": "minimal"}
    button.click(send, [archive, model, revision, submitter], [result, archive], **options)
    return result
