"""The secrets of a command: from a file that an option names, an environment variable, or a prompt.

They are looked for in that order. A secret is never an argument, because arguments are visible in
the list of processes and in the shell's history. A prompt needs a terminal: without one, and
without the other two, the error says which option or variable to use.
"""

import os
import re
import sys
import warnings
from enum import Enum
from getpass import GetPassWarning, getpass
from pathlib import Path

from ...keys.key_text import MAX_KEY_TEXT
from .failure import Failure


class Secret(Enum):
    """A secret that the user gives: its title, the option that names its file, and its variable."""

    PASSPHRASE = ("passphrase", "--passphrase-file", "KMCRYPTO_PASSPHRASE")
    NEW_PASSPHRASE = ("new passphrase", "--new-passphrase-file", "KMCRYPTO_NEW_PASSPHRASE")
    SECRET_KEY = ("secret key", "--secret-file", "KONAPLATE_SECRET_KEY")
    KEY_PASSWORD = ("password", "--password-file", "KONAPLATE_KEY_PASSWORD")

    def __init__(self, title: str, option: str, variable: str) -> None:
        self.title: str = title
        self.option: str = option
        self.variable: str = variable


def read_secret(
    secret: Secret, file: Path | None, *, owner: str = "", confirm: bool = False
) -> str:
    """Return the text of a secret.

    Args:
        secret: Which secret.
        file: The file that the option names, or None. A line feed at its end is not part of the
            secret, because editors add one.
        owner: What the secret belongs to, for the prompt.
        confirm: Whether a prompt asks for it twice.

    Raises:
        Failure: There is no secret, or it is empty.
    """
    if file is not None:
        text = _decode(read_file(file), file)
    elif secret.variable in os.environ:
        text = os.environ[secret.variable]
        if not text:
            raise Failure(f"{secret.variable} is set but empty")
    else:
        text = _prompt(secret, owner, confirm)
    if not text:
        raise Failure(f"the {secret.title} is empty")
    return text


def read_file(path: Path) -> bytes:
    """Return the bytes of a file or pipe that the command line names. Raises Failure."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_TEXT + 1)  # a device may have no end
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_KEY_TEXT:
        raise Failure(f"{path} is longer than 64 KiB")
    return data


def is_terminal() -> bool:
    """Return whether there is somebody to ask. A closed standard input is None."""
    return sys.stdin is not None and sys.stdin.isatty()


def _decode(data: bytes, path: Path) -> str:
    try:
        return re.sub(r"\r?\n\Z", "", data.decode())
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8 text") from None


def _prompt(secret: Secret, owner: str, confirm: bool) -> str:
    title = f"{secret.title} of {owner}" if owner else secret.title
    if not is_terminal():
        raise Failure(
            f"the {title} is missing:"
            f" set {secret.variable}, give {secret.option}, or use a terminal"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            text = getpass(f"{title[0].upper()}{title[1:]}: ")
            if confirm and getpass("Once more: ") != text:
                raise Failure(f"the {title} was not the same both times")
            text.encode()  # in the locale C, Python decodes any bytes
    except KeyboardInterrupt:
        print(file=sys.stderr)  # end the line of the prompt
        raise
    except EOFError:
        print(file=sys.stderr)
        raise Failure(f"no {title} was typed") from None
    except UnicodeError:
        print(file=sys.stderr)
        raise Failure(
            f"the {title} that was typed is not text in the encoding of this terminal's locale:"
            f" give {secret.option}, a file in UTF-8"
        ) from None
    except GetPassWarning:
        raise Failure(f"this terminal would show the {title} while it is typed") from None
    return text
