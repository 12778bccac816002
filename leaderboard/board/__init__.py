"""What the board shows: scores, ranks, reasons, comparisons, transcripts."""
