"""Placeholders for an answer."""

NOT_GENERATED = "<<counsel:not-generated>>"
"""The placeholder for an answer that was never produced: runners write it, tasks leave it unscored, pages name it.

lm-eval writes it where LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER says so.
"""
