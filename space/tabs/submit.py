"""The Submit tab: the form, a preview while it is filled in, and the result of submitting it."""

from __future__ import annotations

from typing import Any, Final, get_args

import gradio as gr

from counsel_leaderboard.leaderboard.specs.evaluation_spec import Dtype
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.submission_service import SubmissionService
from counsel_leaderboard.space.tabs import report
from counsel_leaderboard.space.tabs.base import Tab, Updates, quiet
from counsel_leaderboard.space.tabs.caller import caller
from counsel_leaderboard.space.tabs.field_problems import FieldProblems
from counsel_leaderboard.space.views import submit as view
from counsel_leaderboard.space.views.form import SubmissionForm

SUITES: Final = [("open items", "open"), ("upstream items", "upstream")]
CHATS: Final = [("as it was trained to chat", "template"), ("plain text", "plain")]
CHAT_NOTE: Final = "A chat model's files hold a template that marks who speaks. A model without one gets plain text."
INTEREST: Final = "Do you, or does your employer, have an interest in this model or in one that competes with it?"


def build(service: SubmissionService) -> Tab:
    """Create the tab's components and events inside the current Blocks context."""
    offered = [(labels.task(info.name), info.name) for info in service.tasks()]
    left_out = len(offered) < len(service.settings.offered_tasks())
    gr.HTML(view.intro(service.settings, signs_in=service.signs_in, judged_left_out=left_out), apply_default_css=False)
    if service.signs_in:
        # The default icon is a file of Gradio's package, which would have to be served by its path on this machine.
        gr.LoginButton(size="sm", scale=0, min_width=240, icon=None)
    with gr.Row(elem_classes="controls form", elem_id="submit-form"):
        with gr.Column(scale=3, min_width=320):
            fields = _fields(offered, ask_name=not service.signs_in)
            button = gr.Button("Submit", variant="primary")
        with gr.Column(scale=2, min_width=300):
            check = gr.HTML(view.check(None, [], {}, service.settings), apply_default_css=False, elem_id="submit-check")
    result = gr.HTML(apply_default_css=False, elem_id="submit-result")
    _listen(service, fields, button, check, result)
    with gr.Accordion("Send in results of a run of your own", open=False, elem_id="report-form"):
        reported = report.build(service)

    def set_controls(address: Address) -> Updates:
        return {**({fields[0]: address.model} if address.model else {}), result: "", reported: ""}

    return Tab(
        "submit",
        {},
        (fields[0], result, reported),
        lambda address, _values: address,
        lambda _address, _problems: {},
        set_controls,
    )


def _fields(offered: list[tuple[str, str]], *, ask_name: bool) -> list[Any]:
    """The components of the form, in the order of SubmissionForm's fields."""
    model = gr.Textbox(
        label="Model on the Hugging Face Hub", info="owner/name, or the address of its page there.", max_lines=1,
        elem_id="submit-model",
    )  # fmt: skip
    tasks = gr.CheckboxGroup(offered, value=[name for _, name in offered], label="Tasks")
    with gr.Row():
        source = gr.Radio(SUITES, value="open", label="Suite", min_width=240)
        chat = gr.Radio(CHATS, value="template", label="Conversation", info=CHAT_NOTE, min_width=300)
    with gr.Row():
        revision = gr.Textbox("main", label="Revision", info="A branch, a tag or a commit.", max_lines=1)
        dtype = gr.Dropdown(list(get_args(Dtype)), value="auto", label="Number format", info="As the weights are stored: auto.")
    submitter = gr.Textbox(label="Your user name on the Hub", max_lines=1, visible=ask_name)
    interest = gr.Radio([("no", "no"), ("yes", "yes")], value=None, label=INTEREST)
    interest_text = gr.Textbox(label="Which interest?", info="One sentence; it is public.", max_lines=1, visible=False)
    interest.input(lambda answer: gr.update(visible=answer == "yes"), interest, interest_text, **quiet(interest_text))
    return [model, revision, dtype, chat, source, tasks, submitter, interest, interest_text]


# The names that problems have for the fields of the form, in its order.
PROBLEMS_OF: Final = ("model", "revision", "dtype", "chat", "source", "tasks", "submitter", "interest", "conflict")


def _listen(service: SubmissionService, fields: list[Any], button: gr.Button, check: gr.HTML, result: gr.HTML) -> None:
    at_fields = FieldProblems(dict(zip(PROBLEMS_OF, fields, strict=True)))

    def preview(request: gr.Request, *values: Any) -> str:
        form = SubmissionForm.of(values)
        prospect, problems = service.preview(form, caller(service, request, None))
        documents = service.documents(prospect.status.request.spec.source) if prospect else {}
        return view.check(prospect, problems, documents, service.settings)

    def submit(request: gr.Request, profile: gr.OAuthProfile | None, *values: Any) -> list[Any]:
        outcome = service.submit(SubmissionForm.of(values), caller(service, request, profile))
        if isinstance(outcome, list):
            return [view.refused(outcome), *at_fields.updates(outcome)]
        return [view.accepted(outcome, service.settings), *at_fields.updates([])]

    model, revision, dtype, chat, source, tasks, *_ = fields
    watched = [model.change, revision.change, dtype.input, chat.input, source.input, tasks.input]
    gr.on(watched, preview, fields, check, **quiet(check))
    # "once": a second click while the first is being handled does not submit again.
    options = {**quiet(result), "trigger_mode": "once", "show_progress": "minimal"}
    button.click(submit, fields, [result, *at_fields.outputs], **options).then(
        None, None, None, js=at_fields.lead("submit-form")
    )
