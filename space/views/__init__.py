"""Computes what the pages show, from polars frames to display frames and HTML, without Gradio."""
