"""The transcripts in this folder, and the form that they have (README.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from kmcrypto.keys.sealed import unseal
from tests.support.processes import FORKS
from tests.support.records import SEALING_KEY
from tests.support.sealed_projects import sealed_project
from tests.support.transcripts import (
    PATTERNS,
    SEALED_FILES,
    WrongTranscript,
    read_transcript,
    run_transcript,
)

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*/*.txt"))
SLOW_FOLDERS = ("keys",)  # whose commands pay for Argon2id

pytestmark = [FORKS, pytest.mark.usefixtures("keys_checked_once", "keys_read")]


def name_of(path: Path) -> str:
    return str(path.relative_to(FOLDER).with_suffix(""))


@pytest.fixture
def keys_read(keys_checked_once: None) -> None:
    """The keys are checked here, before the children are forked, which then need not do so."""
    for side in SEALED_FILES:
        unseal(sealed_project(side), key=SEALING_KEY)


def marked(path: Path) -> ParameterSet:
    marks = [pytest.mark.slow] if path.parent.name in SLOW_FOLDERS else []
    return pytest.param(path, id=name_of(path), marks=marks)


@pytest.mark.parametrize("path", [marked(path) for path in CASES])
def test_a_command_does_as_its_transcript_says(path: Path, tmp_path: Path) -> None:
    run_transcript(read_transcript(path.read_text(encoding="utf-8")), tmp_path)


def test_every_case_has_a_name_that_says_what_it_shows() -> None:
    titles = [read_transcript(path.read_text(encoding="utf-8")).title for path in CASES]
    assert len(set(titles)) == len(CASES) > 0
    assert [path.name for path in CASES if path.stem != path.stem.lower().replace("_", "-")] == []


# --- The runner itself ----------------------------------------------------------------------------

GOOD = """\
# A case that is right.
file a.txt
| {"cardNo":"9410000000001234"}
$ kmcrypto redact a.txt
| {"cardNo":"941000******1234"}
"""


def test_a_case_that_is_right_passes(tmp_path: Path) -> None:
    run_transcript(read_transcript(GOOD), tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('| {"cardNo":"941000******1234"}\n', ""),  # the output is not expected
        ("******", "*****"),
        ('1234"}\n', '1234"}<no newline>\n'),
        ("$ kmcrypto redact a.txt", "$ kmcrypto redact b.txt"),
        ('******1234"}\n', '******1234"}\n! more\n'),
        ('******1234"}\n', '******1234"}\nexit 1\n'),
        ('******1234"}\n', '******1234"}\nholds a.txt\n| other\n'),
        ('******1234"}\n', '******1234"}\nmissing a.txt\n'),
        ("$ kmcrypto", "secret 941000\n$ kmcrypto"),
    ],
)
def test_a_case_that_is_wrong_fails(old: str, new: str, tmp_path: Path) -> None:
    assert GOOD.count(old) >= 1
    head, _, tail = GOOD.rpartition(old)
    with pytest.raises(AssertionError):
        run_transcript(read_transcript(head + new + tail), tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$ kmcrypto --version\n",
        "# No command.\nfile a\n| b\n",
        "# An unknown word.\n$ kmcrypto --version\nkmcrypto 0\n",
        "# Nothing to end.\nexit 1\n$ kmcrypto --version\n",
    ],
)
def test_a_file_that_is_no_transcript_is_refused(text: str) -> None:
    with pytest.raises((WrongTranscript, IndexError)):
        read_transcript(text)


def test_the_readme_names_every_pattern_and_every_word() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    words = [f"`<{name}>`" for name in (*PATTERNS, "any lines", "no newline")]
    words += ["file", "stdin", "seal", "env", "mode", "secret", "holds", "missing", "exit"]
    assert [word for word in words if word not in text] == []
