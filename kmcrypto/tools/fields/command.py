"""`kmcrypto fields`: encrypt, decrypt or rewrap selected values in a file of JSON lines.

- A thread parses a line, works on it and writes it again, all in one go. RSA, which is most of the
  work, runs beside other threads; the thread that reads and writes the files does little else.
- The first bad line ends the command. With --bad each one is listed, with its number and its error
  but without its text.
- The command that undoes the work can read everything in OUT. So a line is bad if it came out too
  long, or if its context went into a field.
- A context is one text for one member of a record, so that two records never share it. A text is
  its own context, and the integer 7 has the context "integer:7". So no text may begin like that.
  Other numbers are no contexts: 1.0 and 1e0 are two spellings of one number.
- OUT is never one of the files that are read: a bad line is in no output, and its only copy must
  not be lost.
- An incomplete OUT may hold decrypted values. So it has a name that can be told beforehand, and if
  the process is killed, the next run removes it.
"""

import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from threading import Event
from typing import Any, BinaryIO, NamedTuple

from ..._core.strict_json import write_json
from ...encryption.fields import FieldCipher, FieldResult
from ...encryption.json_path import TooManyMatches, parse, select
from ...errors import KmCryptoError, MalformedPayload
from ...keys.crypto_key import Side
from ...keys.ring import KeyRing
from ..common import sealed_file
from ..common.atomic_file import replace_atomically
from ..common.claimed_name import partial_path
from ..common.failure import CheckFailed, Failure
from ..common.file_identity import require_replaceable, require_separate_files
from ..common.input_file import open_input
from ..common.progress import show_progress
from ..common.seal_credential import read_credential
from ..common.standard_streams import print_message
from ..common.stop_signals import interrupt_on_stop_signals
from .exact_json import read_line, write_line
from .ndjson_stream import Batch, map_in_order, read_batches

_INTEGER_CONTEXT = "integer:"


class BadLine(NamedTuple):
    """A line that could not be worked on: its number, from 1, and the error."""

    number: int
    code: str
    stage: str
    field: str
    reason: str
    text: str


class BatchResult(NamedTuple):
    """The new lines of a batch, how many they are, the values per selector, and the bad lines.

    `size` is the size of the batch in the input, in bytes.
    """

    output: bytes
    records: int
    report: Counter[str]
    bad_lines: list[BadLine]
    size: int


class Totals(NamedTuple):
    """The numbers of a whole run: records, values per selector, bad lines."""

    records: int
    report: Counter[str]
    bad_lines: int


class BatchWorker:
    """Applies a method of a FieldCipher to each line of a batch. Used by several threads."""

    def __init__(self, args: Namespace, apply: Callable[[Any, str | None], FieldResult]) -> None:
        self._apply = apply
        self._context: str | None = args.context
        self._context_selector: str | None = args.context_from
        self._encrypts: bool = args.action != "decrypt"
        self._max_line: int = args.max_line
        self._continues: bool = args.bad is not None

    def __call__(self, batch: Batch, stop: Event) -> BatchResult:
        """Work on a batch, up to its first bad line unless bad lines are listed."""
        output: list[bytes] = []
        report: Counter[str] = Counter()
        bad_lines: list[BadLine] = []
        for number, line in enumerate(batch.lines, batch.first):
            if stop.is_set():
                break
            try:
                output.append(self._convert(line, report))
            except KmCryptoError as error:
                bad_lines.append(_as_bad_line(number, error))
                if not self._continues:
                    break
        return BatchResult(b"".join(output), len(output), report, bad_lines, batch.size)

    def _convert(self, line: bytes | None, report: Counter[str]) -> bytes:
        """Return the new line, and add its values to `report`."""
        if line is None:
            raise MalformedPayload("the line is longer than --max-line")
        document = read_line(line)
        context = self._find_context(document)
        result = self._apply(document, context)
        if self._encrypts and self._find_context(result.document) != context:
            raise MalformedPayload(
                "the context is in a selected value, so nothing could decrypt the fields (S9.4)",
                field=self._context_selector or "",
            )
        new_line = write_line(result.document)
        if len(new_line) > self._max_line + 1:
            raise MalformedPayload("the new line would be longer than --max-line")
        report.update(result.report)
        return new_line

    def _find_context(self, document: Any) -> str | None:
        """Return the context that the fields of a record are bound to."""
        selector = self._context_selector
        if selector is None:
            return self._context
        try:
            values = list(select(parse(selector), document, limit=1).values())
        except TooManyMatches:
            raise MalformedPayload(
                "--context-from must select one value, not several", field=selector
            ) from None
        if not values:
            raise MalformedPayload("--context-from must select one value, not 0", field=selector)
        return _as_context(values[0], selector)


def _as_context(value: Any, selector: str) -> str:
    """Return the context of a record in which a selector selects this value."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{_INTEGER_CONTEXT}{value}"
    if not isinstance(value, str):
        raise MalformedPayload("--context-from must select text or an integer", field=selector)
    if value.startswith(_INTEGER_CONTEXT):
        raise MalformedPayload(
            f'--context-from must not select text that begins with "{_INTEGER_CONTEXT}", '
            "which is the context of an integer",
            field=selector,
        )
    return value


def run(args: Namespace) -> int:
    """Run the command that `args.action` names. Returns the exit status: 1 if lines were bad."""
    if args.side is not None and args.role != "storage":
        raise Failure("--side is only for --as storage")
    require_replaceable(args.out)
    require_replaceable(args.bad)
    with open_input(args.input) as (file, size):
        _require_separate_files(args, file)
        cipher = _make_cipher(args)
        worker = BatchWorker(args, getattr(cipher, args.action))
        start = time.monotonic()
        totals = _convert_file(args, worker, file, size)
    _print_totals(args, totals, time.monotonic() - start)
    return 1 if totals.bad_lines else 0


def _convert_file(args: Namespace, worker: BatchWorker, file: BinaryIO, size: int | None) -> Totals:
    """Work on the whole input."""
    records = 0
    bad_lines = 0
    report: Counter[str] = Counter()
    with interrupt_on_stop_signals() as ignore_signals, ExitStack() as outputs:
        write = outputs.enter_context(_open_output(args.out))
        write_bad = None if args.bad is None else outputs.enter_context(_open_output(args.bad))
        batches = _read_batches(args, file)
        with (
            closing(map_in_order(batches, worker, args.threads)) as results,
            show_progress(size) as advance,
        ):
            for result in results:
                if result.bad_lines and write_bad is None:
                    raise _as_failure(result.bad_lines[0])
                write(result.output)
                if write_bad is not None:
                    write_bad(b"".join(map(_format_bad_line, result.bad_lines)))
                records += result.records
                bad_lines += len(result.bad_lines)
                report.update(result.report)
                advance(result.size, result.records)
        ignore_signals()  # all lines are written, and the outputs take their names
    return Totals(records, report, bad_lines)


def _print_totals(args: Namespace, totals: Totals, seconds: float) -> None:
    print_message(f"records: {totals.records}")
    for selector in dict.fromkeys(args.select):
        print_message(f"{selector}: {totals.report[selector]}")
    print_message(f"bad lines: {totals.bad_lines}")
    print_message(f"seconds: {seconds:.1f}")


def _make_cipher(args: Namespace) -> FieldCipher:
    blob = sealed_file.read(args.keys)
    _check_selectors(args)
    ring = read_credential(args).unseal(blob).ring
    if ring is None:
        raise Failure("the sealed file has no crypto key")
    options: dict[str, Any] = {
        "optional": args.optional,
        "plain": args.plain,
        "accept_inactive": args.accept_inactive,
    }
    if args.action != "decrypt":
        options["enc"] = args.enc
    return _make_cipher_for_role(args, ring, options)


def _make_cipher_for_role(args: Namespace, ring: KeyRing, options: dict[str, Any]) -> FieldCipher:
    if args.role == "client":
        return FieldCipher.for_client(ring, args.select, **options)
    if args.role == "gateway":
        return FieldCipher.for_gateway(ring, args.select, **options)
    side = None if args.side is None else Side(args.side)
    return FieldCipher.for_storage(ring, args.select, side=side, **options)


def _check_selectors(args: Namespace) -> None:
    """Raise InvalidSetting for a bad selector, before a passphrase is asked for."""
    for selector in args.select:
        parse(selector)
    if args.context_from is not None:
        parse(args.context_from)


def _as_bad_line(number: int, error: KmCryptoError) -> BadLine:
    """Return the entry of a line; an error that has no field or no reason leaves it empty."""
    return BadLine(
        number,
        error.code,
        error.stage,
        field=getattr(error, "field", ""),
        reason=getattr(error, "reason", ""),
        text=str(error),
    )


def _as_failure(bad_line: BadLine) -> CheckFailed:
    """Return the error that ends the command at a bad line."""
    text = f"line {bad_line.number}: {bad_line.code}: {bad_line.text}"
    if bad_line.field:
        text += f": {bad_line.field}"
    return CheckFailed(text)


def _format_bad_line(bad_line: BadLine) -> bytes:
    """Return the line of the file of --bad."""
    entry = {
        "line": bad_line.number,
        "code": bad_line.code,
        "stage": bad_line.stage,
        "field": bad_line.field,
        "reason": bad_line.reason,
    }
    return write_json(entry) + b"\n"


def _require_separate_files(args: Namespace, file: BinaryIO) -> None:
    """Raise Failure if the command would replace or remove a file that it reads or writes."""
    outputs = [output for output in (args.out, args.bad) if output is not None]
    require_separate_files(
        [file.fileno(), args.keys, args.passphrase_file, args.key_file],
        [*outputs, *map(partial_path, outputs)],
    )


def _read_batches(args: Namespace, file: BinaryIO) -> Iterator[Batch]:
    """Give the batches of the input. Raises Failure where it cannot be read."""
    try:
        yield from read_batches(file, args.max_line)
    except OSError as error:
        raise Failure(f"{args.input} cannot be read: {error.strerror}") from None


def _open_output(path: Path) -> AbstractContextManager[Callable[[bytes], None]]:
    return replace_atomically(path, partial_path(path))
