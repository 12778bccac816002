"""The map of curated topics, and the nearest topic of a vector."""

from __future__ import annotations

import numpy as np

from counsel_leaderboard.registry.bank_checks import texts
from counsel_leaderboard.registry.topics.groups import GROUPS, group_map, nearest_topic, unit
from tests.support.topics import WordEmbedding


def test_the_map_has_all_groups_and_each_topic_once() -> None:
    mapped = group_map()
    assert tuple(mapped.groups) == GROUPS
    assert len(mapped.topics) == sum(len(group.topics) for group in mapped.groups.values())


def test_no_phrase_of_the_map_is_a_labelled_remark() -> None:
    """The map is measured on the bank, so it may not hold its remarks."""
    remarks = {_plain(row["remark"]) for row in texts.read("topics")}
    phrases = [phrase for group in group_map().groups.values() for own in group.topics.values() for phrase in own]
    assert len(phrases) == len(set(phrases))
    assert not remarks & {_plain(phrase) for phrase in phrases}


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def test_a_curated_topic_is_the_mean_of_its_phrases() -> None:
    mapped = group_map().model_copy(
        update={"groups": {"work": group_map().groups["work"].model_copy(update={"topics": {"both": ("exam", "sleep")}})}}
    )
    # (0,0,0,1,0,0) and (0,0,0,0,1,0): the mean has length 1/sqrt 2 and is scaled to 1.
    assert np.allclose(mapped.vectors(WordEmbedding()), [[0, 0, 0, 0.5**0.5, 0.5**0.5, 0]])


def test_the_nearest_topic_by_cosine_and_none_below_the_threshold() -> None:
    topics = np.array([[2.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    # Cosines: 4/5 and 3/5; then 0 and 1; then both negative.
    best, cosine = nearest_topic(np.array([[4.0, 3.0], [0.0, 9.0], [-1.0, -1.0]], dtype=np.float32), topics, 0.25)
    assert best.tolist() == [0, 1, -1]
    assert np.allclose(cosine, [0.8, 1.0, -(0.5**0.5)])
    assert nearest_topic(np.array([[4.0, 3.0]], dtype=np.float32), topics, 0.81)[0].tolist() == [-1]
    assert nearest_topic(np.zeros((0, 2), dtype=np.float32), topics, 0.25)[0].tolist() == []


def test_a_row_of_zeros_stays() -> None:
    assert unit(np.array([[0.0, 0.0], [3.0, 4.0]], dtype=np.float32)).tolist() == [
        [0.0, 0.0],
        [0.6000000238418579, 0.800000011920929],
    ]
