"""The command line: what it prints, and that every fault is one message and an exit code."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from counsel_leaderboard.leaderboard.cli.main import main
from counsel_leaderboard.registry.cli.data_commands import data
from counsel_leaderboard.registry.common.errors import CounselError


@pytest.fixture
def run(world):
    def call(*arguments):
        return CliRunner().invoke(data, ["--cards", str(world.cards), *arguments])

    return call


def test_list_has_a_line_for_each_card(world, run):
    world.card("one", access="gated")
    world.card("two", tasks=["counsel_stigma"])
    lines = run("list").output.splitlines()
    assert lines[1].split() == ["one", "gated", "MIT", "yes", "a"]
    assert lines[2].split() == ["two", "open", "MIT", "yes", "-"]
    assert any(line.startswith("a  gated: ") for line in lines)
    assert "stigma: two" in lines
    lines = run("list", "--wide").output.splitlines()
    assert [line.split()[0] for line in lines] == ["name", "one", "two"]
    assert lines[1].split()[1:] == ["gated", "MIT", "yes", "-", "gated"]
    assert lines[2].split()[4] == "stigma"


def test_no_line_of_the_shipped_list_is_longer_than_80_characters():
    output = CliRunner().invoke(data, ["list"]).output
    assert max(map(len, output.splitlines())) <= 80
    assert sum(line.startswith("open-stigma ") for line in output.splitlines()) == 1


def test_show_names_flags_licences_with_evidence_and_problems(world, run):
    text = {"name": "CC-BY-NC-4.0", "evidence": "card", "note": "said twice"}
    world.card(
        licence={"text": text, "code": {"name": "MIT", "evidence": "file"}},
        known_problems=["Line 3 is odd."],
        splits=world.split(),
    )
    output = run("show", "toy").output
    assert "! non-commercial" in output
    assert "licence of the text: CC-BY-NC-4.0 (evidence: card); said twice" in output
    assert "licence of the code: MIT (evidence: file)" in output
    assert "problem: Line 3 is odd." in output
    assert "near-duplicates: not computed" in output


def test_show_croissant_is_json(world, run):
    world.card(splits=world.split())
    assert json.loads(run("show", "toy", "--croissant").output)["name"] == "toy"


def test_duplicates_are_kept_and_shown(world, run):
    rows = [json.dumps({"id": name, "text": " ".join(f"w{number}" for number in range(40))}).encode() for name in ("x", "y")]
    for name, content in zip(("one", "two"), rows, strict=True):
        world.card(name, splits=world.split(content))
        world.mirrored(f"{name}/data/rows.jsonl", content)
    output = run("duplicates").output
    assert "1 items of one and 1 of two" in output
    assert "x#text ~ y#text (1.00)" in output
    assert "w7" not in output
    assert "x#text ~ y#text (1.00)" in run("show", "two").output


def test_sample_is_the_same_for_the_same_seed_and_hides_what_repeats(world, run):
    content = b"".join(
        json.dumps({"id": f"i{n}", "text": f"t{n}", "content_note": "grief", "canary": "secret"}).encode() + b"\n"
        for n in range(30)
    )
    world.card("open-toy", mirror="toy", splits=world.split(content))
    world.mirrored("toy/data/rows.jsonl", content)
    first = run("sample", "toy", "-n", "4", "--seed", "5").output
    assert first == run("sample", "open-toy", "-n", "4", "--seed", "5").output
    assert first != run("sample", "toy", "-n", "4", "--seed", "6").output
    assert first.count("===") == 4
    assert "[content note: grief]" in first
    assert "secret" not in first
    assert run("sample", "toy", "-n", "99").output.count("===") == 30


def test_verify_prints_what_is_wrong_and_fails(world, run):
    world.card("good", splits=world.split())
    world.mirrored("good/data/rows.jsonl", world.ROWS)
    run("tidy")
    assert run("verify").exit_code == 0
    (world.cards / "bad.yaml").write_text("name: [", "utf-8")
    world.card("odd", splits=world.split(), overlaps=[{"dataset": "nobody", "kind": "same items", "note": "all"}])
    world.mirrored("odd/data/rows.jsonl", b"changed")
    run("tidy", "odd")
    result = run("verify")
    assert result.exit_code != 0
    problems = [line for line in result.output.splitlines() if line.startswith("PROBLEM")]
    assert len(problems) == 3
    assert "not readable YAML" in problems[0]
    assert "nobody" in problems[1]
    assert str(world.mirror / "odd" / "data" / "rows.jsonl") in problems[2]


def test_verify_finds_a_damaged_cache_behind_a_good_mirror(world, run):
    world.card(splits=world.split())
    run("tidy")
    world.mirrored("toy/data/rows.jsonl", world.ROWS)
    file = world.cached("data/rows.jsonl", b"damaged")
    result = run("verify")
    assert str(file) in result.output
    assert result.exit_code != 0


def test_verify_tells_of_cached_files_that_nothing_uses(world, run):
    world.card(splits=world.split())
    run("tidy")
    world.cached("data/rows.jsonl", world.ROWS)
    stray = world.cached("data/old.jsonl", b"x")
    result = run("verify")
    assert result.exit_code == 0
    assert [line for line in result.output.splitlines() if "belongs to no card" in line] == [
        f"ok  toy: {stray} belongs to no card, or to another revision: it is never used"
    ]


def test_an_overlap_must_stand_in_both_cards(world, run):
    world.card("one", overlaps=[{"dataset": "two", "kind": "same items", "note": "all"}])
    world.card("two")
    run("tidy")
    output = run("verify").output
    assert [line for line in output.splitlines() if "overlaps with" in line] == [
        line
        for line in output.splitlines()
        if line.split(":")[0].endswith("one") and "overlaps with two, whose card does not say so" in line
    ]
    assert output.count("overlaps with") == 1


def test_lock_prints_the_difference_and_dry_run_writes_nothing(world, run):
    path = world.card()
    world.mirrored("toy/data/rows.jsonl", world.ROWS)
    before = path.read_text("utf-8")
    assert "+    rows: 2" in run("lock", "toy", "--dry-run").output
    assert path.read_text("utf-8") == before
    assert "+    rows: 2" in run("lock", "toy").output
    assert run("lock", "toy").output == "toy: nothing to change\n"


def test_lock_goes_on_after_a_dataset_that_cannot_be_locked(world, run):
    world.card("away", source={"kind": "web", "id": "a page"}, splits=[])
    bad = world.card("bad", splits=[{"name": "test", "pattern": "*"}])
    good = world.card("good")
    world.mirrored("good/data/rows.jsonl", world.ROWS)
    result = run("lock", "bad", "good")
    assert result.exit_code != 0
    assert "+    rows: 2" in result.output
    assert str(result.exception).startswith("not locked: bad:")
    assert "rows: 2" in good.read_text("utf-8")
    assert "rows:" not in bad.read_text("utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "nothing"),
        ("pull", "nothing"),
        ("pull", "toy"),
        ("sample", "nothing"),
        ("sample", "toy"),
        ("lock", "nothing"),
        ("tidy", "nothing"),
    ],
)
def test_every_fault_is_a_message_and_an_exit_code(world, arguments, monkeypatch, capsys):
    world.card()
    monkeypatch.setattr(sys, "argv", ["counsel", "data", "--cards", str(world.cards), *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == CounselError.exit_code == 1
    assert capsys.readouterr().err.startswith("counsel: ")
