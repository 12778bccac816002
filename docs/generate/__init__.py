"""The parts of docs/ that follow from the code: `python -m docs.generate` writes them, tests/docs checks them."""
