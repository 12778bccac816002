"""Published figures of people: in every picture of the column, with the source on hover and in the text."""

from __future__ import annotations

import pytest

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.submissions.settings import ServerSettings
from counsel_leaderboard.space import app
from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.services.submission_service import SubmissionService
from tests.support.homes import stigma, store_run
from tests.support.live_server import in_event_loop
from tests.support.run_folders import request

HOVER = 'title="People, survey of 2018: 0.404 (population survey of 2018, in the files of Moore et al. (FAccT 2025))"'
LINK = "external_data/human_data_2018.csv"


def page(tmp_path, suite: str, tab: str) -> str:
    """The board or the model's page, with one run of the stigma task in that suite."""
    dataset = "open-stigma" if suite == "open" else "llms-as-therapists"
    with Store.open(tmp_path) as store:
        task = stigma(0.7, 3, suite, dataset)
        run = store_run(tmp_path, [task], request([task]), "model-a", store)
        address = Address(tab=tab, suite=suite, run=run if tab == "model" else "")
        pages = in_event_loop(app.build, BoardReader(store), SubmissionService(store, ServerSettings()))[1]
        return "\n".join(map(str, pages.load(address.query()).values()))


@pytest.mark.parametrize(("tab", "pictures"), [("board", 2), ("model", 1)])
def test_each_picture_of_the_column_has_the_line_and_its_source(tmp_path, tab, pictures):
    shown = page(tmp_path, "upstream", tab)
    assert shown.count(HOVER) == pictures
    assert f'{LINK}" rel="noopener" target="_blank">population survey of 2018' in shown


def test_the_parts_of_the_column_have_lines_of_their_own(tmp_path):
    shown = page(tmp_path, "upstream", "model")
    for value in ("0.205", "0.508", "0.498", "0.172"):
        assert f'title="People, survey of 2018: {value} (' in shown


@pytest.mark.parametrize("tab", ["board", "model"])
def test_a_suite_of_other_items_has_none(tmp_path, tab):
    assert "survey of 2018" not in page(tmp_path, "open", tab)
