"""The base of all errors: each message names the thing, the rule and the next step."""


class CounselError(Exception):
    """Something the user can act on; the command line prints the message and exits with `exit_code`."""

    exit_code = 1


class CardError(CounselError):
    """A card that is missing, malformed or does not match the schema."""


class DataError(CounselError):
    """Data that is missing, or cannot be read as its card describes it."""


class ChecksumError(DataError):
    """Bytes or rows that are not those the card records; nothing of them was used."""


class UnsafePathError(DataError):
    """A path that would leave the folder it belongs to."""


class FetchError(DataError):
    """A source that could not be reached or did not return the file."""


class FileNotGivenError(FetchError):
    """A source that answered and did not give this file; it may give others."""
