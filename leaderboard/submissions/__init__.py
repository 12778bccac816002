"""What people and workers bring, and whether it is taken: submissions, runs of workers, authors' own runs.

Used by the form and the API alike, neither of which it knows: what is refused is an error that names field and rule.
"""
