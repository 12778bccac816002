"""A card as Croissant 1.0 JSON-LD, the metadata format that dataset search engines read."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any, Final

from counsel_leaderboard.registry.cards.catalog import DATASETS, files_of
from counsel_leaderboard.registry.cards.schema import DataFile, DatasetCard, Split
from counsel_leaderboard.registry.common.errors import CardError
from counsel_leaderboard.registry.sources.loading import load_split

CONFORMS_TO: Final = "http://mlcommons.org/croissant/1.0"
_TYPES: Final = {str: "sc:Text", bool: "sc:Boolean", int: "sc:Integer", float: "sc:Float"}
_FORMATS: Final = {
    ".jsonl": "application/jsonlines",
    ".json": "application/json",
    ".csv": "text/csv",
    ".parquet": "application/x-parquet",
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".gz": "application/gzip",
    ".tgz": "application/gzip",
}
_CR_TERMS: Final = """citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet format includes
isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate separator source
subField transform"""


def croissant(card: DatasetCard, folder: Path = DATASETS) -> dict[str, Any]:
    """The JSON-LD of a card, which `mlcroissant validate` accepts.

    Only files with a checksum are listed. Open banks also get record sets, with their columns of plain values.
    Unknown facts, such as a version or a date of publication, are left out.
    """
    metadata: dict[str, Any] = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": card.name,
        "description": card.summary,
        "conformsTo": CONFORMS_TO,
        "license": _licence(card),
        "url": _page(card),
        "creator": {"@type": "sc:Organization", "name": card.owner},
        "inLanguage": [language for language in card.languages if language != "unknown"],
        "isAccessibleForFree": card.access == "open",
        "distribution": [item for split in card.splits for item in _distribution(card, split, folder)],
    }
    if card.citation != "unknown":
        metadata["citeAs"] = card.citation
    if card.source.kind == "bank":
        metadata["recordSet"] = [_records(card, split) for split in card.splits if split.shape == "rows"]
    return metadata


def _context() -> dict[str, Any]:
    # This context is equivalent to the one that the Croissant specification prescribes.
    terms: dict[str, Any] = {term: f"cr:{term}" for term in _CR_TERMS.split()} | {"conformsTo": "dct:conformsTo"}
    return terms | {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
    }


def _licence(card: DatasetCard) -> str:
    name = card.licence.text.name
    if name in ("agreement", "none", "not applicable", "unknown"):
        return f"{name} ({card.licence.text.note})" if card.licence.text.note else name
    return f"https://spdx.org/licenses/{name}.html"


def _page(card: DatasetCard) -> str:
    if card.homepage:
        return card.homepage
    if card.source.kind == "hub":
        from huggingface_hub import constants

        return f"{constants.ENDPOINT}/datasets/{card.source.id}"
    return f"urn:counsel:{card.name}"


def _distribution(card: DatasetCard, split: Split, folder: Path) -> list[dict[str, Any]]:
    try:
        files = files_of(card, split, folder)
    except CardError:
        return []  # the split is given by a pattern and not locked yet, so there are no files to list
    return [_file(card, split, number, file) for number, file in enumerate(files) if file.sha256]


def _file(card: DatasetCard, split: Split, number: int, file: DataFile) -> dict[str, Any]:
    suffix = Path(file.path).suffix.lower()
    return {
        "@type": "cr:FileObject",
        "@id": f"{split.name}-{number}",
        "name": file.path,
        "contentUrl": _content_url(card, file),
        "encodingFormat": _FORMATS.get(suffix, "application/octet-stream"),
        "sha256": file.sha256,
    }


def _content_url(card: DatasetCard, file: DataFile) -> str:
    if card.source.kind == "hub":
        import huggingface_hub

        return huggingface_hub.hf_hub_url(card.source.id, file.path, repo_type="dataset", revision=card.source.revision)
    if card.source.kind == "repository":
        return f"{card.source.url}/raw/{card.source.revision}/{urllib.parse.quote(file.path)}"
    return file.path


def _records(card: DatasetCard, split: Split) -> dict[str, Any]:
    row = load_split(card, split.name).rows[0]
    fields = [_field(split, column, _TYPES[type(value)]) for column, value in row.items() if type(value) in _TYPES]
    return {"@type": "cr:RecordSet", "@id": split.name, "name": split.name, "field": fields}


def _field(split: Split, column: str, kind: str) -> dict[str, Any]:
    source = {"fileObject": {"@id": f"{split.name}-0"}, "extract": {"column": column}}
    return {"@type": "cr:Field", "@id": f"{split.name}/{column}", "name": column, "dataType": kind, "source": source}
