"""What runners write, tasks read and pages show in place of an answer that was never produced."""

NOT_GENERATED = "<<counsel:not-generated>>"
"""lm-eval writes it where LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER says so; it is unscored and counted in `failed_rate`."""
