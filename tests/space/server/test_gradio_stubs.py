from __future__ import annotations

import ast
import inspect
import subprocess
import sys

import pytest
from gradio import component_meta

from counsel_leaderboard.space.server import gradio_stubs

MAKERS = """
from counsel_leaderboard.space import app
from counsel_leaderboard.space.server.gradio_stubs import MAKES_STUBS
from gradio import blocks_events, component_meta
print(*{getattr(module, MAKES_STUBS).__module__ for module in (component_meta, blocks_events)})
"""


@pytest.mark.slow
def test_the_app_imports_gradio_without_what_makes_its_stubs() -> None:
    """In a process of its own: here another test may have imported Gradio before the app did."""
    done = subprocess.run([sys.executable, "-c", MAKERS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [gradio_stubs.__name__]


def test_gradio_still_makes_stubs_as_it_is_imported_so_this_is_still_needed() -> None:
    calls = [node.func for node in ast.walk(ast.parse(inspect.getsource(component_meta))) if isinstance(node, ast.Call)]
    assert gradio_stubs.MAKES_STUBS in {call.id for call in calls if isinstance(call, ast.Name)}
