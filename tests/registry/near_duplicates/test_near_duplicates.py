"""Near-duplicates: the similarity by hand, counts by item, no text in the result."""

from __future__ import annotations

import json
import random

import pytest

from counsel_leaderboard.registry.cards.catalog import cards
from counsel_leaderboard.registry.common.errors import DataError
from counsel_leaderboard.registry.near_duplicates.minhash import duplicate_map, local_splits, row_units
from counsel_leaderboard.registry.near_duplicates.search import saved, warnings
from counsel_leaderboard.registry.sources.loading import Loaded

WORDS = [f"word{number}" for number in range(60)]
TEXT = " ".join(WORDS)


def loaded(name, *texts, split="test", **more):
    rows = [{"id": f"{name}-{number}", "text": text, **more} for number, text in enumerate(texts)]
    return Loaded(name, split, None, f"sha256:{name}", rows)


def test_similarity_is_the_jaccard_of_three_word_runs():
    # 60 words have 58 runs of three. One word in the middle changed breaks 3 of them: 55 shared, 58 + 58 - 55 = 61 in all.
    changed = " ".join([*WORDS[:30], "other", *WORDS[31:]])
    groups = duplicate_map([loaded("a", TEXT), loaded("b", changed)])
    assert len(groups.pairs) == 1
    assert groups.pairs[0].examples == (("a-0#text", "b-0#text", round(55 / 61, 3)),)


def test_case_signs_and_line_breaks_make_no_difference():
    groups = duplicate_map([loaded("a", TEXT), loaded("b", TEXT.upper().replace(" ", ",\n"))])
    assert groups.pairs[0].examples[0][2] == 1.0


def test_chinese_is_compared_by_character():
    text = "我最近总是睡不好觉晚上一直想着工作上的事情"
    groups = duplicate_map([loaded("a", text), loaded("b", f"{text}吗")])
    # 21 characters have 19 runs, 22 have 20, and 19 are shared.
    assert groups.pairs[0].examples == (("a-0#text", "b-0#text", 0.95),)


def test_unlike_texts_short_texts_and_one_dataset_with_itself_give_nothing():
    other = " ".join(f"else{number}" for number in range(60))
    assert duplicate_map([loaded("a", TEXT), loaded("b", other)]).pairs == ()
    short = " ".join(WORDS[:11])
    assert duplicate_map([loaded("a", short), loaded("b", short)]).pairs == ()
    assert duplicate_map([loaded("a", TEXT, TEXT), loaded("a", TEXT, split="train")]).pairs == ()


def test_items_are_counted_not_texts():
    # Three items of a hold the text of one item of b.
    pair = duplicate_map([loaded("a", TEXT, TEXT, TEXT), loaded("b", TEXT)]).pairs[0]
    assert (pair.first, pair.second, pair.first_items, pair.second_items) == ("a", "b", 3, 1)


def test_what_every_row_repeats_is_not_compared():
    same = {"canary": TEXT, "provenance": TEXT, "reviewer_notes": TEXT, "content_note": TEXT}
    assert duplicate_map([loaded("a", "one", **same), loaded("b", "two", **same)]).pairs == ()


def test_texts_are_found_wherever_they_stand_in_a_row():
    row = {"id": "x", "phases": [{"turns": [{"therapist": "short", "client": TEXT}]}]}
    assert [unit.location for unit in row_units(Loaded("a", "test", None, "", [row]))] == ["x#phases.0.turns.0.client"]


def test_candidates_agree_with_comparing_everything():
    draw = random.Random(3)
    texts = [" ".join(WORDS[:start] + draw.choices(WORDS, k=60 - start)) for start in range(0, 60, 2)]
    first, second = loaded("a", *texts[::2]), loaded("b", *texts[1::2])
    threshold = 0.7
    by_hand = set()
    for mine in row_units(first):
        for theirs in row_units(second):
            runs, other = set(mine.shingles.tolist()), set(theirs.shingles.tolist())
            if len(runs & other) / len(runs | other) >= threshold:
                by_hand.add((mine.item, theirs.item))
    pairs = duplicate_map([first, second], threshold).pairs
    # MinHash may miss a pair near the threshold, but never adds one.
    assert pairs[0].texts <= len(by_hand)
    assert pairs[0].texts >= 0.9 * len(by_hand) > 5


def test_the_map_is_kept_without_text_and_read_back(world):
    groups = duplicate_map([loaded("a", TEXT), loaded("b", TEXT)])
    path = groups.save()
    assert "word3" not in path.read_text("utf-8")
    assert saved() == groups
    path.write_text(json.dumps({"pairs": 1}), "utf-8")
    with pytest.raises(DataError, match="counsel data duplicates"):
        saved()


def test_no_map_is_none(world):
    assert saved() is None


def test_an_item_of_ours_near_another_datasets_text_is_warned_of():
    groups = duplicate_map([loaded("open-stigma", TEXT), loaded("llms-as-therapists", TEXT, TEXT)])
    example = "llms-as-therapists-0#text and open-stigma-0#text"
    assert warnings(groups, cards()) == [f"1 items of open-stigma are near text of llms-as-therapists, for example {example}"]
    assert warnings(duplicate_map([loaded("smile", TEXT), loaded("cpsycoune", TEXT)]), cards()) == []


def test_only_what_is_here_and_locked_is_compared(world):
    world.card("here", splits=world.split())
    world.card("unlocked")
    world.card("away", splits=world.split())
    world.card("pattern", splits=[{"name": "test", "pattern": "*"}])
    world.mirrored("here/data/rows.jsonl", world.ROWS)
    world.mirrored("unlocked/data/rows.jsonl", world.ROWS)
    assert [split.name for split in local_splits(world.cards)] == ["here"]
