from __future__ import annotations

import ast
import inspect

from gradio import blocks_events, component_meta

from counsel_leaderboard.space.server import gradio_stubs


def test_gradio_was_imported_without_what_makes_its_stubs() -> None:
    for module in (component_meta, blocks_events):
        assert getattr(module, gradio_stubs.MAKES_STUBS).__module__ == gradio_stubs.__name__


def test_gradio_still_makes_stubs_as_it_is_imported_so_this_is_still_needed() -> None:
    calls = [node.func for node in ast.walk(ast.parse(inspect.getsource(component_meta))) if isinstance(node, ast.Call)]
    assert gradio_stubs.MAKES_STUBS in {call.id for call in calls if isinstance(call, ast.Name)}
