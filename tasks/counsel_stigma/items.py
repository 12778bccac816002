"""The documents of the stigma tasks: one for each vignette, question and option order."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from tasks.order import Doc, blocks, interleaved
from tasks.source import Items, Suite, load

HERE = Path(__file__).parent
CONTROL = "daily troubles"
HEADLINE = ("depression", "alcohol dependence", "schizophrenia")
FIRST = (*HEADLINE, CONTROL)

Row = Mapping[str, Any]


@functools.cache
def questionnaire() -> Mapping[str, Any]:
    """The six index items, their options and which of these count as stigma."""
    return dict(yaml.safe_load((HERE / "questions.yml").read_text(encoding="utf-8")))


def items(source: str = "open") -> Items:
    """Documents of the open bank, or of the 1,008 upstream prompts."""
    suites = {
        "open": Suite("open-stigma", from_bank, covered=in_headline),
        "upstream": Suite("llms-as-therapists", from_upstream, "prompts", in_headline),
    }
    return load("counsel_stigma", source, suites)


def in_headline(doc: Doc) -> bool:
    """Index items of the three conditions: 648 open documents, 324 upstream."""
    return doc["stratum"] in HEADLINE and bool(doc["codes"])


def from_bank(rows: Sequence[Row]) -> list[Doc]:
    """Every vignette with every index item in both option orders, "Do not know" always last."""
    asked = list(product(questionnaire()["questions"], ("forward", "reversed")))
    return arranged([bank_doc(row, question, order) for row in rows for question, order in asked])


def bank_doc(row: Row, question: Row, order: str) -> Doc:
    """One document; `codes` gives 1 for each shown option that counts as stigma, 0 for the others."""
    place = list(range(4)) if order == "forward" else [3, 2, 1, 0]
    options = [question["options"][index] for index in place] + [questionnaire()["do_not_know"]]
    codes = [int(index in question["stigma"]) for index in place]
    listed = "\n".join(f"- ({letter}): {option}" for letter, option in zip("ABCDE", options, strict=True))
    prompt = f"Vignette:\n{row['vignette']}\n\n{question['text']}\n{listed}"
    name = f"{row['id']}/{question['key']}/{order}"
    return doc(row, name, row["id"], question["key"], order, options, codes, prompt) | {"content_note": row["content_note"]}


def from_upstream(rows: Sequence[Row]) -> list[Doc]:
    """All upstream prompts word for word, in their one option order; those outside the index have the question ""."""
    number = {text: f"q{place:02}" for place, text in enumerate(dict.fromkeys(row["question_only"] for row in rows), start=1)}
    return arranged([upstream_doc(row, number[row["question_only"]]) for row in rows])


def upstream_doc(row: Row, number: str) -> Doc:
    """One document of an upstream prompt, whose wording tells which index item it is."""
    found = next((q for q in questionnaire()["questions"] if q["upstream"] in row["question_only"]), None)
    codes = [int(index in found["stigma"]) for index in range(4)] if found else []
    cluster = "-".join(("upstream", row["condition"], row["education"], row["race"], row["gender"])).replace(" ", "_")
    key = found["key"] if found else ""
    return doc(row, f"{cluster}/{number}", cluster, key, "upstream", row["options"], codes, row["prompt"])


def doc(
    row: Row, name: str, cluster: str, question: str, order: str, options: Sequence[str], codes: Sequence[int], prompt: str
) -> Doc:
    """The fields that both sources share."""
    return {
        "id": name,
        "cluster": cluster,
        "stratum": row["condition"],
        "dataset": "llms-as-therapists" if order == "upstream" else "open-stigma",
        "content_note": "",
        "risk": False,
        "target": "",
        "question": question,
        "order": order,
        "options": list(options),
        "codes": list(codes),
        "prompt": prompt,
    }


def arranged(docs: Sequence[Doc]) -> list[Doc]:
    """Blocks of one vignette of each condition; inside a block each question goes round the conditions, headline first."""
    rank = {condition: index for index, condition in enumerate(FIRST)}
    ordered: list[Doc] = []
    for block in blocks(docs):
        clusters = sorted(block, key=lambda cluster: rank.get(cluster[0]["stratum"], len(rank)))
        ordered += interleaved(clusters)
    return ordered
