"""Tasks on published data that is not at hand: invented files of the published shape, through card, lock and task."""

from __future__ import annotations

import json

import pytest
import yaml

from counsel_leaderboard.registry.cards.catalog import DATASETS, cards_from
from counsel_leaderboard.registry.cards.lock import lock
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.tasks.common.trajectory import PHASES

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Put files of a dataset into a mirror, lock its real card over them, and have the tasks read that."""
    cards = tmp_path / "cards"
    cards.mkdir()
    monkeypatch.setenv("COUNSEL_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COUNSEL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNSEL_JUDGE", "none")

    def put(name: str, files: dict[str, object]) -> None:
        fields = yaml.safe_load((DATASETS / f"{name}.yaml").read_text(encoding="utf-8"))
        fields["source"]["revision"] = REVISION  # where a card has none, the Hub would have to be asked
        (cards / f"{name}.yaml").write_text(yaml.safe_dump(fields, allow_unicode=True), encoding="utf-8")
        for path, value in files.items():
            file = tmp_path / "mirror" / fields["mirror"] / path
            file.parent.mkdir(parents=True, exist_ok=True)
            lines = [json.dumps(row) for row in value] if path.endswith(".jsonl") else [json.dumps(value)]
            file.write_text("\n".join(lines), encoding="utf-8")
        lock(name, cards).write()

    with cards_from(cards):
        yield put


def built(load, task, source="upstream"):
    """The task with the requests that lm-eval would send."""
    documents = load(task, source)
    documents.build_all_requests(apply_chat_template=True, chat_template=lambda turns, **_: json.dumps(turns))
    assert documents.config.metadata["source"] == "upstream"
    assert documents.config.metadata["dataset"]["revision"] == REVISION
    return documents


def prompts(task):
    """The last message of each request, in order."""
    return [json.loads(instance.args[0])[-1]["content"] for instance in task.instances]


def dialogue(post, turns):
    turns_of = [
        {"patient": f"{post} says {n}", "counselor_content": f"reply {n}", "counselor_think": "Hm."} for n in range(turns)
    ]
    return {"post_id": post, "file": "x", "conversation": turns_of}


def test_openr1_psy(published, load):
    """A document for each client turn; the counselor's thoughts are nowhere."""
    published("openr1-psy", {"train.jsonl": [dialogue(1, 1)], "test.jsonl": [dialogue(2, 2), dialogue(3, 1)]})
    task = built(load, "counsel_psyllm", "openr1-psy")
    assert sorted(prompts(task)) == ["2 says 0", "2 says 1", "3 says 0"]
    assert task.config.metadata["dataset"]["name"] == "openr1-psy"
    assert not any("Hm." in instance.args[0] for instance in task.instances)


PRINCIPLES = ("empathy", "relevance", "clarity", "safety", "exploration", "autonomy", "staging")


def pair(number, question):
    rated = {f"{side}_{name}_rating": 4.0 for side in ("chosen", "rejected") for name in PRINCIPLES}
    texts = {"chosen": f"Good {number}.", "rejected": f"Poor {number}.", "chosen_model": "a", "rejected_model": "b"}
    return {"ID": number, "prefID": f"p{number}", "question": question, **texts, **rated}


def test_psychocounsel_preference(published, load):
    """Two pairs of one question and one of another: two speeches to answer, three pairs to tell apart in both orders."""
    rows = [pair(1, "I am late."), pair(2, "I am late."), pair(3, "I am early.")]
    published("psychocounsel-preference", {"train.jsonl": rows[:1], "test.jsonl": rows})
    speeches = built(load, "counsel_preference")
    assert sorted(prompts(speeches)) == ["I am early.", "I am late."]
    assert sorted(doc["reference"] for doc in speeches.eval_docs) == ["Good 1.", "Good 3."]
    shown = prompts(built(load, "counsel_preference_rank"))
    assert len(shown) == 6
    assert [text.index("Good") < text.index("Poor") for text in shown] == [True, False] * 3


def sessions(case, phases):
    about = {"client_profile": {"age": 40}, "therapist_profile": {"years": 9}, "trauma_info": {"type": "accident"}}
    speech = ["Therapist: How are you?", "Client: I feel wonderful.", "Therapist: And now?", "Client: About 80."]
    files = {}
    for phase in phases:
        files[f"conversations/{case}_{phase}_conversation.json"] = {"full_conversation": speech}
        files[f"metadata/{case}_{phase}_metadata.json"] = about
    return files


def test_thousand_voices_of_trauma(published, load):
    """A case of six phases and one that lacks the last: both are asked about, the second is counted as incomplete."""
    published("thousand-voices-of-trauma", sessions("7", PHASES) | sessions("8", PHASES[:-1]))
    rating = built(load, "counsel_trajectory_rating")
    docs = {doc["cluster"]: doc for doc in rating.eval_docs}
    assert {case: doc["complete"] for case, doc in docs.items()} == {"7": True, "8": False}
    assert [turn["phase"] for turn in docs["7"]["turns"]] == [phase for phase in PHASES for _ in range(2)]
    assert [turn["suds_stated"] for turn in docs["7"]["turns"]] == [False, True] * 6
    assert len(rating.instances) == 2 * 6 + 2 * 5
    # One client turn of each session is answered in it by the therapist.
    assert len(built(load, "counsel_trajectory_reply").instances) == 6 + 5


@pytest.mark.parametrize(
    ("task", "source", "words"),
    [
        ("counsel_psyllm", "openr1-psy", ("GMLHUHE/OpenR1-Psy", "counsel data lock openr1-psy")),
        ("counsel_preference", "upstream", ("$COUNSEL_MIRROR/psychocounsel-preference", "data lock psychocounsel")),
        ("counsel_preference_rank", "upstream", ("$COUNSEL_MIRROR/psychocounsel-preference", "data lock psychocounsel")),
        ("counsel_trajectory_rating", "upstream", ("accept the terms of yenopoya/thousand-voices-trauma", "HF_TOKEN")),
        ("counsel_trajectory_reply", "upstream", ("accept the terms of yenopoya/thousand-voices-trauma", "HF_TOKEN")),
    ],
)
def test_data_that_is_not_here_is_named_with_the_way_to_it(load, task, source, words):
    with pytest.raises(CardError) as error:
        load(task, source)
    assert [word for word in words if word not in str(error.value)] == []
