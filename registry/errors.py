"""The one exception tree: each message names the thing, the rule and the next step."""


class CounselError(Exception):
    """Something the user can act on; the command line prints the message and exits with `exit_code`."""

    exit_code = 1
