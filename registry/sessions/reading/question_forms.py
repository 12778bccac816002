"""The form of a question: what kind of answer it wants, and whether a line of a client could be that kind of answer."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

QuestionForm = Literal[
    "agenda", "summary", "willing", "opinion", "scale", "evidence", "why", "when", "who", "where", "yes or no", "feeling",
    "thought",
    "other",
]  # fmt: skip
"""`scale`: how many, how much, how often, how long. `summary`: whether the counselor understood."""
FORMS: Final[tuple[QuestionForm, ...]] = get_args(QuestionForm)

YesNoKind = Literal["have you", "do you", "do they", "did you", "did they", "could it", "is there", "are you"]
"""How a question for a yes or a no begins, which decides what a mild answer to it can be."""

_AUXILIARY: Final = (
    r"(?:is|are|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|isn't"
    r"|aren't|don't|doesn't|didn't|haven't)"
)
_CLAUSE: Final = re.compile(
    rf"(?:^|[,:;.]\s*|\s[-–—]+\s*)(?:(?:and|but|so|or|then)\s+)?"
    rf"(?=(?:what|why|how|where|which|who\w*|when (?:exactly )?{_AUXILIARY}|since when|at what|on what|with whom"
    rf"|to whom|in what"
    rf"|on a scale|from (?:zero|0|one|1)|{_AUXILIARY})\b)",
    re.IGNORECASE,
)
"""Where the asking starts: "When she left, what did you feel?" asks from "what" on."""
_FORMS: Final[tuple[tuple[QuestionForm, re.Pattern[str]], ...]] = (
    (
        "summary",
        re.compile(
            r"^(?:did|have|am|do) i (?:get|got|miss|missed|leave|left|understand|understood|hear|heard|right)\b"
            r"|^(?:is|does|did|was) (?:that|this|it) (?:right|fair|fit|about right|sound right|capture|match|close)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "agenda",
        re.compile(
            r"^(?:what|which|where)\b.{0,200}\b(?:like|want|shall|should|useful|helpful)\b.{0,200}"
            r"\b(?:talk about|work on|focus|start|begin|today|first|spend)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "willing",
        re.compile(
            r"^(?:would|could|will|are|can) you (?:be )?(?:willing|try|open to|up for|prepared|consider|agree"
            r"|commit|like to)\b"
            r"|\bwilling to\b",
            re.IGNORECASE,
        ),
    ),
    (
        "opinion",
        re.compile(
            r"^what (?:do|did|would|might) you (?:think of|make of)\b|^how (?:does|did|would) (?:that|this|it) "
            r"(?:sound|land|sit|strike)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "evidence",
        re.compile(
            r"\b(?:evidence|proof|prove)\b|^how (?:do|did|would|could) you know\b|^what (?:tells|told|shows"
            r"|makes you (?:so )?sure)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "scale",
        re.compile(
            r"^(?:for |about )?how (?:many|much|often|long|old|far|likely|strong|bad|sure|certain|confident"
            r"|strongly|certainly|badly)\b|\bscale\b"
            r"|\bout of (?:ten|10|a hundred)\b|\bwhat (?:number|percentage)\b|^from (?:zero|0|one|1)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "why",
        re.compile(
            r"^why\b|^how come\b|^what(?:'s| is| was)? (?:made|makes|led|the reason|stops|stopped|keeps|kept|drew"
            r"|brings|brought)\b",
            re.IGNORECASE,
        ),
    ),
    ("when", re.compile(r"^when\b|^since when\b|^(?:at |on )?what (?:time|day|date|year|month|hour|age)\b", re.IGNORECASE)),
    (
        "who",
        re.compile(
            r"^(?:with |to |for )?who(?:m|se|'s|ever)?\b|^(?:is|are|was|does|do|did|has|have) (?:there )?any(?:one|body)\b"
            r"|^(?:is|was) there some(?:one|body)\b|^does (?:someone|somebody)\b",
            re.IGNORECASE,
        ),
    ),
    ("where", re.compile(r"^where\b", re.IGNORECASE)),
    ("yes or no", re.compile(rf"^{_AUXILIARY}\b", re.IGNORECASE)),
    (
        "feeling",
        re.compile(
            r"(?<!to )(?<!when you )\b(?:feels?(?! right)|felt|feeling|feelings|emotion|emotions|body)\b|^what(?:'s"
            r"| is| was) (?:it|that) like\b"
            r"|^how (?:is|was|has) (?:it|that)(?: been)? for you\b",
            re.IGNORECASE,
        ),
    ),
    (
        "thought",
        re.compile(
            r"\b(?:(?:through|in|on) your (?:mind|head)|tell yourself|told yourself|think|thought|thoughts"
            r"|thinking|say to yourself)\b",
            re.IGNORECASE,
        ),
    ),
)
_TAG: Final = re.compile(r",? (?:do|would|don't|wouldn't) you (?:think|suppose|reckon|say|imagine)\?$", re.IGNORECASE)
"""'What is it, do you think?' is no question for a yes or a no."""
_BODY: Final = re.compile(r"\b(?:in|of) your body\b|^where (?:\w+ ){0,3}do you (?:feel|notice)\b", re.IGNORECASE)
_INVITES: Final = re.compile(
    r"^(?:would|could|can|will|do) you (?:like to |want to |mind |please )?(?:tell|telling|share|say more"
    r"|describe|talk about|name|give me|walk me|show me|pick)\b",
    re.IGNORECASE,
)
"""Yes or no in its grammar alone."""
_YES_NO: Final[tuple[tuple[YesNoKind, re.Pattern[str]], ...]] = (
    ("is there", re.compile(r"^(?:is|are|was|were) there\b", re.IGNORECASE)),
    ("have you", re.compile(r"^(?:have|haven't) you\b", re.IGNORECASE)),
    ("do you", re.compile(r"^(?:do|don't) you\b", re.IGNORECASE)),
    ("did you", re.compile(r"^(?:did|didn't|were) you\b", re.IGNORECASE)),
    ("are you", re.compile(r"^(?:are|aren't) you\b", re.IGNORECASE)),
    ("do they", re.compile(r"^(?:do|does|don't|doesn't) (?!you\b)", re.IGNORECASE)),
    ("did they", re.compile(r"^(?:did|didn't|has|have|hasn't|was|were) (?!you\b|i\b)", re.IGNORECASE)),
    ("could it", re.compile(r"^(?:could|can|may|might|would|is|isn't|are) (?!you\b|i\b|we\b)", re.IGNORECASE)),
)
_SCALE: Final = re.compile(r"\bon a scale\b|\bout of (?:ten|10|a hundred|100)\b", re.IGNORECASE)
_TIME: Final = re.compile(
    r"\b(?:\w*day|morning|evening|night|noon|week\w*|month\w*|year\w*|ago|since|yesterday|today|tonight|last|january"
    r"|february|march"
    r"|april|june|july|august|september|october|november|december|spring|summer|autumn|fall|winter|christmas|easter"
    r"|before|after"
    r"|when|o'clock|hour\w*|minute\w*|always|never|at (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))\b|\d",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety"
    r"|hundred|thousand|once|twice|half|dozen|every|always|never|none|all|most|few|several|couple|much|lots?|since"
    r"|years?|months?|weeks?"
    r"|nights?|days?|hours?|minutes?)\b",
    re.IGNORECASE,
)
_SOMEBODY: Final = re.compile(
    r"\b(?:wife|husband|partner|mother|mum|mom|father|dad|parents?|son|daughter|sister|brother|kids?|child\w*|boy"
    r"|girl|man|woman|people"
    r"|boss|manager|doctor|nurse|teacher|friends?|neighbou?rs?|aunt|uncle|cousin|gran\w*|colleagues?|nobody|no one"
    r"|everybody|everyone"
    r"|some(?:body|one)|any(?:body|one)|he|she|they|him|her|them|myself|me|we|us)\b|(?<=[a-z,] )[A-Z][a-z]{2,}",
)
_SPOT: Final = re.compile(
    r"\b(?:in|at|on|from|to|near|behind|under|outside|inside|home|here|there|nowhere|everywhere)\b", re.IGNORECASE
)
_KINDS: Final = {"when": _TIME, "scale": _NUMBER, "who": _SOMEBODY, "where": _SPOT}


def asking_part(plain: str) -> str:
    """A question from the word on that asks: "When she left, what did you feel?" from "what" on. plain: a sentence."""
    plain = _TAG.sub("?", plain)
    starts = [match.end() for match in _CLAUSE.finditer(plain)]
    return plain[starts[-1] :] if starts else plain


def yes_no_kind(text: str) -> YesNoKind | None:
    """How a question for a yes or a no begins; None if it is no such question, or begins otherwise."""
    asking = asking_part(text.strip().replace("’", "'"))
    if _INVITES.search(asking):
        return None
    return next((kind for kind, pattern in _YES_NO if pattern.search(asking)), None)


def question_form(text: str) -> QuestionForm:
    """What kind of answer a question wants. text: one question, a sentence."""
    plain = text.strip().replace("’", "'")
    asking = asking_part(plain)
    if _BODY.search(asking):
        return "feeling"
    if _INVITES.search(asking):
        return "other"
    if _SCALE.search(plain):
        return "scale"
    return next((form for form, pattern in _FORMS if pattern.search(asking)), "other")


def could_answer(form: QuestionForm, line: str) -> bool:
    """Whether a line has what an answer of this form cannot do without: a time, a number, a person, a spot.

    Of other forms: always.
    """
    pattern = _KINDS.get(form)
    return pattern is None or bool(pattern.search(line))
