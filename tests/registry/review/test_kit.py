"""The kit: pages that any browser opens, and the words of the README of the open banks, followed line by line."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from counsel_leaderboard.registry.cards.catalog import DATASETS
from counsel_leaderboard.registry.cli.data_commands import data
from counsel_leaderboard.registry.common.errors import CardError, DataError
from counsel_leaderboard.registry.review.bank_items import REVIEWS, bank_items
from counsel_leaderboard.registry.review.verdict_file import VERDICT_FILE
from counsel_leaderboard.registry.sources.paths import OPEN


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs `counsel data` with words from a README, in an empty folder, on cards and banks of its own."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def call(words: str, cards: Path):
        assert words.startswith("counsel data ")
        return CliRunner().invoke(data, ["--cards", str(cards), *words.split()[2:]])

    return call


class Links(HTMLParser):
    """The addresses of a page, and whether its elements are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_pages_lead_to_each_other_and_help_comes_first(run, world, bank):
    assert run("counsel data review toy", world.cards).exit_code == 0
    pages = {path.name: path.read_text("utf-8") for path in Path("review-toy").glob("*.html")}
    assert sorted(pages) == ["index.html", "toy-1.html", "toy-2.html", "toy-3.html"]
    for page in pages.values():
        body = page.partition("<body>")[2]
        assert body.index("findahelpline.com") < body.index("<h1>")
        assert "Clinical soundness" in page
        read = Links(page)
        assert not read.open
        assert all((Path("review-toy") / link).is_file() for link in read.links if not link.startswith("https://"))


def test_items_with_a_content_note_are_folded_and_texts_are_escaped(run, world, bank):
    run("counsel data review toy", world.cards)
    first, second = (Path("review-toy", f"toy-{number}.html").read_text("utf-8") for number in (1, 2))
    assert "Hello &lt;b&gt;1" in first
    assert "<details><summary>Show the item. It speaks of: suicidal thoughts</summary>" in second
    assert second.index("It speaks of") < second.index("Hello")
    assert "Show the item" not in first


def test_a_folder_that_is_there_is_not_written_over(run, world, bank):
    run("counsel data review toy", world.cards)
    Path("review-toy", VERDICT_FILE).write_text("mine")
    result = run("counsel data review toy", world.cards)
    assert isinstance(result.exception, DataError)
    assert "is there already" in str(result.exception)
    assert Path("review-toy", VERDICT_FILE).read_text() == "mine"


def test_items_by_lot(run, world, bank):
    run("counsel data review toy -n 2 --seed 3 --into two", world.cards)
    assert len(list(Path("two").glob("toy-*.html"))) == 2


@pytest.mark.parametrize("name", ["nothing", "annomi", "../open"])
def test_what_is_no_open_bank_is_named(run, name):
    assert isinstance(run(f"counsel data review {name}", DATASETS).exception, CardError)


def test_the_card_counts_what_was_merged(run, world, bank):
    assert "reviewed: 0 of 3 items reviewed by a clinician" in run("counsel data show open-toy", world.cards).output
    run("counsel data review toy", world.cards)
    fill(Path("review-toy"), {"toy-1": "sound,"})
    result = run("counsel data review toy --merge review-toy/verdicts.csv", world.cards)
    assert result.output == "1 verdicts, 1 of them new; toy: 1 of 3 items reviewed by a clinician\n"
    assert "reviewed: 1 of 3 items reviewed by a clinician" in run("counsel data show open-toy", world.cards).output


def fill(folder: Path, verdicts: dict[str, str]) -> None:
    """Fill in role, day and verdicts as a reviewer does, in the file as the kit wrote it."""
    path = folder / VERDICT_FILE
    text = path.read_text("utf-8").replace("role,,", "role,psychologist,").replace("date,,", "date,2026-11-20,")
    for item, verdict in verdicts.items():
        text = re.sub(rf"^({item},t\w+),,$", rf"\1,{verdict}", text, flags=re.MULTILINE)
    path.write_text(text, "utf-8")


def test_the_words_of_the_readme_work_in_their_order(run, tmp_path):
    shutil.copytree(DATASETS, tmp_path / "datasets")
    shutil.copytree(OPEN / "response", tmp_path / "open" / "response")
    section = (OPEN / "README.md").read_text("utf-8").partition("## If you are a clinician\n")[2].partition("\nLicence:")[0]
    whole, lot, merge = re.findall(r"^ +(counsel .+)$", section, re.MULTILINE)
    cards = tmp_path / "datasets"
    assert run(whole, cards).exit_code == 0
    assert run(lot, cards).exit_code == 0
    assert len(list(Path("thirty-items").glob("resp-*.html"))) == 30
    assert (Path("review-response") / "index.html").is_file()
    assert '<a href="CHECKLIST.md">' in Path("review-response", "index.html").read_text("utf-8")
    assert Path("review-response", "CHECKLIST.md").is_file()
    for word in re.findall(r"`(sound|change|remove|verdicts\.csv|index\.html|reviews\.jsonl)`", section):
        assert word in Path("review-response", "index.html").read_text("utf-8") or word in ("index.html", REVIEWS)
    first, second, *_ = bank_items(OPEN / "response")
    fill(Path("review-response"), {first.id: "sound,", second.id: "change,The second act is not essential."})
    assert (
        run(merge, cards).output
        == "2 verdicts, 2 of them new; response: 2 of 128 items reviewed by a clinician; 1 to be changed or removed\n"
    )
    assert run(merge, cards).output.startswith("2 verdicts, 0 of them new")
    assert len((tmp_path / "open" / "response" / REVIEWS).read_text().splitlines()) == 2
