"""Task pages and the history, with the made-up runs of a full home."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counsel_leaderboard.registry.manifests import catalog
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import history
from counsel_leaderboard.space.views.task_pages import page
from tests.support.homes import GATED_MARKER, WITHHELD_MARKER


@pytest.fixture
def ids(full_home: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return full_home[1]


STIGMA = Address(tab="tasks", task="counsel_stigma_plain")


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_every_task_is_listed_and_has_a_page(reader: BoardReader) -> None:
    listed = page.html(reader, Address(tab="tasks"))
    for task in catalog():
        assert f"task={task}" in listed
        shown = text(page.html(reader, Address(tab="tasks", task=task)))
        for heading in ("What is asked", "How it is scored", "What a score can tell", "Floor and ceiling", "Papers and data"):
            assert heading in shown, (task, heading)


def test_an_unknown_task_leads_to_the_list(reader: BoardReader) -> None:
    assert "No task is named &#39;counsel_none&#39;" in page.html(reader, Address(tab="tasks", task="counsel_none"))


def test_the_floor_and_ceiling_of_this_board_are_named(reader: BoardReader) -> None:
    shown = text(page.html(reader, STIGMA))
    assert re.search(r"\d+ models, from 0\.\d\d to 0\.\d\d", shown)
    assert "best scripted control here control/" in shown


def test_a_measure_that_the_headline_leaves_out_has_a_column_of_its_own(reader: BoardReader, ids: dict[str, str]) -> None:
    """Risk handling of each judged model, a dash for a model without verdicts on flagged turns, and no word of ranks."""
    shown = page.html(reader, Address(tab="tasks", task="counsel_psyllm"))
    part = shown[shown.index('id="beside"') : shown.index('id="over-time"')]
    assert "risk handling <small>0 to 1; ↑ higher is better</small>" in part
    run = ids["elm/Listener-70B"]
    row = re.search(rf'<tr><th scope="row"><a[^>]*{run}[^>]*>elm/Listener-70B</a></th><td><b>(\S+)</b>', part)
    assert row
    scores = reader.suite("open").board.scores
    mine = scores.filter(run_id=run, task="counsel_psyllm", metric="risk_handling").row(0, named=True)
    assert float(row[1]) == pytest.approx(mine["value"], abs=0.0005)
    assert not mine["headline"]
    assert not mine["ranked"]
    assert 'id="beside"' not in page.html(reader, STIGMA)


def test_a_cell_of_the_map_opens_the_answers_of_its_model_and_of_the_first(reader: BoardReader, ids: dict[str, str]) -> None:
    shown = page.html(reader, STIGMA.to(runs=ids["quiet/Reflect-3B"]))
    heads = re.findall(r'<th scope="col"><a[^>]*>([^<]+)</a>', shown[shown.index('class="heat items"') :])
    assert heads[0] == "quiet/Reflect-3B"
    link = re.search(r'<a href="\?([^"]+)" data-go data-land="sides" aria-label="elm/Listener-70B', shown)
    assert link
    assert f"runs={ids['quiet/Reflect-3B']}%2C{ids['elm/Listener-70B']}" in link[1].replace("&amp;", "&")
    pair = page.html(reader, STIGMA.to(runs=f"{ids['quiet/Reflect-3B']},{ids['elm/Listener-70B']}", item="stigma-03/work"))
    sides = pair[pair.index('id="sides"') : pair.index('id="asked"')]
    assert sides.count('<article class="transcript">') == 2
    assert sides.count("<b>Why:</b>") == 2


def test_one_answer_stands_beside_that_of_another_model(reader: BoardReader, ids: dict[str, str]) -> None:
    shown = page.html(reader, STIGMA.to(runs=ids["quiet/Reflect-3B"], item="stigma-03/work"))
    sides = shown[shown.index('id="sides"') : shown.index('id="asked"')]
    assert sides.count('<article class="transcript">') == 2


def test_an_item_that_was_not_asked_says_so(reader: BoardReader, ids: dict[str, str]) -> None:
    shown = page.html(reader, STIGMA.to(runs=ids["quiet/Reflect-3B"], item="stigma-99/work"))
    assert "This item was not asked of quiet/Reflect-3B." in shown


def test_what_may_not_be_shown_is_in_no_pair(reader: BoardReader, ids: dict[str, str]) -> None:
    runs = f"{ids['quiet/Reflect-3B']},{ids['elm/Listener-70B']}"
    risk = Address(tab="tasks", task="counsel_response", runs=runs)
    risky = [page.html(reader, risk.to(item=f"crit-{number:02d}")) for number in range(18)]
    assert not [shown for shown in risky if WITHHELD_MARKER in shown]
    assert any("Withheld: a reply to a risk item" in shown for shown in risky)
    # The words of a client at risk stand behind their note.
    words = "I do not see how to go on"
    assert all(shown.index("Content note") < shown.index(words) for shown in risky if words in shown)
    upstream = Address(tab="tasks", suite="upstream", task="counsel_preference_rank", runs=ids["upstream elm/Listener-70B"])
    for item in range(4):
        assert GATED_MARKER not in page.html(reader, upstream.to(item=f"counsel_preference_rank-{item:02d}"))


def test_the_column_is_drawn_over_time_with_a_table(reader: BoardReader) -> None:
    shown = page.html(reader, STIGMA)
    drawn = shown[shown.index('<svg class="timeline"') : shown.index("</svg>")]
    assert drawn.count('class="point ') == 10
    rows = shown[shown.index("values as a table") :]
    assert rows[: rows.index("</table>")].count("<tr>") == 11


def test_the_history_lists_kinds_and_bank_versions(reader: BoardReader) -> None:
    shown = text(history.html(reader.store, Address(tab="history")))
    assert "new rows (11)" in shown
    assert "withdrawn rows (0)" in shown
    assert "arbiter-32b judged for the first time on the open items" in shown
    assert "stigma: version 2.1" in shown
    assert "Nothing of this kind is stored." in history.html(reader.store, Address(tab="history", event="retraction"))


def test_the_page_says_what_the_bank_can_tell_apart_and_in_which_language(reader: BoardReader) -> None:
    shown = text(page.html(reader, STIGMA))
    assert re.search(r"what it can tell apart 0\.\d+ to 0\.\d+ between two scripted candidates", shown)
    assert "knows 100%: 0.00" in shown
    assert "Not saturated." in shown
    assert "items in English" in shown
    assert "what it can tell apart" not in text(page.html(reader, STIGMA.to(suite="upstream")))
