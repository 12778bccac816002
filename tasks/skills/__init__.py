"""The skills coder's manual, training and exam, and its command."""
