"""The skills coder: what each sentence of a counselor does, without a judge, and rates of it."""
