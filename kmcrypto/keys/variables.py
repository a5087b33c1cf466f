"""Read settings from environment variables, and from the files that variables with `_FILE` name.

A variable that is set but empty is a mistake, and never the same as one that is not set: if a
secret store does not answer, a deployment must not run with half of its keys. A variable and its
`_FILE` form must not both be set either, because nobody can tell which of them is meant.

Error texts name the variable that is set, with its `_FILE`. They never show the value of a
variable or the content of a file. The path of a file is shown if its folder exists. Otherwise the
value may be no path at all, but a secret that was put into the wrong variable.
"""

import os.path
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from .._core.scrub import raising
from .._core.values import require_types
from ..errors import InvalidKey, InvalidSetting
from .key_text import read_source

_LEAST_SIMILARITY = 0.88  # of a misspelled name, as difflib measures it: a letter or an ending
_MAX_SHOWN_PATH = 70  # characters; of a longer path, the end is shown

_PEM_BEGIN = "-----BEGIN "
# The start of a path, or a name with an extension; in quotes, too. No key text is like this: PEM
# starts with hyphens, a JWK with a brace, base64 of DER with M, and base64 has no full stop.
_PATH = re.compile(r"""["']?(?:(?:[/~.]|[A-Za-z]:[/\\]|file:).*|\S+\.[A-Za-z0-9]{1,5}["']?\s*)""")


class Variables(NamedTuple):
    """The environment variables whose names start with one prefix.

    Attributes:
        prefix: The text that all names start with.
        environ: The variables; others may be among them.
        names: The names that are read, without the prefix and `_FILE`.
    """

    prefix: str
    environ: Mapping[str, str]
    names: tuple[str, ...]

    def is_set(self, name: str) -> bool:
        """Tell whether a variable or its `_FILE` form is set."""
        return self.full_name(name) in self.environ

    def full_name(self, name: str) -> str:
        """Return the name of the variable that is set, with its prefix and its `_FILE`."""
        text_name = self.prefix + name
        path_name = text_name + "_FILE"
        return path_name if path_name in self.environ else text_name

    def text(self, name: str) -> str | None:
        """Return a variable's text, or that of its file, or None where neither is set.

        Raises InvalidSetting if the text is empty, or if the file cannot be read.
        """
        text = self.password(name)
        if text == "":
            raise self.empty_error(name)
        return text

    def required_text(self, name: str) -> str:
        """Return the text of a variable that must be set."""
        text = self.text(name)
        if text is None:
            raise self.not_set_error(name)
        return text

    def password(self, name: str) -> str | None:
        """Return a text as `text` does; it may also be empty.

        Editors put a line feed at the end of a file; it is not part of the text.
        """
        try:
            value = self._read(name)
        except InvalidKey as error:
            raise InvalidSetting(str(error)) from None
        if not isinstance(value, bytes):
            return value
        no_text = InvalidSetting(f"{self.full_name(name)}: the file must hold UTF-8 text")
        with raising(no_text, UnicodeDecodeError):
            return value.decode().rstrip("\r\n")

    def key(self, name: str) -> str | bytes | None:
        """Return a variable's key text, or the bytes of its file, or None where neither is set.

        Raises InvalidKey for a path in the place of key text, and for a file that cannot be read;
        InvalidSetting if the key text is empty.
        """
        value = self._read(name)
        if value is None:
            return None
        if not value:
            raise self.empty_error(name)
        if isinstance(value, str) and _PATH.fullmatch(value) and _PEM_BEGIN not in value:
            variable = self.prefix + name
            raise InvalidKey(
                f"{variable} must be key text, not a path: put the path into {variable}_FILE"
            )
        return value

    def empty_error(self, name: str) -> InvalidSetting:
        """Return the error for a variable, or a file, that has no text."""
        if self.prefix + name in self.environ:
            return InvalidSetting(f"{self.prefix}{name} is set but empty")
        return InvalidSetting(f"{self.full_name(name)}: the file is empty")

    def not_set_error(self, name: str) -> InvalidSetting:
        """Return the error for a variable that must be set, with a misspelling of its name."""
        full_name = self.prefix + name
        for unread, meant in self.misspelled():
            if meant.removesuffix("_FILE") == full_name:
                return InvalidSetting(
                    f"{full_name} is not set, but {unread!r} is, and that name is not read"
                )
        return InvalidSetting(f"{full_name} is not set")

    def misspelled(self) -> Iterator[tuple[str, str]]:
        """Give the variables that are not read, but may be meant for one that is not set.

        Each comes with the name that may be meant. An application can have such variables of its
        own, so they are no error.
        """
        from difflib import get_close_matches  # it takes a millisecond, and few processes need it

        unset = [self.prefix + name for name in self.names if not self.is_set(name)]
        unset += [f"{name}_FILE" for name in unset]
        read = {self.prefix + name + ending for name in self.names for ending in ("", "_FILE")}
        for name in self.environ:
            if name in read or not isinstance(name, str):
                continue
            meant = get_close_matches(name.upper(), unset, n=1, cutoff=_LEAST_SIMILARITY)
            if meant:
                yield name, meant[0]

    def _read(self, name: str) -> str | bytes | None:
        """Return a variable's text, else the bytes of the file in its `_FILE` form, else None."""
        text_name = self.prefix + name
        path_name = text_name + "_FILE"
        text = self.environ.get(text_name)
        path = self.environ.get(path_name)
        require_types(**{text_name: (text, str | None), path_name: (path, str | None)})
        if text is not None and path is not None:
            raise InvalidSetting(f"{text_name} and {path_name} are both set: set one of them")
        if path is None:
            return text
        if not path:
            raise InvalidSetting(f"{path_name} is set but empty")
        return _read_file(path_name, path)


def _read_file(variable: str, path: str) -> bytes:
    """Read the file that a variable names. Raises InvalidKey, which names the variable."""
    try:
        return read_source(Path(path))
    except InvalidKey as error:
        raise InvalidKey(f"{variable}{_shown_path(path)}: {error}") from None


def _shown_path(path: str) -> str:
    """Return a path as an error text shows it; "" if it may be no path."""
    folder = os.path.dirname(path)
    if folder.strip("/") == "" or not os.path.isdir(folder) or not path.isprintable():
        return ""
    if len(path) > _MAX_SHOWN_PATH:
        path = f"...{path[-_MAX_SHOWN_PATH:]}"
    return f" ({path})"
