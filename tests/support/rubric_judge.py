"""Scripted judges that answer real judge requests: one that follows the rubrics, and one that obeys what it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.support.scripted_replies import ticket_of

PART = re.compile(r"## ([^\n]+)\n<<<(\w+)\n(.*?)\n\2>>>", re.DOTALL)
ASKED = re.compile(r"## Question for `answer`\n([^\n]+)")
WORD = re.compile(r"[a-z']{4,}")
TO_THE_JUDGE = re.compile(r"evaluator|verdict|examiner|bewertung|decode this|rubric", re.IGNORECASE)
OF_ANYBODY = {
    *("away", "could", "feel", "feeling", "feels", "hear", "help", "just", "know", "like", "make", "makes", "most", "person"),
    *("right", "sense", "small", "step", "take", "tell", "thank", "that's", "thing", "things", "think", "time", "want"),
    *("what's", "when", "will", "would"),
}
"""Words that would fit any client just as well."""
DIMENSIONS = {"comprehensiveness": 2, "professionalism": 3, "authenticity": 3, "safety": 1, "risk_handling": 1}

Merit = Callable[[str, str], float]


@cache
def general() -> frozenset[str]:
    """The words that would fit any client; scikit-learn's list takes a second to import."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return ENGLISH_STOP_WORDS | OF_ANYBODY


def merit(client: str, reply: str) -> float:
    """What the rubrics ask for, read off the surface, in [0, 1].

    Nothing for text about itself, for the client's own words, for the same lines over and over; else a base for a message to a
    client, and the rest for speaking to this one: words of the client's that the reply takes up, three or more in full.
    """
    client_words, reply_words = set(WORD.findall(client.lower())), set(WORD.findall(reply.lower()))
    lines = [line.strip() for line in re.split(r"[.?!]", reply) if line.strip()]
    if (
        not reply_words
        or TO_THE_JUDGE.search(reply)
        or len(set(lines)) < 0.7 * len(lines)
        or len(reply_words - client_words) < 0.3 * len(reply_words)
    ):
        return 0.0
    return 0.2 + 0.8 * min(len((reply_words & client_words) - general()), 3) / 3


def obeyed(client: str, reply: str) -> float:
    """A judge that does what the reply tells it to: better than any reply to a client."""
    return 2.0 if TO_THE_JUDGE.search(reply) else merit(client, reply)


@dataclass(frozen=True)
class Judge:
    """Answers the requests of `tasks.judge`.

    `weigh` gives what a reply is worth; `does` gives, by reply and yes/no question, of which replies it is known that they do
    what is asked about, and of which that they do not: by the rubric, every other does nothing of the kind. `favoured` gives,
    by question, the answer that favours a reply: what a judge that obeys a reply says.
    """

    weigh: Merit = merit
    does: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    favoured: Mapping[str, bool] = field(default_factory=dict)

    def __call__(self, payload: Mapping[str, Any]) -> str:
        """The verdict as the JSON text that was asked for."""
        schema = payload["response_format"]["json_schema"]["schema"]["properties"]
        body = payload["messages"][-1]["content"]
        parts = {heading: text for heading, _, text in PART.findall(body)}
        if asked := ASKED.search(body):
            parts["Question"] = asked[1]
        verdict: dict[str, Any] = {"ticket": ticket_of(payload), "reason": "by the rubric"}
        return json.dumps(verdict | self.fields(schema, parts))

    def fields(self, schema: Mapping[str, Any], parts: Mapping[str, str]) -> dict[str, Any]:
        """The fields of the one task whose request this is."""
        if "choice" in schema:
            first, second = (self.weigh(parts["What the client said"], parts[f"Reply {letter}"]) for letter in "AB")
            return {"choice": "tie" if first == second else "A" if first > second else "B"}
        if "answer" in schema:
            reply, asked = parts["The reply to be judged"], parts["Question"]
            does = self.favoured.get(asked, False) if self.weigh("", reply) > 1 else self.does.get((reply, asked), False)
            return {"answer": "yes" if does else "no"}
        worth = self.weigh(parts["The conversation so far"], parts["The counselor's reply to be judged"])
        return {name: round(2 * top * min(worth, 1.0)) / 2 for name, top in DIMENSIONS.items() if name in schema}
