"""Why a command can't do what it was asked to do."""


class Failure(Exception):
    """Something that a person can put right, said in plain words on one line. Never holds anything secret."""
