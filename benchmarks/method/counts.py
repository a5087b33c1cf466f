"""A meter without noise: the bytecode instructions and calls of one call of each hot path.

A ratio of seconds moves by several per cent from run to run, so its limit leaves room, and small
losses pass unseen. Counts do not move: one version of Python gives the same figures on every
machine, in every process. budget.toml holds them for each version, and the gate allows 2 % more,
because the compiler adds an instruction for some line breaks.

Only frames of kmcrypto's own modules are looked at, because the bytecode of other packages changes
with their releases. Three figures are counted in them:

- `instructions`: the bytecode instructions that they execute;
- `c_calls`: the C functions that they call. For Python, calling a class (`int()`, `AESGCM()`) is
  not one: such a call shows among the instructions only;
- `python_calls`: the Python functions of other packages that they call.

They say how much Python is executed, not how long it takes: the ratios stay beside them.

Each path is called twice before its count, with the meter on: caches are filled then, and from
Python 3.13 on a code object reports its instructions only after its first call under a tracer.
"""

from __future__ import annotations

import gc
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import kmcrypto

from ..concerns.hot_paths import HotPath, hot_paths
from .budget import COUNTS, PATH, read_toml
from .units import align

PERCENT_ALLOWED = 2
WARM_UP = 2  # calls of a path before the one that counts

HOW_TO_RECORD = "`python -m benchmarks counts --write` records them"


class Counts(NamedTuple):
    """The figures of one call of a hot path: see the top of this module."""

    instructions: int
    c_calls: int
    python_calls: int


class Verdict(NamedTuple):
    """The counts of a path beside the recorded ones, which are None where there are none."""

    path: str
    counts: Counts
    recorded: Counts | None

    @property
    def passes(self) -> bool:
        """Whether no figure is beyond the recorded one and the allowance, or none is recorded."""
        if self.recorded is None:
            return True
        return all(map(_is_allowed, self.counts, self.recorded))

    @property
    def word(self) -> str:
        """The verdict in words."""
        if self.recorded is None:
            return "not recorded"
        if not self.passes:
            return f"more than {PERCENT_ALLOWED} % longer"
        if any(map(_is_much_shorter, self.counts, self.recorded)):
            return f"more than {PERCENT_ALLOWED} % shorter: {HOW_TO_RECORD}"
        if self.counts != self.recorded:
            return f"within {PERCENT_ALLOWED} %"
        return "as recorded"


def python_version() -> str:
    """The version whose counts are comparable: such as "3.11"; with its name unless CPython."""
    minor = "{}.{}".format(*platform.python_version_tuple())
    name = platform.python_implementation()
    return minor if name == "CPython" else f"{name} {minor}"


def count_all() -> dict[str, Counts]:
    """The counts of every hot path, by its name."""
    return {name: count(path) for name, path in hot_paths().items()}


def count(path: HotPath) -> Counts:
    """The counts of one call of a path, after two others."""
    with _undisturbed():
        instructions = _count_instructions(path)
        c_calls, python_calls = _count_calls(path)
    return Counts(instructions, c_calls, python_calls)


def read(path: Path = PATH) -> dict[str, Counts]:
    """The recorded counts of this version of Python; an empty dict where there are none."""
    table = read_toml(path).get(COUNTS, {}).get(python_version(), {})
    return {name: Counts(**figures) for name, figures in table.items()}


def write(counts: Mapping[str, Counts], path: Path = PATH) -> None:
    """Record counts for this version of Python: its table is replaced, or added at the end.

    A table ends at the next empty line. The rest of the file stays as it is.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    header = f'[{COUNTS}."{python_version()}"]'
    new_table = _toml_table(header, counts)
    start = _find_line(lines, header)
    if start is None:
        lines += ["", *new_table]
    else:
        end = start + lines[start:].index("") if "" in lines[start:] else len(lines)
        lines[start:end] = new_table
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def judge(counts: Mapping[str, Counts], recorded: Mapping[str, Counts]) -> list[Verdict]:
    """Judge the counts of each path beside the recorded ones."""
    return [Verdict(name, figures, recorded.get(name)) for name, figures in counts.items()]


def table(verdicts: list[Verdict]) -> str:
    """The verdicts as lines of text, and a remark where nothing is recorded for this Python."""
    rows: list[tuple[str, ...]] = []
    rows.append(("path", "instructions", "C calls", "Python calls", "verdict"))
    for verdict in verdicts:
        cells = map(_cell, verdict.counts, verdict.recorded or verdict.counts)
        rows.append((verdict.path, *cells, verdict.word))
    text = align(rows)
    if all(verdict.recorded is None for verdict in verdicts):
        return f"{text}\nno counts are recorded for Python {python_version()}: {HOW_TO_RECORD}"
    return text


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep garbage collection and the tracers of others (coverage, debuggers) out of a block."""
    was_collecting = gc.isenabled()
    tracer = sys.gettrace()
    profiler = sys.getprofile()
    gc.disable()
    sys.settrace(None)
    sys.setprofile(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        sys.setprofile(profiler)
        if was_collecting:
            gc.enable()


def _count_instructions(path: HotPath) -> int:
    instructions = 0

    def follow(frame: FrameType, event: str, _: object) -> Any:
        nonlocal instructions
        if event == "opcode":
            instructions += 1
        return follow

    def enter(frame: FrameType, event: str, _: object) -> Any:
        if not _is_ours(frame):
            return None
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return follow

    for _ in range(WARM_UP + 1):
        instructions = 0
        sys.settrace(enter)
        try:
            path()
        finally:
            sys.settrace(None)
    return instructions


def _count_calls(path: HotPath) -> tuple[int, int]:
    """C functions and Python functions of others that our frames call."""
    c_calls = 0
    python_calls = 0

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal c_calls, python_calls
        if event == "c_call" and _is_ours(frame):
            c_calls += 1
        elif event == "call" and _is_ours(frame.f_back) and not _is_ours(frame):
            python_calls += 1

    for _ in range(WARM_UP + 1):
        c_calls = 0
        python_calls = 0
        sys.setprofile(look)
        try:
            path()
        finally:
            sys.setprofile(None)
    return c_calls, python_calls


def _is_ours(frame: FrameType | None) -> bool:
    if frame is None:
        return False
    module = str(frame.f_globals.get("__name__"))
    return f"{module}.".startswith(f"{kmcrypto.__name__}.")


def _is_allowed(figure: int, recorded: int) -> bool:
    return figure * 100 <= recorded * (100 + PERCENT_ALLOWED)


def _is_much_shorter(figure: int, recorded: int) -> bool:
    return figure * 100 < recorded * (100 - PERCENT_ALLOWED)


def _find_line(lines: list[str], start: str) -> int | None:
    """The number of the first line that starts so, or None."""
    for number, line in enumerate(lines):
        if line.startswith(start):
            return number
    return None


def _toml_table(header: str, counts: Mapping[str, Counts]) -> list[str]:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    lines = [f"{header}  # {python}, cryptography {version('cryptography')}"]
    for path, figures in counts.items():
        members = ", ".join(f"{key} = {value}" for key, value in figures._asdict().items())
        lines.append(f"{path} = {{ {members} }}")
    return lines


def _cell(figure: int, recorded: int) -> str:
    if figure == recorded:
        return f"{figure:,}"
    return f"{figure:,} (recorded: {recorded:,})"
