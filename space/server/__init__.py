"""The server around the pages: its start, its routes, and the guard in front of Gradio."""
