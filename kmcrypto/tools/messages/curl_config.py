r"""A request as a configuration of curl, for `curl -K -` (curl's manual, --config).

In a value in quotes, curl reads `\\`, `\"`, `\t`, `\n`, `\r` and `\v`; every other byte stands for
itself, a NUL excepted, which ends a line. The body is `data-raw`, where an `@` in front names no
file as it does in `data-binary`. A line must not be longer than 100 KiB, so a long body goes to a
file of its own, which `data-binary` names.
"""

import os
from collections.abc import Mapping
from pathlib import Path

_ESCAPES = {
    b"\\": b"\\\\",
    b'"': b'\\"',
    b"\t": b"\\t",
    b"\n": b"\\n",
    b"\r": b"\\r",
    b"\v": b"\\v",
}
_LONGEST_LINE = 100_000  # curl's limit is 102,400, from version 7.74 on


def fits_inline(body: bytes) -> bool:
    """Tell whether a body can stand in the configuration."""
    return b"\0" not in body and len(_option("data-raw", body)) <= _LONGEST_LINE


def format_curl(headers: Mapping[str, str], body: bytes, body_file: Path | None) -> bytes:
    """Write the configuration of a request.

    Args:
        headers: Its headers.
        body: Its body. Without one, curl makes a GET.
        body_file: A file that has the body, which is not in the configuration then.
    """
    lines = [_option("header", f"{name}: {value}".encode()) for name, value in headers.items()]
    if body_file is not None:
        # An absolute path, because `@-` would be standard input.
        lines.append(_option("data-binary", b"@" + os.fsencode(os.path.abspath(body_file))))
    elif body:
        lines.append(_option("data-raw", body))
    return b"".join(lines)


def _option(name: str, value: bytes) -> bytes:
    for character, escape in _ESCAPES.items():  # the backslash first
        value = value.replace(character, escape)
    return name.encode() + b' = "' + value + b'"\n'
