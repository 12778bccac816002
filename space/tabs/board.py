"""The Board tab: suite, search, filters, the table and its pictures."""

from __future__ import annotations

from typing import Any, Final

import gradio as gr

from counsel_leaderboard.registry.manifests import areas as installed_areas
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.services.board_reader import BoardReader, SuiteSnapshot
from counsel_leaderboard.space.tabs.base import Tab, Updates
from counsel_leaderboard.space.views import answer, board, board_filters, hardware, heads, languages, pictures, session_board
from counsel_leaderboard.space.views import board_frame as view

ANY: Final = "any"
BY_RULE: Final = "the first judge here whose scores may be ranked"


def build(reader: BoardReader) -> Tab:
    """Create the tab's components inside the current Blocks context."""
    note = gr.HTML(apply_default_css=False, elem_id="board-need")
    with gr.Row(elem_classes="controls", elem_id="board-toolbar"):
        suite = gr.Radio(
            [("Open suite", "open"), ("Upstream suite", "upstream")], value="open", label="Suite", min_width=250, scale=0
        )
        search = gr.Textbox(
            label="Search", placeholder="Search: model, family, licence, engine, judge", max_lines=1, scale=2, min_width=120
        )
        controls = gr.Checkbox(label="Show scripted controls", value=False, min_width=120, scale=0)
        with gr.Accordion("Filters and columns", open=False, elem_id="board-filters"):
            with gr.Row(elem_classes="controls"):
                filters = {name: gr.Dropdown([ANY], value=ANY, label=label, min_width=140) for name, label in LABELS.items()}
                weights = gr.Dropdown(
                    [ANY, *((label, name) for name, label in view.WEIGHTS.items())], value=ANY, label="Weights", min_width=140
                )
                language = gr.Dropdown(
                    [ANY],
                    value=ANY,
                    label="Language of the questions",
                    allow_custom_value=True,
                    min_width=140,
                    visible=False,
                )
            with gr.Row(elem_classes="controls"):
                qualified = gr.Checkbox(
                    label="Qualified judge",
                    info="only models rated by a judge that passed its exam",
                    value=False,
                    min_width=140,
                )
                samples = gr.Checkbox(
                    label="Samples", info="show models that were tried on part of the questions", value=True, min_width=140
                )
                reported = gr.Checkbox(
                    label="Self-reported", info="show results that authors sent in themselves", value=True, min_width=140
                )
            columns_of = gr.Dropdown(
                [(BY_RULE, ANY)],
                value=ANY,
                label="Judge whose columns are ranked",
                info="Scores by other judges are shown and not ranked.",
                allow_custom_value=True,
                visible=False,
            )
            areas = gr.CheckboxGroup(_areas(), value=[area for _, area in _areas()], label="Groups of columns")
    table = gr.HTML(apply_default_css=False, elem_id="board-table")
    drawn = gr.HTML(apply_default_css=False, elem_id="board-pictures")
    fields = {
        "suite": suite,
        "q": search,
        "controls": controls,
        **filters,
        "weights": weights,
        "language": language,
        "qualified": qualified,
    }
    fields |= {"samples": samples, "reported": reported, "areas": areas, "columns_of": columns_of}
    return Tab(
        "board",
        dict(fields),
        (note, table, drawn),
        lambda address, values: _read(reader.suite(values["suite"]), address, values),
        lambda address, problems: _show(
            reader, reader.suite(address.suite, address.columns_of), address, problems, (note, table, drawn)
        ),
        lambda address: _set(reader.suite(address.suite), address, fields),
    )


LABELS: Final = {"runs_on": "Runs on", "size": "Size", "licence": "Licence", "engine": "Engine", "judge": "Judge"}


def _areas() -> list[tuple[str, str]]:
    """The areas as choices of a Gradio component: label and name."""
    return [(label, area) for area, label in installed_areas().items()]


def _read(suite: SuiteSnapshot, address: Address, values: dict[str, Any]) -> Address:
    chosen = {name: "" if value == ANY else value for name, value in values.items()}
    shown = [area for _, area in _areas() if area in values["areas"]]
    chosen["areas"] = "" if len(shown) in (0, len(_areas())) else ",".join(shown)
    usual = view.with_controls(suite.display, Address(controls="auto"))
    chosen["controls"] = "auto" if values["controls"] == usual else "yes" if values["controls"] else "no"
    return address.to(**chosen, page=1)


def _show(
    reader: BoardReader, suite: SuiteSnapshot, address: Address, problems: tuple[str, ...], parts: tuple[gr.HTML, ...]
) -> Updates:
    note, table, drawn = parts
    if address.columns_of and address.columns_of not in [judge.key for judge in suite.judges]:
        problems = (
            *problems,
            f"No judge named {address.columns_of!r} scored here: the columns of the default judge are ranked.",
        )
    return {
        note: answer.html(reader, suite, address)
        + render(
            "suite.html",
            source=address.suite,
            title=heads.board_title(address.suite),
            languages=labels.suite_languages(address.suite),
            note=labels.suite_note(address.suite),
            judges=suite.judges,
            judge=suite.board.judge,
        ),
        table: board.html(suite.display, suite.columns, address, problems, suite.to_beat, suite.overall_words)
        + session_board.html(suite, address),
        drawn: pictures.html(suite.display, view.shown(suite.columns, address), address),
    }


def _judges(suite: SuiteSnapshot, address: Address) -> Any:
    """The choice of the judge whose columns are ranked, visible if several judges scored."""
    offered = [(BY_RULE, ANY), *((str(judge), judge.key) for judge in suite.judges)]
    return gr.update(choices=offered, value=address.columns_of or ANY, visible=len(suite.judges) > 1)


def _set(suite: SuiteSnapshot, address: Address, fields: dict[str, Any]) -> Updates:
    offered = board_filters.choices(suite.display)
    updates: Updates = {fields["suite"]: address.suite, fields["q"]: address.q}
    updates[fields["controls"]] = view.with_controls(suite.display, address)
    updates |= {fields[name]: getattr(address, name) for name in ("qualified", "samples", "reported")}
    updates |= {fields["weights"]: address.weights or ANY}
    spoken = languages.offered(column.dataset for column in suite.columns)
    updates[fields["language"]] = gr.update(
        choices=[(ANY, ANY), *((words, code) for code, words in spoken)], value=address.language or ANY, visible=bool(spoken)
    )
    updates |= {fields["areas"]: address.areas.split(",") if address.areas else [area for _, area in _areas()]}
    updates[fields["columns_of"]] = _judges(suite, address)
    for name in LABELS:
        chosen = getattr(address, name)
        # A value that this board does not have stays chosen: no row matches it, and the page says so.
        values = [ANY, *offered[name], *([chosen] if chosen and chosen not in offered[name] else [])]
        if name == "runs_on":
            values = [(hardware.WORDS.get(value, value), value) for value in values]
        updates[fields[name]] = gr.update(choices=values, value=chosen or ANY)
    return updates
