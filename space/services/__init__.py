"""The services behind the tabs: submissions, reports, the board, the Hub."""
