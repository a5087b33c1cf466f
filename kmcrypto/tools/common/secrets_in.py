"""Where a command's secrets come from: a file that an option names, an environment variable, or a prompt.

Never from an argument: arguments stand in the list of processes and in the shell's history. What is given is taken in
that order. A prompt needs a terminal; without one, and without the other two, the command says what to set.
"""

import os
import re
import struct
import sys
import warnings
from argparse import Namespace
from enum import Enum
from getpass import GetPassWarning, getpass
from pathlib import Path

from ..._core.values import Frozen, KeyHolder
from ...keys.key_text import MAX_KEY_TEXT
from ...keys.sealed import Contents, Cost, seal, unseal
from .failure import Failure

_HEX_KEY = re.compile(rb"([0-9a-fA-F]{64})(?:\r?\n)?")


class Secret(Enum):
    """A secret that a person gives: what it is called, the option that names its file, and its variable."""

    PASSPHRASE = ("passphrase", "--passphrase-file", "KMCRYPTO_PASSPHRASE")
    NEW_PASSPHRASE = ("new passphrase", "--new-passphrase-file", "KMCRYPTO_NEW_PASSPHRASE")
    SECRET_KEY = ("secret key", "--secret-file", "KONAPLATE_SECRET_KEY")
    KEY_PASSWORD = ("password", "--password-file", "KONAPLATE_KEY_PASSWORD")

    def __init__(self, title: str, option: str, variable: str) -> None:
        self.title: str = title
        self.option: str = option
        self.variable: str = variable


class Opener(Frozen, KeyHolder):
    """What opens and seals a file: a passphrase, or a key of 32 bytes."""

    _passphrase: str | None
    _key: bytes | None

    def __init__(self, passphrase: str | None = None, key: bytes | None = None) -> None:
        self._fill(_passphrase=passphrase, _key=key)

    def open(self, blob: bytes) -> Contents:
        """Unseal a blob."""
        return unseal(blob, passphrase=self._passphrase, key=self._key)

    def seal(self, contents: Contents, before: bytes | None = None) -> bytes:
        """Seal contents, at the cost of the blob that they stood in before: to change a file never weakens it."""
        cost = Cost(*struct.unpack_from(">II", before, 6)) if before else Cost()
        return seal(
            contents,
            passphrase=self._passphrase,
            key=self._key,
            cost=cost if cost.is_bounded() else Cost(),
        )


def opener(args: Namespace, *, new: bool = False) -> Opener:
    """What opens the command's file; `new` for one that is being made, whose passphrase is typed twice."""
    if args.key_file is not None:
        return Opener(key=_read_sealing_key(args.key_file))
    return Opener(read_secret(Secret.PASSPHRASE, args.passphrase_file, twice=new))


def new_opener(args: Namespace) -> Opener:
    """What is to open the file from now on, when that is changed."""
    if args.new_key_file is not None:
        return Opener(key=_read_sealing_key(args.new_key_file))
    return Opener(read_secret(Secret.NEW_PASSPHRASE, args.new_passphrase_file, twice=True))


def read_secret(secret: Secret, file: Path | None, *, of: str = "", twice: bool = False) -> str:
    """A secret's text. `of` says in a prompt what it belongs to; `twice` asks for it again. Failure if there is none.

    Of a file one line feed at its end, which editors put there, is not part of the secret.
    """
    if file is not None:
        text = _decode(read_file(file), file)
    else:
        given = os.environ.get(secret.variable)
        text = _ask(secret, of, twice) if given is None else given
        if given == "":
            raise Failure(f"{secret.variable} is set to nothing")
    if not text:
        raise Failure(f"the {secret.title} is empty")
    return text


def read_file(path: Path) -> bytes:
    """The bytes of a file that the command line names, which may be a pipe. Failure if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_KEY_TEXT + 1)  # a device may have no end
    except OSError as error:
        raise Failure(f"{path} can't be read: {error.strerror}") from None
    if len(data) > MAX_KEY_TEXT:
        raise Failure(f"{path} is longer than 64 KiB")
    return data


def is_terminal() -> bool:
    """Whether there is somebody to ask. A closed standard input is None."""
    return sys.stdin is not None and sys.stdin.isatty()


def _decode(data: bytes, path: Path) -> str:
    try:
        return re.sub(r"\r?\n\Z", "", data.decode())
    except UnicodeDecodeError:
        raise Failure(f"{path} is not UTF-8 text") from None


def _ask(secret: Secret, of: str, twice: bool) -> str:
    title = f"{secret.title} of {of}" if of else secret.title
    if not is_terminal():
        raise Failure(
            f"the {title} is needed: set {secret.variable}, or give {secret.option}, or use a terminal"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", GetPassWarning)
            typed = getpass(f"{title[0].upper()}{title[1:]}: ")
            if twice and getpass("Once more: ") != typed:
                raise Failure(f"the {title} was not the same twice")
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the prompt's line has no end yet
        raise
    except EOFError:
        print(file=sys.stderr)
        raise Failure(f"no {title} was typed") from None
    except GetPassWarning:
        raise Failure("this terminal would show what is typed") from None
    return typed


def _read_sealing_key(path: Path) -> bytes:
    data = read_file(path)
    digits = _HEX_KEY.fullmatch(data)
    if digits is not None:
        return bytes.fromhex(digits[1].decode())
    if len(data) != 32:
        raise Failure(f"{path} does not hold a sealing key: 32 bytes, or 64 hexadecimal digits")
    return data
