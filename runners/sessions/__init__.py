"""The session server: plays a client's session with a candidate turn by turn, and answers with the transcript."""
