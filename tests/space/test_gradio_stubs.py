from __future__ import annotations

import subprocess
import sys

IMPORT = """
import ast, builtins, pathlib, sys

sources = []
parse, write = ast.parse, pathlib.Path.write_text
ast.parse = lambda source, *args, **named: (sources.append(source), parse(source, *args, **named))[1]
pathlib.Path.write_text = lambda path, *_, **__: sys.exit(f"{path} was written")

BEFORE

import gradio, gradio.component_meta

own = [source for source in sources if isinstance(source, str) and "class " in source and "EVENTS" in source]
print(len(own), gradio.Button("b").click is not None, len(sys.meta_path))
"""


def imported(before: str) -> list[str]:
    """How many components' sources were parsed as Gradio was imported, whether events are there, how many finders are left."""
    argv = [sys.executable, "-c", IMPORT.replace("BEFORE", before)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def test_gradio_makes_no_stubs_once_the_space_is_imported_and_its_events_are_there() -> None:
    parsed, events, finders = imported("import space")
    assert (int(parsed), events) == (0, "True")
    parsed, events, before = imported("")
    assert int(parsed) > 10, "Gradio makes no stubs any more: space/gradio_stubs.py can go"
    assert (events, finders) == ("True", before)
