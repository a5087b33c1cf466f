"""The register: which tcId each id has, in every version of the files.

make/register/ has a text file for each file of vectors, with a line `tcId id` for each test. A tcId
is assigned once. It is never used for another test, and a registered test is always made. New tests
get the next numbers, wherever their rows stand.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from .key_files import VECTORS

FOLDER = Path("make", "register")


class UnregisteredError(ValueError):
    """A test has no tcId yet: `generate.py --register` assigns one."""


def register_name(subject: str) -> str:
    """The name of a file's register within vectors/."""
    return (FOLDER / f"{subject}.txt").as_posix()


def read_register(subject: str) -> dict[str, int]:
    """Read the tcIds of a file's tests by their ids. A new file has none."""
    path = VECTORS / register_name(subject)
    if not path.is_file():
        return {}
    rows = [line.split(" ") for line in path.read_text(encoding="ascii").splitlines()]
    numbers = [int(number) for number, _ in rows]
    register = {test_id: int(number) for number, test_id in rows}
    if numbers != list(range(1, len(register) + 1)):
        raise ValueError(f"{path.name} must have every id once, with the tcIds from 1 in order")
    return register


def render_register(register: Mapping[str, int]) -> bytes:
    """Write a register: a line for each test, by tcId."""
    rows = sorted((number, test_id) for test_id, number in register.items())
    return "".join(f"{number} {test_id}\n" for number, test_id in rows).encode("ascii")


def number_tests(
    subject: str, test_ids: Sequence[str], register: Mapping[str, int], *, extend: bool
) -> dict[str, int]:
    """Find the tcId of each test.

    Args:
        subject: The file's subject, for messages.
        test_ids: The ids of its tests, in the order of the file.
        register: The tcIds that were assigned before.
        extend: Whether tests without a tcId get the next free ones.

    Returns:
        The register, with the new tests at its end.

    Raises:
        UnregisteredError: If a test has no tcId and `extend` is false.
        ValueError: If an id comes twice, or a registered test is no longer made.
    """
    made = set(test_ids)
    twice = sorted(test_id for test_id in made if test_ids.count(test_id) > 1)
    if twice:
        raise ValueError(f"{subject}: ids that come twice, so give a name to one of each: {twice}")
    gone = [test_id for test_id in register if test_id not in made]
    if gone:
        raise ValueError(
            f"{subject}: registered tests that are no longer made: {gone}. None is ever removed or "
            "renamed: a test whose comment or first flag changes keeps its id by `name`"
        )
    new = [test_id for test_id in test_ids if test_id not in register]
    if new and not extend:
        raise UnregisteredError(f"{subject}: tests without a tcId, see --register: {new}")
    first = len(register) + 1
    return {**register, **{test_id: number for number, test_id in enumerate(new, first)}}
