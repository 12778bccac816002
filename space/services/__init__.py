"""What the tabs ask of the domain: submissions, reports, the board, the Hub."""
