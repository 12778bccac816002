"""Wordings that say what is asked whatever it is asked about, where the subject would lead an embedding astray."""

from __future__ import annotations

import re
from typing import Final

from counsel_leaderboard.registry.sessions.reading.acts_by_rule import MOST_CHARACTERS

WORDINGS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    (
        "",
        re.compile(
            r"\bwhat happened (?:to|with|on|in|at|that|when|the)\b"
            r"|^(?:could|can|would|will|do) you (?:like to |please )?(?:pick|tell|describe|share|say more|walk"
            r"|name|give)\b"
            r"|\b(?:tell|telling) me (?:more )?about\b"
            r"|\b(?:recent|concrete|specific) (?:time|moment|example|situation)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "exception",
        re.compile(
            r"\b(?:is|are|was|were|have|has) there (?:been )?(?:any |some |ever )?(?:\w+ )?(?:times?|moments?|places?|days?|"
            r"situations?|nights?|mornings?|evenings?|weeks?|anything|anywhere|somewhere|something) (?:when|where"
            r"|in which|that)\b"
            r"|\bis there (?:anything|anywhere|somewhere|something) where\b",
            re.IGNORECASE,
        ),
    ),
    (
        "worst",
        re.compile(
            r"\b(?:most (?:challenging|difficult|painful)|hardest|toughest|worst (?:part|thing|moment))\b", re.IGNORECASE
        ),
    ),
    (
        "friend",
        re.compile(
            r"\b(?:friend|colleague|apprentice|someone else|somebody else)\b.{0,200}\b(?:say|tell|think|see)\b"
            r"|\b(?:say to|tell|advise) (?:a|another|your|this) (?:\w+ )?(?:friend|colleague|sister|brother)\b"
            r"|\b(?:say|tell)\b.{0,200}\b(?:to|your) (?:a |an |your )?(?:good |close |best )?(?:friend|colleague"
            r"|apprentice)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "who-knows",
        re.compile(
            r"\bwho (?:else )?(?:knows|has heard|have you told)\b"
            r"|\b(?:told|tell) (?:anyone|anybody|someone|somebody)\b"
            r"|\bdoes (?:anyone|anybody) (?:else )?know\b|\bwho do you have to talk to\b",
            re.IGNORECASE,
        ),
    ),
    (
        "believe",
        re.compile(
            r"\bhow (?:strongly|much|firmly) (?:do|did) you (?:still )?believe\b"
            r"|\bhow (?:sure|certain|convinced) (?:are|were) you\b"
            r"|\bhow (?:true|believable)\b|\bhow strong is that belief\b",
            re.IGNORECASE,
        ),
    ),
    (
        "gain-cost",
        re.compile(
            r"\b(?:cost|costs|costing) you\b|\bdo for you\b|\bget out of it\b|\bwhat does it give you\b"
            r"|\bin the short (?:run|term)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "evidence",
        re.compile(
            r"\bevidence\b|\b(?:speaks?|points?) (?:for|against|towards?|away)\b"
            r"|\bhow would (?:we|you) (?:find|know|test)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "other-view",
        re.compile(
            r"\bmore balanced\b"
            r"|\b(?:another|other|different) (?:explanation|way (?:of|to)|reasons?|view|reading)\b"
            r"|\bcould it be that\b|\bis it possible that\b"
            r"|\bwhat else (?:could|might) (?:it|that|explain)\b"
            r"|^(?:and |so |but )?(?:could|might) (?:he|she|they|it|that|this) (?:have|be|mean|also)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "say-to",
        re.compile(
            r"\bwould you have (?:liked|wanted) to (?:say|tell|answer)\b|\bdo you wish you(?:'d| had"
            r"| could have) (?:said|told)\b"
            r"|\b(?:like to|wish you could|want to) (?:say|tell)\b.{0,200}\b(?:to|him|her|them)\b"
            r"|\bwant (?:him|her|them) to know\b",
            re.IGNORECASE,
        ),
    ),
    ("confidence", re.compile(r"\bhow (?:confident|likely|doable|realistic|ready)\b", re.IGNORECASE)),
    (
        "feared",
        re.compile(
            r"\b(?:afraid|fear|predict|worst)\b.{0,200}\bhappen\b|\bwhat (?:would|might|could) happen\b"
            r"|\bwhat are you (?:most )?afraid of\b"
            r"|\bworst you imagine\b"
            r"|\bwhat do you (?:fear|imagine will happen)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "meaning",
        re.compile(
            r"\b(?:say|says|mean|means) about you\b|\bwhat would (?:that|it|this) (?:make you|mean)\b"
            r"|\bwhat does that make you\b"
            r"|\bsays? of you\b"
            r"|\btell(?:s)? you about (?:yourself|you|your)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "other-feels",
        re.compile(
            r"\b(?:how|what) (?:do you think|do you imagine) (?:it|that|this)(?: is|'s| was| feels| felt)(?: like)? for\b"
            r"|^(?:and |so |but )?(?:how|what) (?:is|was) (?:it|that|this)(?: like)? for (?!you\b)"
            r"|\b(?:seen|notices?|noticed) of it\b"
            r"|\bwhat do you (?:think|imagine) (?:he|she|they) (?:feels?|felt|thinks?|is feeling"
            r"|are feeling)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "how-long",
        re.compile(
            r"\bhow long (?:have|has|did|is|was)\b"
            r"|\bwhen did (?:it|this|that|the \w+|you first|all this)\b.{0,200}\b(?:start|begin|first|notice)",
            re.IGNORECASE,
        ),
    ),
    ("last-time", re.compile(r"\bwhen (?:was the last time|did (?:it|this|that) last)\b", re.IGNORECASE)),
    ("how-often", re.compile(r"\bhow (?:often|frequently)\b|\bhow many (?:times|days|nights)\b", re.IGNORECASE)),
    (
        "takeaway",
        re.compile(
            r"\b(?:take|taking) (?:away|with you|from)\b.{0,200}\b(?:today|this|conversation|session)\b"
            r"|\bstands? out\b.{0,200}\btoday\b",
            re.IGNORECASE,
        ),
    ),
    (
        "next-step",
        re.compile(
            r"\b(?:first|small|smallest|next|tiny) (?:\w+ )?step\b"
            r"|\bone (?:small )?thing you (?:could|might)\b",
            re.IGNORECASE,
        ),
    ),
    ("tried", re.compile(r"\bwhat (?:else )?have you (?:already )?tried\b|\bhave you tried anything\b", re.IGNORECASE)),
    ("", re.compile(r"\bhave you (?:ever |already )?tried\b", re.IGNORECASE)),
    ("support", re.compile(r"\b(?:any|enough|other|much) support\b|\bsupports you\b", re.IGNORECASE)),
    (
        "willing",
        re.compile(
            r"^(?:and |so |but )?(?:would|will|could|can|are) you (?:be )?(?:willing|open|try|trying"
            r"|up for|do that|consider|commit|agree)\b"
            r"|\bhave you (?:considered|thought (?:about|of))\b|^(?:what|how) about \w+ing\b"
            r"|^(?:shall|could|can) we\b"
            r"|\bwilling to\b|\b(?:could|will|can) you\b.{0,200}\bthis week\?$",
            re.IGNORECASE,
        ),
    ),
    (
        "in-the-way",
        re.compile(
            r"\bin the way\b|\b(?:stops?|keeps?|stopping|holding|holds?) you (?:from|back)\b"
            r"|\bwhat makes (?:it|that) (?:so )?hard\b"
            r"|\bmade it (?:so )?hard\b",
            re.IGNORECASE,
        ),
    ),
    (
        "allow",
        re.compile(
            r"\b(?:allow|let) yourself\b|\b(?:kind|kinder|gentle|gentler) (?:to|with|on) yourself\b"
            r"|\bforgive yourself\b",
            re.IGNORECASE,
        ),
    ),
    (
        "imagine",
        re.compile(
            r"\bwhat if you\b|\bwhat would (?:it|that) be like\b|\bhow would (?:it|that) (?:be|feel)\b"
            r"|\bhow do you think (?:it|that) would\b"
            r"|\bwhat (?:might|would) (?:change|be different)\b|\bwhat would it look like\b",
            re.IGNORECASE,
        ),
    ),
    (
        "they-said",
        re.compile(
            r"^(?:and |so |but )?(?:what|how) (?:did|does|do|has) (?!you\b|it\b|that\b|this\b"
            r"|your body)(?:\w+ ){1,3}(?:say|said"
            r"|react|respond|tell you)\b"
            r"|\bwhat do they say\b|\b(?:has|have|did) (?!you\b)(?:\w+ ){1,3}(?:said|say) (?:anything|something)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "respond",
        re.compile(
            r"\bwhat (?:did|do) you (?:do|say)\b|\bhow (?:did|do) you (?:respond|react|handle|cope|deal)\b"
            r"|\bwhat happened (?:next|then|after)\b"
            r"|\bwhat did you (?:write|answer|reply)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "sounds",
        re.compile(
            r"\bhow does (?:that|this|it) (?:sound|land|sit|strike)\b"
            r"|\bdoes (?:that|this|it) (?:make sense|help|sound|resonate)\b"
            r"|^agreed\?|\bwhat do you (?:think|make) of (?:that|this|it)\b"
            r"|\bhow does (?:\w+ ){1,3}(?:sound|land)\b|\bhow is it to hear\b",
            re.IGNORECASE,
        ),
    ),
    (
        "understood",
        re.compile(
            r"\b(?:did|have|am) i (?:get|got|getting|understand|understood|hear|heard|miss|missed|missing)\b"
            r"|\b(?:is|does) that (?:right|close|near|come anywhere)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "thoughts",
        re.compile(
            r"\bthrough your (?:mind|head)\b|\b(?:tell|told|telling|say to) yourself\b"
            r"|\bwhat (?:do|did|were) you think(?:ing)?\b(?! (?:of|it|that|this|he|she|they|about|is|was|would|will"
            r"|might|could|makes?"
            r"|made|keeps|your|the|his|her|their|happen\w*)\b)",
            re.IGNORECASE,
        ),
    ),
    ("body", re.compile(r"\b(?:in|does|did) your body\b|^(?:and )?where (?:\w+ ){0,3}do you (?:feel|notice)\b", re.IGNORECASE)),
    (
        "feelings-about",
        re.compile(
            r"\bwhat (?:is|was|were) (?:it|that) like\b(?! (?:to|for)\b)|\bhow (?:is|was) (?:it|that)\b"
            r"|\bhow (?:do|did|does) (?:that|it|you) (?:make you )?feel\b"
            r"|\bwhat (?:do|did|were) you feel(?:ing)?\b"
            r"|\bwhat(?:'s| is) (?:the feeling|it like|that like)\b|\bwhat feelings?\b",
            re.IGNORECASE,
        ),
    ),
    ("what-helps", re.compile(r"\bwhat (?:helps|helped|would help|might help)\b", re.IGNORECASE)),
    (
        "impact",
        re.compile(
            r"\bwhat (?:have you (?:changed|given up|stopped)|don't you do|do you (?:avoid|no longer|not do))\b"
            r"|\b(?:affect|affects|affecting|affected|impact)\b",
            re.IGNORECASE,
        ),
    ),
    ("what-hope", re.compile(r"\bwhat (?:would|do) you (?:like|want|hope|need)\b|\bwhat are you hoping\b", re.IGNORECASE)),
)
"""By the id of the shared question; the first that holds counts. The one without an id invites to tell, which no few words
answer.
"""


def wording_of(text: str) -> str | None:
    """The id of the shared question that a question's wording names; "" where it invites to tell; None where it names none."""
    plain = text.strip().replace("’", "'")[:MOST_CHARACTERS]
    return next((name for name, pattern in WORDINGS if pattern.search(plain)), None)
