"""Colours and type. Fonts are the reader's own: nothing is fetched from elsewhere."""

from __future__ import annotations

import gradio as gr

SANS = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]


def theme() -> gr.themes.Base:
    """The theme of all pages, light and dark."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_md,
        font=SANS,
        font_mono=MONO,
    ).set(
        # Gradio's own accent is too light to read on white.
        color_accent="#0f766e",
        color_accent_soft_dark="#134e4a",
        checkbox_background_color_selected="#0f766e",
        checkbox_border_color_selected="#0f766e",
        button_primary_background_fill="#0f766e",
        button_primary_background_fill_hover="#115e59",
        button_primary_background_fill_dark="#0f766e",
        link_text_color="#0f766e",
        link_text_color_dark="#5eead4",
        input_placeholder_color="#6b645f",
        input_placeholder_color_dark="#a8a29e",
        block_label_text_color="#57534e",
        block_info_text_color="#57534e",
        block_info_text_color_dark="#b8b2ac",
    )
