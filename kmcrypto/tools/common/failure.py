"""The errors that end a command with a message instead of a traceback, and the exit statuses.

The statuses are those of grep and diff: 0 if the command did its work and found nothing wrong, 1 if
it refused what it was given or found something wrong in it, and 2 if it could not do its work. So a
program that reads them never takes a missing file or a full disk for a wrong key, line, vector,
request or call. One more is 3: the work is done, but a loss of power may undo it.

An error of the library is one line, `kmcrypto: CODE: TEXT`, with its stable code. Its status is 1
if the message that came in is wrong (RemoteError), and 2 if our own side is (LocalError).
"""

from ...errors import KmCryptoError, RemoteError

STATUS_HELP = """\
The exit status is 0 if the command did its work and found nothing wrong, 1 if it refused
what it was given or found something wrong in it (keys, lines, vectors, requests, calls),
and 2 if it could not do its work: for example, the command line is wrong, a file or key
cannot be used, standard output cannot be written, or the command was interrupted. It is 3
if a new file is in place, but the system did not confirm that it is on disk.
"""


class Failure(Exception):
    """An error that the user can put right. Its text is one plain line and holds nothing secret.

    `status` is the exit status of the command.
    """

    status = 2


class CheckFailed(Failure):
    """What the command checks is wrong, and the command ends there."""

    status = 1


class Unreadable(Failure):
    """An input that was to be checked cannot be read, so nothing is known to be wrong in it."""


def status_of(error: KmCryptoError) -> int:
    """Return the exit status of a command that ends in an error of the library."""
    return CheckFailed.status if isinstance(error, RemoteError) else Failure.status
