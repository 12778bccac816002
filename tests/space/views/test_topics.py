"""The Topics tab and a model's topics: what is stored, or a sentence on why nothing is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from counsel_leaderboard.leaderboard.store.database import Store
from counsel_leaderboard.leaderboard.topics import result as results
from counsel_leaderboard.leaderboard.topics.assigning import assign
from counsel_leaderboard.registry.topics import stored_fit
from counsel_leaderboard.space.app import create_app
from tests.space.page_text import pages_of, text
from tests.support.live_server import in_event_loop
from tests.support.topics import WordEmbedding, store_fit, store_talk

CASES = [f"case{number}" for number in range(8)]
SLEEP, EXAM = "Then sleep comes late. ", "Then the exam comes. "


def fill(home: Path, **checks: float) -> dict[str, str]:
    """Two models on the same cases, their topics assigned with a fit of these checks."""
    ids = {
        "first": store_talk(home, "org/first", dict.fromkeys(CASES, SLEEP * 8 + EXAM * 2)),
        "second": store_talk(home, "org/second", dict.fromkeys(CASES, SLEEP * 2 + EXAM * 8)),
    }
    fit = store_fit(home, **checks)
    with Store.open(home) as store:
        results.save(assign(store, fit, WordEmbedding(), progress=lambda _: None), home)
    return ids


def tab(home: Path) -> str:
    with Store.open(home) as store:
        return text(pages_of(store), "?tab=topics")


def test_bars_distances_and_the_instrument_are_shown(tmp_path: Path, ids: dict[str, str]) -> None:
    page = tab(tmp_path)
    assert 'aria-label="process 0%, emotions 0%' in page
    assert 'style="width:80.00%" title="health 80%"' in page
    assert "org/second and org/first" in page or "org/first and org/second" in page
    assert "macro-F1 0.70, kappa 0.65" in page
    assert '<a href="/topics/map.html"' in page
    assert "bars.html" not in page
    assert "item=case0-item" in page


def test_the_model_page_has_what_is_over_and_under_represented(tmp_path: Path, ids: dict[str, str]) -> None:
    with Store.open(tmp_path) as store:
        page = text(pages_of(store), f"?tab=model&run={ids['first']}&task=counsel_preference")
    more, less = page.split("Less than other models on the same cases")
    more = more.rpartition("More than other models on the same cases")[2]
    assert "health" in more
    assert "<b>60%</b> <small>60% to 60%</small>" in more
    assert "work" in less
    assert "<b>-60%</b>" in less


def test_without_a_result_the_model_page_says_nothing(tmp_path: Path, ids: dict[str, str]) -> None:
    (tmp_path / stored_fit.FOLDER / results.RESULT).unlink()
    with Store.open(tmp_path) as store:
        assert "What it talks about" not in text(pages_of(store), f"?tab=model&run={ids['first']}")


def test_an_instrument_that_fails_shows_a_sentence_and_nothing_else(tmp_path: Path) -> None:
    ids = fill(tmp_path, kappa_low=0.41)
    page = tab(tmp_path)
    assert "not good enough, so no topics are shown: the lower limit of kappa 0.41 is below 0.50." in page
    assert "org/first" not in page.partition("topics-page")[2]
    assert '<span class="stack"' not in page
    with Store.open(tmp_path) as store:
        assert "What it talks about" not in text(pages_of(store), f"?tab=model&run={ids['first']}")


def test_a_home_without_topics_names_the_command(tmp_path: Path) -> None:
    store_talk(tmp_path, "org/first", {"a": SLEEP})
    assert "The host runs counsel topics fit" in tab(tmp_path)
    store_fit(tmp_path)
    assert "The host runs counsel topics assign" in tab(tmp_path)


def test_a_result_of_another_fit_is_not_shown(tmp_path: Path, ids: dict[str, str]) -> None:
    file = tmp_path / stored_fit.FOLDER / results.RESULT
    file.write_text(file.read_text("utf-8").replace(store_fit(tmp_path).fit.id, "0123456789abcdef"), encoding="utf-8")
    assert "assigned with another fit" in tab(tmp_path)


@pytest.mark.parametrize("name", [stored_fit.RECORD, results.RESULT])
def test_a_broken_file_is_named_in_a_sentence(tmp_path: Path, name: str, ids: dict[str, str]) -> None:
    (tmp_path / stored_fit.FOLDER / name).write_text("[", encoding="utf-8")
    assert f"{name}: is no re" in tab(tmp_path)


def test_pages_of_bertopic_are_served_only_where_topics_are_shown(tmp_path: Path, ids: dict[str, str]) -> None:
    with Store.open(tmp_path) as store:
        client = TestClient(in_event_loop(create_app, store), base_url="http://localhost")
        assert client.get("/topics/map.html").text == "<html>the map</html>"
        assert client.get("/topics/bars.html").status_code == 404
        assert client.get("/topics/fit.html").status_code == 422
        store_fit(tmp_path, macro_f1=0.2)
        assert client.get("/topics/map.html").status_code == 404
