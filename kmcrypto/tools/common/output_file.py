"""The output of a command: standard output, or a file that appears whole or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .atomic_file import replace_atomically
from .claimed_name import partial_path
from .file_identity import require_replaceable, require_separate_files
from .standard_streams import write_bytes
from .stop_signals import interrupt_on_stop_signals


def require_separate_outputs(inputs: list[Path | int | None], *outputs: Path | None) -> None:
    """Raise Failure if an output would replace an input, another output, or no regular file."""
    named = [output for output in outputs if output is not None]
    for output in named:
        require_replaceable(output)
    require_separate_files(inputs, [*named, *map(partial_path, named)])


@contextmanager
def open_output(path: Path | None) -> Iterator[Callable[[bytes], None]]:
    """Give the block a function that writes to a file, or to standard output if there is no path.

    The file takes its name at the end of the block. It is its owner's alone. Raises Failure.
    """
    if path is None:
        yield write_bytes
        return
    with (
        interrupt_on_stop_signals() as ignore_signals,
        replace_atomically(path, partial_path(path)) as write,
    ):
        yield write
        ignore_signals()  # all is written, and the output takes its name


def write_output(path: Path | None, data: bytes) -> None:
    """Write a whole output. Raises Failure."""
    with open_output(path) as write:
        write(data)
