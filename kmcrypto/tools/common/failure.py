"""Why a command can't do what it was asked to do."""


class Failure(Exception):
    """Something that a person can put right, said in plain words on one line. Never holds anything secret.

    `status` is the exit status that the command then has.
    """

    status = 1


class Unreadable(Failure):
    """What was to be checked can't be read, or what was found can't be written: nothing is known to be wrong."""

    status = 2
