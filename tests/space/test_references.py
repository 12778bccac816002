"""Papers and pages that a text names become links, and nothing else does."""

from __future__ import annotations

import pytest

from counsel_leaderboard.space.references import address, cited, linked


def test_what_a_text_names_becomes_a_link_and_the_rest_is_escaped() -> None:
    shown = str(linked("See arXiv:2504.18412 (10.1145/3715275.3732039), https://a.example/x?y=1. <b>"))
    assert 'href="https://arxiv.org/abs/2504.18412"' in shown
    assert 'href="https://doi.org/10.1145/3715275.3732039"' in shown
    assert 'href="https://a.example/x?y=1"' in shown
    assert shown.endswith("</a>. &lt;b&gt;")


@pytest.mark.parametrize("text", ["javascript:alert(1)", 'x" onmouseover="y', "http://plain.example", "1.5 of 10.11"])
def test_nothing_else_becomes_a_link(text: str) -> None:
    assert "<a" not in str(linked(text))


def test_a_citation_names_its_papers_once() -> None:
    entry = "@misc{x,\n eprint = {2502.19731},\n doi = {10.1/a}, note = {arXiv:2502.19731}}"
    assert cited(entry) == ["https://arxiv.org/abs/2502.19731"]
    assert cited("@misc{x, doi = {10.1145/3715275.3732039},}") == ["https://doi.org/10.1145/3715275.3732039"]
    assert address("arXiv 2504.18412") == "https://arxiv.org/abs/2504.18412"
