"""The Gradio app."""

from counsel_leaderboard.space.server import gradio_stubs

# Every module of the Space is imported through here, so this comes before Gradio.
gradio_stubs.leave_out()
