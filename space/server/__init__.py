"""The server around the pages: start, routes, and what may reach Gradio."""
