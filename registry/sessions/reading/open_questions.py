"""What an open question is after, as far as a mild answer to it depends on that."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

from counsel_leaderboard.registry.sessions.reading.question_forms import asking_part

MOST_CHARACTERS: Final = 2000
"""Of a question that are read."""

OpenAim = Literal[
    "another's mind", "another's words", "another's story", "words not spoken", "own will", "would help", "what if", "fitting",
    "difference", "reason", "origin", "proof", "time", "person", "spot", "amount", "feeling", "thought", "own act", "view",
    "other",
]  # fmt: skip
OPEN_AIMS: Final[tuple[OpenAim, ...]] = get_args(OpenAim)

_OTHERS: Final = (
    r"(?:he|she|they|him|her|them|(?:your|the|his|my) (?!body|mind|head|feelings?|thoughts?|voice|part|fear|worry|anxiety)"
    r"(?:\w+[ -]){0,2}?\w+)"
)
_AIMS: Final[tuple[tuple[OpenAim, re.Pattern[str]], ...]] = (
    (
        "another's mind",
        re.compile(
            rf"^(?:what|how) (?:do|did) you (?:think|imagine|suppose|guess) (?:it|that) (?:is|was|'s|has been) (?:like )?for\b"
            rf"|^(?:what|how) (?:do|did) you (?:think|imagine|suppose|guess) {_OTHERS} (?:is|are|was|were|\w*(?:s|d|t|k|e)\b)"
            rf"|^(?:what|how|why) (?:would|might|could|do|does|did|is|was) (?!.*\bma[dk]es? you\b){_OTHERS} (?:want"
            rf"|need|think|feel"
            rf"|see|make|mean|understand|experience|hope|know|tell)\b"
            rf"|^(?:what|how) (?:would|might|could) {_OTHERS} (?:say|react|respond|answer)\b"
            r"|^(?:what|how) (?:is|was|has) (?:it|that|this)(?: been)?(?: like)? for (?!you\b)",
            re.IGNORECASE,
        ),
    ),
    (
        "another's words",
        re.compile(
            r"^(?:what|how) (?:did|does|do|has|have) (?!you\b|it\b|that\b|this\b|i\b|your body|your mind)"
            r"(?:[\w']+ ){1,4}?(?:say|said|do|done|answer|reply|respond|react|write|tell|take it)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "words not spoken",
        re.compile(r"\b(?:wish(?:ed)?|like|liked|want|wanted) (?:you (?:could|had) )?(?:to )?(?:have )?(?:say|said|tell|told"
                   r"|answer|answered)\b|^what (?:did|do|would) you (?:rather|prefer|leave|left|hold back"
                   r"|keep)\b", re.IGNORECASE),
    ),
    ("another's story", re.compile(r"^what happened (?:to|with) (?!you\b|that\b|it\b)", re.IGNORECASE)),
    ("own will", re.compile(r"^(?:would|could|can|will) you\b", re.IGNORECASE)),
    (
        "what if",
        re.compile(
            r"^(?:what|how) would (?:it|that|this|things|life|a|your|the)\b|^what (?:might|would) (?:change|you lose)\b"
            r"|^what if\b|^how might (?:it|that|things)\b|\bimagine\b",
            re.IGNORECASE,
        ),
    ),
    (
        "would help",
        re.compile(
            r"^(?:what|how|which|where) (?:\w+ ){0,4}?(?:could|might|would|can|should|will|do) (?:you|we|i|help)\b"
            r"(?! (?:think|say|feel|see|mean|notice|believe)\b)(?:(?<=(?:ould|ight) you)|(?<=can you)|(?<=ould we)|(?<=help)"
            r"|(?=.*\b(?:need|want|help)\b))|^what (?:do you )?needs?\b",
            re.IGNORECASE,
        ),
    ),
    ("fitting", re.compile(r"^how (?:do|does|did) (?:\w+ ){1,6}?(?:fit|go together|square|connect|relate)\b", re.IGNORECASE)),
    ("difference", re.compile(r"^what(?:'s| is| was)? (?:so )?(?:different|changed|new|special)\b|^what (?:has )?changed\b"
                              r"|^what made (?:\w+ ){1,4}different\b", re.IGNORECASE)),
    ("origin", re.compile(r"^where (?:do|does|did|could|might) (?:\w+ ){1,8}?(?:come|comes|came|stem|learn|get)\b"
                         r"|^what did you learn\b|^(?:who|where|when|how) did you (?:first )?learn\b", re.IGNORECASE)),
    ("proof", re.compile(r"\b(?:evidence|proof)\b|^how (?:do|did|can|could) you (?:know|tell)\b|^what (?:tells|told"
                         r"|makes) you\b"
                         r"(?=.*\b(?:sure|that|know)\b)", re.IGNORECASE)),
    (
        "reason",
        re.compile(
            r"^why\b|^how come\b|^what(?:'s| is| was)? (?:it that )?(?:made|makes|led|the reason|stops|stopped|keeps|kept"
            r"|drives|holds|is behind|behind)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "thought",
        re.compile(r"\b(?:goes|going|went|happens|happened|happening) (?:on )?(?:in|inside|within|through)\b", re.IGNORECASE),
    ),
    ("time", re.compile(r"^(?:since )?when\b|^(?:at |on )?what (?:time|day|year|age)\b", re.IGNORECASE)),
    ("person", re.compile(r"^(?:with |to |for )?who(?:m|se)?\b", re.IGNORECASE)),
    ("spot", re.compile(r"^where\b", re.IGNORECASE)),
    ("amount", re.compile(r"^(?:for |about )?how (?:many|much|often|long|old|far|likely|strong|bad|sure|certain|confident"
                          r"|strongly)\b|\bscale\b|\bout of (?:ten|10|a hundred)\b|\bpercent", re.IGNORECASE)),
    ("feeling", re.compile(r"^(?!what(?:'s| is) (?:one|a|the) (?:moment|time)).*\b(?:feels?|felt|feeling|feelings"
                           r"|emotions?)\b|^what(?:'s| is| was) (?:it|that) like\b"
                           r"|^how (?:is|was) (?:it|that)\b", re.IGNORECASE)),
    ("view", re.compile(r"^what (?:do|did|would) you (?:think of|make of)\b|^how (?:does|did|would) (?:\w+ ){1,4}(?:sound"
                        r"|land|sit|strike)\b|^what (?:are|were) your thoughts\b|^(?:do )?you think\b", re.IGNORECASE)),
    ("thought", re.compile(r"\b(?:think|thought|thoughts|thinking|mind|tell yourself|told yourself)\b", re.IGNORECASE)),
    ("own act", re.compile(r"^(?:and )?(?:what|how) (?:do|did|have) you (?:\w+ ){0,2}?(?:do|done|say|write|answer|try"
                           r"|cope|handle|manage|get"
                           r"|deal|respond|react)\b", re.IGNORECASE)),
)  # fmt: skip
_ELLIPTIC: Final = re.compile(r"^(?:and |so |then )*when (?:it|he|she|you|they|that|the) ", re.IGNORECASE)
"""'And when it stopped?' asks what then, not when."""


def open_aim(text: str) -> OpenAim:
    """What an open question is after. text: one question, a sentence."""
    plain = text.strip().replace("’", "'")[:MOST_CHARACTERS]
    if _ELLIPTIC.search(plain):
        return "other"
    asking = asking_part(plain)
    return next((aim for aim, pattern in _AIMS if pattern.search(asking)), "other")


def asks_what_then(text: str) -> bool:
    """Whether a question only points at the next moment, which whatever comes next answers: 'And when it stopped?'."""
    return bool(_ELLIPTIC.search(text.strip().replace("’", "'")[:MOST_CHARACTERS]))
