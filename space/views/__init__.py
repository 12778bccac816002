"""What pages show, computed: polars in, display frame out, no Gradio."""
