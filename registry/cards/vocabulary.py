"""The closed vocabularies of a card, with what each word means.

`registry/README.md` prints these meanings; a test holds the two together.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

LicenceName = Literal[
    "Apache-2.0",
    "CC0-1.0",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-SA-3.0",
    "GPL-2.0-only",
    "MIT",
    "agreement",
    "none",
    "not applicable",
    "unknown",
]
Evidence = Literal["file", "card", "readme", "code", "reported", "none found", "unknown"]
Origin = Literal["clinical", "simulated", "crowd", "scraped", "synthetic", "demonstration", "expert", "mixed", "unknown"]
ConsentBasis = Literal["no real people", "participants", "workers", "public posts", "public videos", "unknown"]
Deidentification = Literal["not needed", "done", "partly", "unknown"]
Access = Literal["open", "gated", "agreement", "closed", "unknown"]
Use = Literal["evaluation", "research", "training", "commercial", "unknown"]
Redistribute = Literal["yes", "no", "unknown"]
Standing = Literal["there", "moved", "gone", "unknown"]
SourceKind = Literal["bank", "hub", "repository", "web"]
OverlapKind = Literal["same items", "derived text", "same source"]
Shape = Literal["rows", "cpsycoune", "openr1", "voices", "texts", "documents", "clients"]

MEANING: Final[dict[str, tuple[object, dict[str, str]]]] = {
    "licence name": (
        LicenceName,
        {
            "Apache-2.0": "Apache License 2.0",
            "CC0-1.0": "Creative Commons Zero: no rights reserved",
            "CC-BY-4.0": "Creative Commons Attribution 4.0",
            "CC-BY-SA-4.0": "Creative Commons Attribution, share alike, 4.0",
            "CC-BY-NC-4.0": "Creative Commons Attribution, no commercial use, 4.0",
            "CC-BY-NC-SA-3.0": "Creative Commons Attribution, no commercial use, share alike, 3.0",
            "GPL-2.0-only": "GNU General Public License 2",
            "MIT": "MIT License",
            "agreement": "terms of an agreement that each user signs",
            "none": "looked for, and no licence was found",
            "not applicable": "there is no such part (a dataset without code)",
            "unknown": "not established",
        },
    ),
    "licence evidence": (
        Evidence,
        {
            "file": "a licence file that covers this part",
            "card": "the dataset's own card or page states it",
            "readme": "only the README states it",
            "code": "the only licence found is the code's; nobody says that it covers the text",
            "reported": "others report it; the owner's statement was not seen",
            "none found": "looked for, and nothing was found",
            "unknown": "not looked for, or not clear",
        },
    ),
    "origin": (
        Origin,
        {
            "clinical": "sessions or messages of real clients",
            "simulated": "people playing clients or counselors",
            "crowd": "written by paid or volunteer workers",
            "scraped": "posts or pages that were collected",
            "synthetic": "written by a language model",
            "demonstration": "recordings made to show a method",
            "expert": "written or rated by professionals of the field",
            "mixed": "several of these; the summary says which",
            "unknown": "not established",
        },
    ),
    "consent basis": (
        ConsentBasis,
        {
            "no real people": "the text describes nobody who exists",
            "participants": "the people in it agreed to its use",
            "workers": "the people who wrote it were engaged to write it",
            "public posts": "people posted it in public; they were not asked",
            "public videos": "people published the recording; those in it were not asked",
            "unknown": "not established",
        },
    ),
    "de-identification": (
        Deidentification,
        {
            "not needed": "there is nobody to identify",
            "done": "the owner removed identifying details",
            "partly": "the owner removed some, or says that some may be left",
            "unknown": "not established",
        },
    ),
    "access": (
        Access,
        {
            "open": "anyone can fetch it",
            "gated": "an account must accept terms first",
            "agreement": "a signed agreement is needed",
            "closed": "not given out",
            "unknown": "not established",
        },
    ),
    "permitted use": (
        Use,
        {
            "evaluation": "measuring models on it",
            "research": "research in general",
            "training": "training models on it",
            "commercial": "commercial use",
            "unknown": "the terms do not say, or there are none",
        },
    ),
    "redistribute": (
        Redistribute,
        {
            "yes": "its text may be shown and shipped, with attribution",
            "no": "its text never leaves the worker that loaded it",
            "unknown": "not cleared; handled exactly as no",
        },
    ),
    "standing": (
        Standing,
        {
            "there": "found at its address when last checked",
            "moved": "found at another address; the card's problems say where",
            "gone": "no longer found",
            "unknown": "the address was not tried",
        },
    ),
    "source kind": (
        SourceKind,
        {
            "bank": "a folder of registry/open, shipped with this project",
            "hub": "a dataset repository of the Hub, by commit",
            "repository": "files of a code repository, by commit, over HTTPS",
            "web": "a page that people read or write to; nothing can be fetched by this program",
        },
    ),
    "overlap kind": (
        OverlapKind,
        {
            "same items": "some items are in both",
            "derived text": "the text of one was made from the other's",
            "same source": "both were made from a third collection",
        },
    ),
}


def meanings(name: str) -> dict[str, str]:
    """The words of one vocabulary with what they mean; raises KeyError where the two lists differ."""
    literal, meaning = MEANING[name]
    return {word: meaning[word] for word in get_args(literal)}
