"""Validates and admits what people and workers send: submissions, runs of workers, self-reported runs.

The form and the API both use it, and it depends on neither: a refusal is an error that names field and rule.
"""
