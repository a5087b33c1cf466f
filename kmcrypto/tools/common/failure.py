"""The errors that end a command with a message instead of a traceback."""


class Failure(Exception):
    """An error that the user can put right. Its text is one plain line and holds nothing secret.

    `status` is the exit status of the command.
    """

    status = 1


class Unreadable(Failure):
    """An input cannot be read or a result cannot be written, so nothing is known to be wrong."""

    status = 2
