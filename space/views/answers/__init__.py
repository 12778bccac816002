"""Why an answer has the score that it has."""
