"""Reads a counselor's turn by rules. `registry/sessions/reading/acts_by_coder.py` is where the coder of skills takes over."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from counsel_leaderboard.registry.sessions.reading.counselor_acts import AskedQuestion, CounselorActs, Odd
from counsel_leaderboard.registry.sessions.reading.risk_questions import RiskDetector
from counsel_leaderboard.registry.sessions.shared_bank import stock_bank
from counsel_leaderboard.registry.sessions.words import is_copy, plain_form, sentences, stems, words

MOST_CHARACTERS: Final = 8000
"""What a client reads of a turn; an answer of 50,000 characters is read no further."""
_LEAD_IN: Final = re.compile(
    r"^(?:(?:so|and|but|well|okay|ok|now|hm+|right|i see|thank you|thanks)\b[,.]?\s+|(?:i(?:'m| am)? ?wonder(?:ing)?"
    r"|i'?d like to ask)"
    r"(?: if| whether)?,?\s+|(?:can|could|may|might|would) (?:i|you) (?:please )?(?:ask(?: you)?|tell me|share"
    r"|say)(?: a (?:bit|little))?"
    r"(?: more)?(?: about)?[:,]?\s+|if (?:you don't mind|i may)[^,]*,\s+|when you (?:say|talk|think)[^,]*,\s+)+",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    r"^(?:what|how(?! (?:long|often|many|much|old|about)\b)|why|tell me|describe|which|in what|where|who|walk me"
    r"|take me|help me|i'd like to hear)\b",
    re.IGNORECASE,
)
_ASKS_PLAINLY: Final = re.compile(r"^(?:tell me|describe|walk me|take me|i(?:'m| am)? ?wonder)", re.IGNORECASE)
_TAG: Final = re.compile(
    r",\s*(?:right|is that right|isn't it|don't you|do you|am i right|correct|yes|no|is it|is that so)\?$", re.IGNORECASE
)
_INVERTED: Final = re.compile(
    r"(?:^|,\s*)(?:what|how|why|where|when|which|who\w*|in what|is|are|was|were|do|does|did|have|has|had|can|could"
    r"|will|would|should|may|"
    r"might|am|on a scale|from|if|shall|any|anything|for how|since when|to what|at what)\b",
    re.IGNORECASE,
)
_OUGHT: Final = re.compile(r"\byou (?:should|need to|have to|must|ought to|could|might want)\b", re.IGNORECASE)
"""Advice in a statement; in a question that lets the client answer, "What would you wish for if you could?", it is none."""
_LETS_ANSWER: Final = re.compile(
    r"(?:^|[,:;]\s*)(?:what(?! about| if)|how(?! about)|which|where|who|when)\b[^?]*\?$", re.IGNORECASE
)
_ADVICE: Final = re.compile(
    r"\b(?:try(?:ing)? (?:to|\w+ing)|i(?:'d"
    r"| would)? (?:suggest|recommend|advise|"
    r"encourage)|why don't you|have you (?:considered|thought about)|how about|make sure|it(?:'s| is"
    r"| would be) (?:important|best|helpful) to|consider)"
    r"|^(?:\W|\d)*(?:try|take(?! (?:your|all the) time| a moment)|talk|write|practi[cs]e|avoid|set|start|focus|remember"
    r"|reach out|make|keep|get|seek|find"
    r"|limit|ask)\b",
    re.IGNORECASE,
)
_LEAVE: Final = re.compile(
    r"\b(?:may i|can i|would you like|is it (?:ok|okay|all right)|with your permission)\b", re.IGNORECASE
)
_ITEM: Final = re.compile(r"^[^\S\n]*(?:[-*•–]|\d+[.)])\s+\S", re.MULTILINE)
_WARM: Final = re.compile(
    r"\b(?:thank you|thanks for|glad you|i'm (?:so )?sorry|brave|courage|i'm here|proud of you|i care|not alone"
    r"|must be (?:so |very )?(?:hard|difficult)"
    r"|sounds (?:so |very |really )?(?:hard|difficult|tough))\b",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"\b(?:our time|time is (?:nearly |almost )?up|(?:stop|end|finish|leave it|wrap up)(?: it)? (?:here|there"
    r"|for today|now)|good ?bye|take care"
    r"|see you (?:next|soon)|until next (?:time|week)|end of (?:our|the|this) (?:session|hour)|to sum up"
    r"|before we (?:stop|finish|end))\b",
    re.IGNORECASE,
)
_COMMITMENT: Final = re.compile(
    r"\b(?:what (?:will|would|could|might|are) you (?:be )?(?:going to |willing to |like to )?(?:try|do"
    r"|take)\b.*(?:week|until|next|now|tomorrow|home)"
    r"|what do you take (?:away|with you)|will you try|can you commit|first (?:small )?step)\b",
    re.IGNORECASE,
)
_REFERRAL: Final = re.compile(
    r"\b(?:hot ?line|helpline|help line|crisis line|988|findahelpline|emergency|therapist|psychiatrist|psychologist"
    r"|doctor|gp|professional|hospital"
    r"|support group|counsel(?:l)?ing service|someone you trust)\b",
    re.IGNORECASE,
)
_LOOKS_BACK: Final = re.compile(r"\byou (?:told|said|saw|went|asked|mentioned|have told|have seen)\b", re.IGNORECASE)
"""Takes up what the client said of a doctor, and points nowhere."""
_HONESTY: Final = re.compile(
    r"\b(?:be(?:ing)? honest|the truth|is (?:that|this|it) (?:really )?true|are you (?:really )?sure"
    r"|holding (?:anything |something )?back|keeping (?:something|"
    r"anything) (?:back|from)|not telling me|haven't told me|making (?:this|that|it) up|really happen(?:ed)?|hiding)\b",
    re.IGNORECASE,
)
_OTHER_ROLE: Final = re.compile(r"^\s*\**(?:client|patient|user|human)\**\s*:", re.IGNORECASE)
_YOU: Final = re.compile(r"\b(?:you|your|you're|you've|that|it|so)\b", re.IGNORECASE)


class RuleReader:
    """Reads a turn by rules; the same text is read the same way, always."""

    name = "rules 1"

    def __init__(self, risk: RiskDetector) -> None:
        self._risk = risk

    def __call__(self, text: str, client: str, earlier: tuple[str, ...]) -> CounselorActs:
        """The acts of a turn; see ReadsActs."""
        text = text[:MOST_CHARACTERS].replace("’", "'")
        if odd := _odd(text, earlier):
            return CounselorActs(odd=odd)
        parts = sentences(text)
        heard = stems(client)
        questions, reflections, statements, advice = list[AskedQuestion](), list[str](), list[str](), 0
        for part in parts:
            bare = _LEAD_IN.sub("", part).strip() or part
            if _is_reflection(part, bare, client, heard):
                reflections.append(part)
            elif _is_question(part, bare):
                questions.append(AskedQuestion(bare, open=bool(_OPEN.match(bare) or _ASKS_PLAINLY.match(part))))
            else:
                statements.append(part)
            advice += _is_advice(part, bare) and part not in reflections and not (part.endswith("?") and _LEAVE.search(part))
        prompt = not reflections and all(plain_form(part) in _prompts() for part in parts if not _WARM.search(part))
        risk = () if prompt else self._risk.sentences(parts)
        return CounselorActs(
            questions=tuple(questions),
            reflections=tuple(reflections),
            statements=tuple(statements),
            prompt=prompt,
            advice=advice,
            listed=len(_ITEM.findall(text)) >= 2,
            information=sum(len(words(part)) for part in statements) >= 40,
            warmth=bool(_WARM.search(text)),
            closing=bool(_CLOSING.search(text)),
            commitment=bool(_COMMITMENT.search(text)),
            referral=any(_REFERRAL.search(part) and not _LOOKS_BACK.search(part) for part in sentences(text)),
            honesty=any(_HONESTY.search(question.text) for question in questions),
            risk=" ".join(risk),
            topic_words=stems(text),
        )


def _odd(text: str, earlier: tuple[str, ...]) -> Odd | None:
    if not (spoken := words(text)):
        return "nonsense" if re.search(r"[^\s.…\-]{4}", text) else "silence"
    if _OTHER_ROLE.match(text):
        return "wrong role"
    plain = plain_form(text)
    if len(spoken) > 3 and any(plain == plain_form(turn) for turn in earlier[-4:]):
        return "same again"
    vowels = sum(any(letter in word for letter in "aeiouy") for word in spoken)
    return "nonsense" if vowels < 0.6 * len(spoken) or max(map(len, spoken)) > 40 else None


def _is_question(part: str, bare: str) -> bool:
    return part.endswith("?") or bool(_ASKS_PLAINLY.match(bare) or _ASKS_PLAINLY.match(part))


def _is_advice(part: str, bare: str) -> bool:
    return bool(_ADVICE.search(part)) or (bool(_OUGHT.search(part)) and not _LETS_ANSWER.search(bare))


def _is_reflection(part: str, bare: str, client: str, heard: frozenset[str]) -> bool:
    """A statement, or a question in the form of one, that shares a content word with the client and is no copy."""
    asks = part.endswith("?") and not _TAG.search(part) and bool(_INVERTED.match(bare))
    if asks or _ASKS_PLAINLY.match(bare) or _is_advice(part, bare) or not _YOU.search(part):
        return False
    return bool(stems(part) & heard) and not is_copy(part, client)


@cache
def _prompts() -> frozenset[str]:
    return frozenset(plain_form(prompt) for prompt in stock_bank().prompts)
