"""`kmcrypto fields`: encrypt, decrypt or rewrap chosen values in a file of JSON lines.

- A line is parsed, worked on and written again in a thread of its own, all in one go: RSA, which is most of the work,
  runs beside other threads, and the thread that reads and writes files does little else.
- The first bad line ends the command, or with --bad each is listed: its number and what is wrong, never what it says.
- What OUT gets can be read again by the command that undoes it: a line that came out too long, or whose context went
  into a field, is a bad one.
- OUT never is one of the files that are read. A bad line is in no output, and must not cost the only copy.
"""

import os
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from secrets import token_hex
from threading import Event
from typing import Any, BinaryIO, NamedTuple

from ..._core.strict_json import write_json
from ...encryption.fields import FieldCipher, FieldResult
from ...encryption.json_path import parse, select
from ...errors import KmCryptoError, MalformedPayload
from ...keys.crypto_key import Side
from ...keys.ring import KeyRing
from ..common import sealed_file
from ..common.atomic_file import replacing, stoppable
from ..common.failure import Failure
from ..common.progress import shown_progress
from ..common.secrets_in import opener
from .exact_json import read_line, write_line
from .ndjson_stream import Batch, in_order, read_batches

_ROLES = {"client": FieldCipher.for_client, "gateway": FieldCipher.for_gateway}


class BadLine(NamedTuple):
    """A line that was not worked on: its number, from 1, and the error."""

    line: int
    code: str
    stage: str
    field: str
    text: str


class Done(NamedTuple):
    """What came of a batch: the new lines, how many they are, and for each selector how many values."""

    output: bytes
    records: int
    report: Counter[str]
    bad: list[BadLine]
    size: int


class Worker:
    """Works on a batch: `act` is a method of a FieldCipher, tied to `context`, or to what `chosen` selects."""

    def __init__(self, args: Namespace, act: Callable[[Any, str | None], FieldResult]) -> None:
        self._act, self._context = act, args.context
        self._chosen: str | None = args.context_from
        self._seals, self._max_line, self._goes_on = (
            args.action != "decrypt",
            args.max_line,
            args.bad is not None,
        )

    def __call__(self, batch: Batch, stop: Event) -> Done:
        """The batch's outcome, up to its first bad line unless bad ones are listed."""
        output: list[bytes] = []
        report: Counter[str] = Counter()
        bad: list[BadLine] = []
        for number, line in enumerate(batch.lines, batch.first):
            if stop.is_set():
                break
            try:
                output.append(self._changed(line, report))
            except KmCryptoError as error:
                bad.append(
                    BadLine(
                        number, error.code, error.stage, getattr(error, "field", ""), str(error)
                    )
                )
                if not self._goes_on:
                    break
        return Done(b"".join(output), len(output), report, bad, batch.size)

    def _changed(self, line: bytes | None, report: Counter[str]) -> bytes:
        if line is None:
            raise MalformedPayload("the line is longer than --max-line")
        document = read_line(line)
        context = self._context if self._chosen is None else _context(self._chosen, document)
        result = self._act(document, context)
        if (
            self._chosen is not None
            and self._seals
            and _context(self._chosen, result.document) != context
        ):
            raise MalformedPayload(
                "the context is in a selected value: nothing could open it", field=self._chosen
            )
        changed = write_line(result.document)
        if len(changed) > self._max_line + 1:
            raise MalformedPayload("the new line would be longer than --max-line")
        report.update(result.report)
        return changed


def run(args: Namespace) -> int:
    """Run the command that `args.action` names, and give its exit status: 1 if there were bad lines."""
    if args.side is not None and args.role != "storage":
        raise Failure("--side is for --as storage")
    _check_files(args)
    with _opened(args.input) as (file, total):
        cipher = _cipher(args)
        work = Worker(args, getattr(cipher, args.action))
        start = time.monotonic()
        records, report, bad = _stream(args, work, file, total)
    lines = [f"records: {records}"]
    lines += [f"{text}: {report[text]}" for text in dict.fromkeys(args.select)]
    lines += [f"bad lines: {bad}", f"seconds: {time.monotonic() - start:.1f}"]
    for line in lines:
        print(
            "".join(character if character.isprintable() else "?" for character in line),
            file=sys.stderr,
        )
    return 1 if bad else 0


def _stream(
    args: Namespace, work: Worker, file: BinaryIO, total: int | None
) -> tuple[int, Counter[str], int]:
    """Work on the whole input; how many records, values for each selector and bad lines there were."""
    records, bad = 0, 0
    report: Counter[str] = Counter()
    with stoppable() as hold, ExitStack() as outputs:
        write = outputs.enter_context(_output(args.out))
        list_bad = None if args.bad is None else outputs.enter_context(_output(args.bad))
        batches = _readable(args.input, read_batches(file, args.max_line))
        with (
            closing(in_order(batches, work, args.threads)) as outcomes,
            shown_progress(total) as advance,
        ):
            for done in outcomes:
                if list_bad is None and done.bad:
                    raise _failure(done.bad[0])
                write(done.output)
                if list_bad is not None:
                    list_bad(b"".join(map(_listed, done.bad)))
                records, bad = records + done.records, bad + len(done.bad)
                report.update(done.report)
                advance(done.size, done.records)
        hold()  # from here on OUT appears
    return records, report, bad


def _cipher(args: Namespace) -> FieldCipher:
    blob = sealed_file.read(args.keys)
    parse_all = [*args.select, *([args.context_from] if args.context_from is not None else [])]
    for text in parse_all:  # before a passphrase is asked for
        parse(text)
    ring = opener(args).open(blob).ring
    if ring is None:
        raise Failure("the file has no crypto key")
    options = {
        "optional": args.optional,
        "plain": args.plain,
        "accept_inactive": args.accept_inactive,
    }
    if args.action != "decrypt":
        options["enc"] = args.enc
    return _made(args, ring, options)


def _made(args: Namespace, ring: KeyRing, options: dict[str, Any]) -> FieldCipher:
    if args.role in _ROLES:
        return _ROLES[args.role](ring, args.select, **options)
    side = None if args.side is None else Side(args.side)
    return FieldCipher.for_storage(ring, args.select, side=side, **options)


def _context(chosen: str, document: Any) -> str:
    """What a record's fields are tied to."""
    values = list(select(parse(chosen), document).values())
    if len(values) != 1:
        raise MalformedPayload("--context-from selects no value or more than one", field=chosen)
    if isinstance(values[0], bool) or not isinstance(values[0], (str, int)):
        raise MalformedPayload("--context-from selects neither text nor an integer", field=chosen)
    return str(values[0])


def _failure(bad: BadLine) -> Failure:
    return Failure(
        f"line {bad.line}: {bad.code}: {bad.text}" + (f": {bad.field}" if bad.field else "")
    )


def _listed(bad: BadLine) -> bytes:
    return (
        write_json({"line": bad.line, "code": bad.code, "stage": bad.stage, "field": bad.field})
        + b"\n"
    )


def _check_files(args: Namespace) -> None:
    """Failure for outputs that are no regular files, or files that are needed."""
    needed = [Path(args.input), args.keys, args.passphrase_file, args.key_file]
    for out in (args.out, args.bad):
        if out is None:
            continue
        if out.is_symlink() or (out.exists() and not out.is_file()):
            raise Failure(f"{out} is not a regular file, and is not replaced")
        if any(other is not None and _is_same(out, other) for other in needed):
            raise Failure(f"{out} is needed, and is not replaced: write to another file")
        needed.append(out)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # one is not there yet
        return one.resolve() == other.resolve()


@contextmanager
def _opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The input, and its size if it has one."""
    if name == "-":
        if sys.stdin is None:
            raise Failure("there is no standard input")
        yield sys.stdin.buffer, None
        return
    try:
        file = open(name, "rb")  # noqa: SIM115 - an error in the block is not one of opening
    except OSError as error:
        raise Failure(f"{name} can't be read: {error.strerror}") from None
    with file:
        yield file, os.fstat(file.fileno()).st_size or None


def _readable(name: str, batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches; Failure where the input can't be read."""
    try:
        yield from batches
    except OSError as error:
        raise Failure(f"{name} can't be read: {error.strerror}") from None


def _output(path: Path) -> Any:
    return replacing(path, path.with_name(f".{path.name}.{token_hex(8)}.new"))
