"""What a link to a view says of it: title and description, for tabs of a browser, search engines and previews of links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counsel_leaderboard.leaderboard.board import transcripts
from counsel_leaderboard.registry.cards import catalog as cards
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.common.words import counted
from counsel_leaderboard.registry.manifests import Source, catalog
from counsel_leaderboard.space import labels
from counsel_leaderboard.space.address import Address, TabName
from counsel_leaderboard.space.html import visible
from counsel_leaderboard.space.services.board_reader import BoardReader

SITE: Final = "Counsel: a leaderboard of counseling LLMs"
SHOWN_MODELS: Final = 4
TABS: Final[dict[TabName, tuple[str, str]]] = {
    "tasks": ("Tasks", "What each task asks of a model, how it is scored, and what a score can tell."),
    "history": ("History", "What changed on the board: new rows, withdrawn ones, judges, and versions of the items."),
    "submit": ("Submit", "Have a model of the Hugging Face Hub evaluated, or send in your own lm-eval run."),
    "queue": ("Queue", "Requests that run, wait or have ended."),
    "datasets": ("Datasets", "The cards of all datasets: where they come from, what may be shown of them, known problems."),
    "judge": ("Judge", "Which language models judge replies here, and how they did in their exam."),
    "topics": ("Topics", "What counselors talk about, and how good the instrument is that says so."),
    "skills": ("Skills", "Which techniques counselors use and how often; nothing here is ranked."),
    "about": ("About", "What a score here means and what it does not; no model is approved for clinical use."),
    "host": ("Host", "For the host of this board: what waits, workers, failures, disk and judge."),
}


@dataclass(frozen=True)
class Head:
    """The title and the description of one view, as plain text."""

    title: str
    description: str


def of_view(reader: BoardReader, address: Address) -> Head:
    """The head of the view at that address; of what is not stored, that of its tab."""
    match address.tab:
        case "board":
            return _board(reader, address)
        case "model":
            return _model(reader, address)
        case "compare":
            return _compare(reader, address)
        case "datasets" if address.card:
            return _card(address)
        case "tasks" if address.task in catalog():
            return Head(f"{labels.task(address.task)} · Counsel", labels.question(address.task))
        case tab:
            title, description = TABS[tab]
            return Head(f"{title} · Counsel", description)


def _board(reader: BoardReader, address: Address) -> Head:
    suite = reader.suite(reader.opening_suite() if address == Address() else address.suite)
    models = int((suite.display["role"] == "candidate").sum())
    scored = f"{counted(models, 'model')} on {counted(len(suite.columns), 'task')}" if models else "No models yet"
    return Head(
        board_title(address.suite),
        f"{scored}: every score with its interval, the number of items behind it and the transcripts. Research only: no model "
        "here is approved for clinical use.",
    )


def board_title(source: Source) -> str:
    """The title of the board of a suite, with the languages that it asks in."""
    languages = labels.suite_languages(source)
    title = f"{SITE} in {languages}" if languages else SITE
    return title if source == "open" else f"Upstream suite · {title}"


def _model(reader: BoardReader, address: Address) -> Head:
    try:
        run = transcripts.run(reader.store, address.run)
    except transcripts.UnknownRunError:
        return Head("Model · Counsel", "The scores of one model, with intervals and transcripts.")
    tasks = [task["task"] for task in run["tasks"]]
    name = visible(str(run["model"]))
    if address.task in tasks:
        return Head(
            f"{name}: {labels.task(address.task)} · Counsel",
            f"{labels.question(address.task)} What {name} answered, item by item, and how it was scored.",
        )
    return Head(f"{name} · Counsel", f"The scores of {name} on {counted(len(tasks), 'task')}, with intervals and transcripts.")


def _compare(reader: BoardReader, address: Address) -> Head:
    suite = reader.suite(address.suite)
    rows = [suite.row(run) for run in address.run_ids[:SHOWN_MODELS]]
    names = [visible(str(row["model"])) for row in rows if row]
    if len(names) < 2:
        return Head("Compare · Counsel", "Two to four models on the same items.")
    return Head(f"{' against '.join(names)} · Counsel", "Paired differences on the items scored for both, with 95% intervals.")


def _card(address: Address) -> Head:
    try:
        card = cards.card(address.card)
    except CardError:
        title, description = TABS["datasets"]
        return Head(f"{title} · Counsel", description)
    return Head(f"{card.title} · Counsel", card.summary)
