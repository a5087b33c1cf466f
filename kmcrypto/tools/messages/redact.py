"""`kmcrypto redact`: mask the secrets of a text, line by line, in bounded memory.

Each line is masked by itself, as `kmcrypto.redact` masks a text: it knows no format, so text, JSON
and JSON lines are the same to it. Two things reach beyond a line, and both are read to their end:

- a private key in PEM, from its BEGIN on;
- a value whose name, colon or opening bracket ends a line, as in JSON that is written over many
  lines. Whether such a value ends is asked of the masking itself: a mark that is put behind it is
  masked, too, as long as it has not ended.

The lines of such a value are masked together. Whether it ends is asked whenever their length has
doubled, so that n bytes are read log n times at most. If they become longer than a line may be, the
command ends: what follows could be the rest of a secret.

A line that was cut off within a value in quotes is masked to its end, and the next one is a new
one: logs have such lines.
"""

import re
from argparse import Namespace
from collections.abc import Iterator
from typing import BinaryIO, cast

from ...redact import redact
from ..common.failure import CheckFailed, Failure
from ..common.input_file import open_input, title_of
from ..common.output_file import open_output, require_separate_outputs

_MASKED_LINE = b"***\n"
_SKIP_BYTES = 64 << 10  # read at a time from a line that is too long
_MARK = b"kmcrypto-end-of-value"
_BEGIN = re.compile(rb"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_LINE_END = re.compile(rb"\r?\n\Z")
_END = re.compile(rb"-----END [A-Z ]{0,30}PRIVATE KEY-----")
_MAY_GO_ON = (b":", b"=", b"[", b"{", b"(", b">")  # after a name, at the end of a line


def run(args: Namespace) -> int:
    """Run the command and return its exit status."""
    with open_input(args.input) as (file, _):
        require_separate_outputs([file.fileno()], args.out)
        with open_output(args.out) as write:
            for masked in mask_lines(_read_lines(args, file), args.max_line):
                write(masked)
    return 0


def mask_lines(lines: Iterator[bytes | None], max_line: int) -> Iterator[bytes]:
    """Mask lines; None is one that is too long.

    Raises CheckFailed if a value has not ended after `max_line` bytes.
    """
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if line is None or b"\0" in line:
            yield _MASKED_LINE
        elif _goes_on(line):
            yield mask(_read_value(line, number, numbered, max_line))
        else:
            yield mask(line)


def mask(text: bytes) -> bytes:
    """Return a text with its secrets masked. The end of its last line stays."""
    match = _LINE_END.search(text)
    end = b"" if match is None else match[0]
    masked = redact(text.removesuffix(end))
    return cast(bytes, masked) + end


def _read_value(
    text: bytes, number: int, lines: Iterator[tuple[int, bytes | None]], max_line: int
) -> bytes:
    """Return the line of that number and those behind it, until no value goes on."""
    parts = [text]
    size = 0  # of the lines behind the first one
    checked = 0
    for _, line in lines:
        if line is None or len(text) + size + len(line) > max_line:
            raise CheckFailed(
                f"line {number}: a value does not end within --max-line, {max_line:,} bytes;"
                " the lines before it were masked"
            )
        parts.append(line)
        size += len(line)
        if size >= 2 * checked or _END.search(line):
            checked = size
            if not _goes_on(b"".join(parts)):
                break
    return b"".join(parts)


def _goes_on(text: bytes) -> bool:
    """Tell whether a secret at the end of a text may go on in the next line."""
    begins = list(_BEGIN.finditer(text))
    if begins and _END.search(text, begins[-1].end()) is None:
        return True
    if not text.rstrip().endswith(_MAY_GO_ON) and text.count(b"\n") < 2:
        return False
    return not mask(text.rstrip(b"\r\n") + b"\n" + _MARK).endswith(_MARK)


def _read_lines(args: Namespace, file: BinaryIO) -> Iterator[bytes | None]:
    """Give each line of a file; None for one that is too long."""
    try:
        while line := file.readline(args.max_line + 1):
            if len(line) <= args.max_line or line.endswith(b"\n"):
                yield line
            else:
                _skip_line(file)
                yield None
    except OSError as error:
        raise Failure(f"{title_of(args.input)} cannot be read: {error.strerror}") from None


def _skip_line(file: BinaryIO) -> None:
    """Read to the end of a line."""
    while part := file.readline(_SKIP_BYTES):
        if part.endswith(b"\n"):
            return
