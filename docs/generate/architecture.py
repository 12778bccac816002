"""The picture of the packages and the table below it, from the code's own imports."""

from __future__ import annotations

from docs.generate.drawing import Box, arrow, document, elbow, lane, panel
from docs.generate.imports import PACKAGES, Folder, Imports, levels, read, reduced

BOX_WIDTH, BOX_HEIGHT, GAP, ROW = 200, 48, 14, 68
PAD, HEAD = 16, 34
MARGIN, BETWEEN, LANE = 24, 64, 96
TITLES = {
    "tasks": "tasks: what is asked, and how it is scored",
    "runners": "runners: engines, workers, lm_eval",
    "space": "space: the pages",
    "leaderboard": "leaderboard: the store, statistics, the board, the queue, the API",
    "registry": "registry: dataset cards, task manifests, scoring, and what all packages share",
}


def table() -> str:
    """A row a folder: what it holds, and which folders it imports, those of its own package first."""
    imports = read()
    lines = ["| folder | what it holds | imports |", "|---|---|---|"]
    for package in PACKAGES:
        for folder in imports.folders(package):
            used = [b for (a, b) in imports.counts if a == folder]
            used.sort(key=lambda other: (other.package != package, PACKAGES.index(other.package), other.name))
            names = ", ".join(f"`{_path(other)}`" for other in used)
            lines.append(f"| `{_path(folder)}` | {imports.about[folder]} | {names} |")
    return "\n".join([*lines, ""])


def picture() -> str:
    """The SVG: a panel a package, a box a folder, an arrow an import; the layers stand in the order of the imports."""
    imports = read()
    sizes = {package: _size(imports, package) for package in PACKAGES}
    boxes: dict[Folder, Box] = {}
    panels: dict[str, Box] = {}
    bottom = MARGIN + max(sizes[package][1] for package in ("tasks", "runners", "space"))
    x: float = MARGIN
    for package in ("tasks", "runners", "space"):
        width, height = sizes[package]
        panels[package] = Box(x, bottom - height, width, height)
        x += width + LANE
    right = x
    below = bottom + BETWEEN
    start = panels["runners"].x
    panels["leaderboard"] = Box(start, below, right - 2 * LANE - start, sizes["leaderboard"][1])
    panels["registry"] = Box(MARGIN, below + sizes["leaderboard"][1] + BETWEEN, right - LANE - MARGIN, sizes["registry"][1])
    parts: list[str] = []
    for package, box in panels.items():
        boxes.update(_placed(imports, package, box))
        parts.append(panel(box, TITLES[package], package))
    parts += _lanes(imports, panels)
    for package in PACKAGES:
        for a, b in reduced(imports.one_way(package)):
            far = boxes[b].y - boxes[a].y > ROW and abs(boxes[b].middle - boxes[a].middle) > BOX_WIDTH / 2
            parts.append(elbow(boxes[a], boxes[b]) if far else arrow(boxes[a], boxes[b]))
    parts += [box.drawn(_path(folder), imports.about[folder]) for folder, box in boxes.items()]
    last = panels["registry"]
    return document(right - LANE + MARGIN, last.y + last.height + MARGIN, parts)


def _path(folder: Folder) -> str:
    return f"{folder.package}/{folder.name}"


def _rows(imports: Imports, package: str) -> list[list[Folder]]:
    """The folders in rows, highest first; those of a row stand below what imports them."""
    graph = imports.one_way(package)
    height = levels(graph)
    rows: list[list[Folder]] = []
    at: dict[Folder, float] = {}
    for level in range(max(height.values()), -1, -1):
        row = [folder for folder in graph if height[folder] == level]
        above = {folder: [at[a] for a in at if folder in graph[a]] for folder in row}
        row.sort(key=lambda folder: (sum(above[folder]) / len(above[folder]) if above[folder] else 0.0, folder))
        at.update({folder: i - (len(row) - 1) / 2 for i, folder in enumerate(row)})
        rows.append(row)
    return rows


def _size(imports: Imports, package: str) -> tuple[float, float]:
    rows = _rows(imports, package)
    most = max(map(len, rows))
    return most * (BOX_WIDTH + GAP) - GAP + 2 * PAD, HEAD + PAD + (len(rows) - 1) * ROW + BOX_HEIGHT


def _placed(imports: Imports, package: str, around: Box) -> dict[Folder, Box]:
    placed = {}
    for number, row in enumerate(_rows(imports, package)):
        width = len(row) * (BOX_WIDTH + GAP) - GAP
        for column, folder in enumerate(row):
            x = around.middle - width / 2 + column * (BOX_WIDTH + GAP)
            placed[folder] = Box(x, around.y + HEAD + number * ROW, BOX_WIDTH, BOX_HEIGHT)
    return placed


def _lanes(imports: Imports, panels: dict[str, Box]) -> list[str]:
    """One thick arrow for all imports of a package by another, beside what lies between the two."""
    board, lower = panels["leaderboard"], panels["registry"]
    ways = {
        ("tasks", "registry"): (panels["tasks"].middle, lower),
        ("runners", "registry"): (panels["runners"].x - LANE / 2, lower),
        ("runners", "leaderboard"): (panels["runners"].middle, board),
        ("space", "leaderboard"): (board.x + board.width - BOX_WIDTH / 2, board),
        ("space", "registry"): (panels["space"].x + panels["space"].width - BOX_WIDTH / 4, lower),
        ("leaderboard", "registry"): (board.middle, lower),
    }
    pairs = [(a, b) for a in PACKAGES for b in PACKAGES if a != b and imports.between(a, b)]
    return [lane(panels[a], ways[a, b][1], ways[a, b][0], f"{imports.between(a, b)} imports") for a, b in pairs]
