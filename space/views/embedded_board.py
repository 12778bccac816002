"""The board's table as a page by itself, for pages of others to frame: without scripts, forms and anything of a reader's."""

from __future__ import annotations

from markupsafe import Markup

from counsel_leaderboard.space.address import Address
from counsel_leaderboard.space.html import render
from counsel_leaderboard.space.server import static_files
from counsel_leaderboard.space.services.board_reader import BoardReader
from counsel_leaderboard.space.views import board, footer
from counsel_leaderboard.space.views.heads import board_title


def html(reader: BoardReader, address: Address) -> str:
    """The page of the board that the address names; of other tabs it shows the board all the same."""
    suite = reader.suite(address.suite, address.columns_of)
    values = board.content(suite.display, suite.columns, address.to(tab="board"), (), suite.to_beat, suite.overall_words)
    style = Markup("\n".join(path.read_text("utf-8") for path in static_files.CSS))  # noqa: S704 - our own style sheets
    return render("embedded.html", **values, title=board_title(address.suite), style=style, dated=footer.dated(suite))
