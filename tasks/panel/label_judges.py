"""Judges that follow a bank's own labels to the letter. Each sees what a real judge sees: the messages of one call."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from counsel_leaderboard.registry.common.errors import CounselError
from counsel_leaderboard.tasks.judge.prompts import TICKET, Question

HEADING, FENCE, FENCE_END = "## ", "<<<", ">>>"
ASKED = "## Question for `answer`\n"

Verdict = dict[str, Any]
LabelJudge = Callable[[Question], Verdict]


class UnknownReplyError(CounselError):
    """A judge that follows labels was shown a reply that no label is about."""


def bare(text: str) -> str:
    """The words of a text, in lower case, so that no mark of a prompt counts."""
    return " ".join(re.findall(r"\w+", text.lower()))


def shown(question: Question) -> dict[str, str]:
    """The fenced texts of a call by their heading, as `bare` words."""
    lines = question.messages[-1]["content"].split("\n")
    texts, at = {}, 1
    while at < len(lines):
        heading, fence = lines[at - 1], lines[at]
        at += 1
        if heading.startswith(HEADING) and fence.startswith(FENCE):
            end = lines.index(fence.removeprefix(FENCE) + FENCE_END, at)
            texts[heading.removeprefix(HEADING)] = bare("\n".join(lines[at:end]))
            at = end + 1
    return texts


def scales(fitting: Iterable[tuple[str, str]]) -> LabelJudge:
    """The best of each scale for a reply that belongs to the conversation before it, the lowest for any other.

    fitting: the client's last message with the reply that belongs to it.
    """
    pairs = {(bare(message), bare(reply)) for message, reply in fitting}

    def judge(question: Question) -> Verdict:
        parts = shown(question)
        chat, reply = parts["The conversation so far"], parts["The counselor's reply to be judged"]
        fits = any(reply == words and chat.endswith(message) for message, words in pairs)
        fields = {name: rule for name, rule in question.schema["properties"].items() if name not in (TICKET, "reason")}
        return {"reason": "", **{name: (max if fits else min)(rule["enum"]) for name, rule in fields.items()}}

    return judge


def acts(labels: Mapping[tuple[str, str], bool]) -> LabelJudge:
    """Yes or no to one act. labels: for (reply, question as the judge reads it) whether the reply does what is asked."""
    known = {(bare(reply), bare(asked)): does for (reply, asked), does in labels.items()}

    def judge(question: Question) -> Verdict:
        body = question.messages[-1]["content"]
        asked = body.rpartition(ASKED)[2].partition("\n\n## ")[0]
        reply = shown(question)["The reply to be judged"]
        if (reply, bare(asked)) not in known:
            raise UnknownReplyError("the bank's labels say nothing of this reply and act: give the bank's own replies only")
        return {"reason": "", "answer": "yes" if known[reply, bare(asked)] else "no"}

    return judge


def choices(worth: Mapping[str, int]) -> LabelJudge:
    """The reply of more worth, or a tie. worth: of each reply."""
    known = {bare(reply): value for reply, value in worth.items()}

    def judge(question: Question) -> Verdict:
        parts = shown(question)
        ahead = known[parts["Reply A"]] - known[parts["Reply B"]]
        return {"reason": "", "choice": "tie" if ahead == 0 else "A" if ahead > 0 else "B"}

    return judge
