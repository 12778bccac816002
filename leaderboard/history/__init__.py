"""What changed on the board, and how a column came about: derived from stored runs, the ledger and the judges' cards."""
