"""What the tasks share that the session server plays: documents, what is read of a transcript, and judging one."""
