"""What can be had of the recorded runs where the mirror is missing, partial or changed; nothing here uses the network."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from counsel_leaderboard.registry import card, recorded
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.runners.recorded.availability import look
from tests.support.paths import MIRROR

SOURCE = "llms-as-therapists"
NO_TIME = 1e-9  # seconds: over before the first file is asked for


@pytest.fixture
def mirror(monkeypatch, tmp_path) -> Path:
    """An empty mirror and an empty cache."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("COUNSEL_MIRROR", str(folder))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    return folder


def give(mirror: Path, *paths: str) -> None:
    """Copy published files into the mirror; skips where they are not here."""
    for path in paths:
        published = MIRROR / SOURCE / path
        if not published.is_file():
            pytest.skip(f"the published files are not here ({MIRROR})")
        target = mirror / SOURCE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(published, target)


def path_of(key: str, task: str) -> str:
    split = recorded.recording_of(recorded.find(f"{SOURCE}/{key}")[2], task).split
    split_of = card("llms-as-therapists-answers").split(split)
    assert split_of
    return split_of.files[0].path


def test_without_mirror_and_network_there_is_one_line_a_source_and_no_error(mirror):
    given = look(tuple(recorded.models()), NO_TIME)
    assert given.ready == {}
    assert given.refused == []
    assert [line.partition(":")[0] for line in given.lines()] == list(recorded.sources())
    recordings = sum(len(model.recordings) for model in recorded.models().values())
    assert sum(len(names) for reasons in given.absent.values() for names in reasons.values()) == recordings


def test_a_partial_mirror_gives_what_it_has_and_refuses_a_changed_file_by_name(mirror):
    people, bot = path_of("Human-therapists", "counsel_response"), path_of("Pi", "counsel_response")
    give(mirror, "LICENSE.md", "data/prompts.jsonl", people, bot, path_of("gpt-4o-2024-08-06", "counsel_stigma_plain"))
    with (mirror / SOURCE / bot).open("ab") as file:
        file.write(b"\n")
    names = [f"{SOURCE}/{key}" for key in ("Human-therapists", "gpt-4o-2024-08-06", "Pi", "Serena")]
    given = look(names, NO_TIME)
    assert given.ready == {names[0]: ("counsel_response",), names[1]: ("counsel_stigma_plain",)}
    (line,) = given.refused
    assert line.startswith("Pi in counsel_response: ")
    assert "expected sha256" in line
    assert sum(len(missing) for missing in given.absent[SOURCE].values()) == 4  # two of gpt-4o, one of Serena, labels


def test_a_changed_or_missing_session_refuses_its_model_and_no_other(mirror):
    source = MIRROR / "vera-mh"
    if not source.is_dir():
        pytest.skip(f"the published files are not here ({MIRROR})")
    shutil.copytree(source, mirror / "vera-mh")
    paths = {
        key: recorded.files(entry, recorded.recording_of(model, "recorded_sessions"))[0].path
        for key, (_, entry, model) in {key: recorded.find(f"vera-mh/{key}") for key in ("gpt-4o", "gpt-5")}.items()
    }
    with (mirror / "vera-mh" / paths["gpt-4o"]).open("ab") as file:
        file.write(b"\nchatbot: More.")
    (mirror / "vera-mh" / paths["gpt-5"]).unlink()
    given = look([name for name in recorded.models() if name.startswith("vera-mh/")], NO_TIME)
    assert set(given.ready) == {"vera-mh/claude-opus-4-1-20250805", "vera-mh/gemini-3-pro-preview"}
    (line,) = given.refused
    assert line.startswith("gpt-4o in recorded_sessions: ")
    assert paths["gpt-4o"] in line
    assert paths["gpt-5"] in given.lines()[0]


def test_nothing_is_added_without_the_notice_that_travels_with_it(mirror):
    give(mirror, path_of("Pi", "counsel_response"), path_of("Human-therapists", "counsel_response"))
    given = look([f"{SOURCE}/Pi"], NO_TIME)
    assert given.ready == {}
    assert "LICENSE.md" in given.lines()[0]


def test_a_name_that_nothing_has_is_refused_before_anything_is_fetched(mirror):
    with pytest.raises(CardError, match="counsel recorded list"):
        look([f"{SOURCE}/Pi", f"{SOURCE}/Nobody"], NO_TIME)
