"""`python -m docs.generate`: writes every generated part of docs/ and names the files that changed."""

from __future__ import annotations

import sys

from docs.generate.pages import PARTS, page, updated


def main() -> None:
    """Rewrite what differs."""
    for file, part, content in PARTS:
        path = page(file)
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        after = updated(before, part, content())
        if after != before:
            path.write_text(after, encoding="utf-8")
            sys.stdout.write(f"rewritten: docs/{file}\n")


if __name__ == "__main__":
    main()
