"""Standard output and standard error that are closed, full, or unable to encode a name."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.tools.cli import main
from kmcrypto.tools.common.standard_streams import StandardOutput
from tests.support import ROOT
from tests.support.processes import child, run
from tests.support.records import ID, SEALING_KEY, crypto_key, public_pem

KEYS_ACTIONS = (
    "init add-project add-crypto list check set-state set-primary export-public change-passphrase"
)
COMMANDS_WITH_HELP = (
    "demo keys sign verify encrypt decrypt inspect redact fields diagnose sandbox completion"
    " vectors vendor"
)
HELP = [
    ["--help"],
    ["--version"],
    *([command, "--help"] for command in COMMANDS_WITH_HELP.split()),
    *(["keys", action, "--help"] for action in KEYS_ACTIONS.split()),
    *(["fields", action, "--help"] for action in ("encrypt", "decrypt", "rewrap")),
    ["vectors", "check", "--help"],
]
# The commands that print results; FILE and KEY are a sealed file and its sealing key.
COMMANDS = [
    ["keys", "list", "FILE", "--key-file", "KEY"],
    ["keys", "check", "FILE", "--key-file", "KEY"],
    ["keys", "export-public", "FILE", ID, "client", "--key-file", "KEY"],
    ["keys", "init", "FILE.new", "--key-file", "KEY"],
    ["keys", "set-state", "FILE", "--crypto-key", ID, "active", "--key-file", "KEY"],
    ["keys", "set-primary", "FILE", ID, "--key-file", "KEY"],
    ["keys", "change-passphrase", "FILE", "--key-file", "KEY", "--new-key-file", "KEY"],
    ["redact", "FILE"],
    ["completion", "bash"],
]
SLOW_COMMANDS = [["demo"], ["vectors", "check", str(ROOT / "vectors")]]


def words(command: list[str]) -> str:
    return " ".join(Path(word).name for word in command)


@pytest.fixture
def command_line(tmp_path: Path) -> Callable[[list[str]], list[str]]:
    """Puts a sealed file and its key into a command."""
    file, key = tmp_path / "project.kmsp", tmp_path / "sealing.key"
    contents = Contents(
        {
            "zone": "KST",
            "project_keys": [],
            "crypto_keys": [crypto_key(ID, client_public=public_pem("client"))],
            "primary": ID,
        }
    )
    file.write_bytes(seal(contents, key=SEALING_KEY))
    file.chmod(0o600)
    key.write_bytes(SEALING_KEY)

    def complete(command: list[str]) -> list[str]:
        texts = [word.replace("FILE", str(file)) for word in command]
        return [str(key) if word == "KEY" else word for word in texts]

    return complete


def full() -> TextIO | None:
    return open("/dev/full", "w", encoding="utf-8")


def closed() -> TextIO | None:
    return None


def without_reader() -> TextIO | None:
    reading, writing = os.pipe()
    os.close(reading)
    return open(writing, "w", encoding="utf-8")


OUTPUTS: dict[str, tuple[Callable[[], TextIO | None], str]] = {
    "full": (full, "No space left on device"),
    "closed": (closed, "it is closed"),
    "no reader": (without_reader, "Broken pipe"),
}


def status_of(arguments: list[str]) -> object:
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("command", [*HELP, *COMMANDS], ids=words)
def test_results_that_can_not_be_written_end_with_2(
    command: list[str],
    output: str,
    command_line: Callable[[list[str]], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    make, reason = OUTPUTS[output]
    stream = make()
    monkeypatch.setattr(sys, "stdout", stream)
    assert status_of(command_line(command)) == 2
    monkeypatch.undo()
    if stream is not None:
        stream.close()  # what it could not write is gone, so nothing fails here
    captured = capsys.readouterr()
    assert captured == ("", f"kmcrypto: standard output cannot be written: {reason}\n")


@pytest.mark.programs
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
@pytest.mark.parametrize("command", [*HELP, *COMMANDS, *SLOW_COMMANDS], ids=words)
def test_a_process_that_can_not_write_its_results_ends_with_2(
    command: list[str], redirection: str, command_line: Callable[[list[str]], list[str]]
) -> None:
    script = f'exec "$@" {redirection}'
    program = (sys.executable, "-m", "kmcrypto", *command_line(command))
    status, out, err = run("sh", "-c", script, "sh", *program, cwd=ROOT)
    assert (status, out) == (2, b"")
    assert re.fullmatch(rb"kmcrypto: standard output cannot be written: [^\n]+\n", err)


@pytest.mark.programs
@pytest.mark.parametrize("command", [["--help"], ["--version"], COMMANDS[0]], ids=words)
def test_a_reader_that_left_ends_a_process_with_2(
    command: list[str], command_line: Callable[[list[str]], list[str]]
) -> None:
    """As after `| head -1`, but the reader is surely gone."""
    program = (sys.executable, "-m", "kmcrypto", *command_line(command))
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*program, cwd=ROOT, **pipes) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 2
    assert err == b"kmcrypto: standard output cannot be written: Broken pipe\n"


@pytest.mark.programs
@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("command", "status"),
    [(["nonsense"], 2), (["keys", "list", "/nowhere"], 2), (COMMANDS[2], 0)],
    ids=["usage", "an error", "a result"],
)
def test_a_message_that_can_not_be_written_is_lost_and_the_status_tells(
    command: list[str],
    status: int,
    redirection: str,
    command_line: Callable[[list[str]], list[str]],
) -> None:
    """It never goes to standard output, where results are expected."""
    program = (sys.executable, "-m", "kmcrypto", *command_line(command))
    script = f'exec "$@" {redirection}'
    expected = public_pem("client").encode() if status == 0 else b""
    assert run("sh", "-c", script, "sh", *program, cwd=ROOT) == (status, expected, b"")


def test_no_file_gets_the_number_of_a_stream_that_is_closed(tmp_path: Path) -> None:
    """A library that writes to standard error would write to the file."""
    code = """
import sys
from kmcrypto.tools.common.standard_streams import standard_streams
with standard_streams(), open(sys.argv[1], "w") as file:
    file.write(str(file.fileno()))
"""
    path = tmp_path / "file"
    program = (sys.executable, "-c", code, path)
    assert run("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *program, cwd=ROOT)[0] == 0
    assert int(path.read_text()) > 2


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("ascii", rb"\u0444\xe9\udc80.json"),
        ("cp1252", b"\\u0444\xe9\\udc80.json"),
        ("utf-8", "ф\xe9".encode() + rb"\udc80.json"),
    ],
)
def test_a_character_that_the_output_lacks_is_escaped(encoding: str, written: bytes) -> None:
    """A name that is not UTF-8 has half surrogates in Python."""
    memory = io.BytesIO()
    stream = io.TextIOWrapper(memory, encoding=encoding)
    StandardOutput(stream).write("ф\xe9\udc80.json")
    assert memory.getvalue() == written


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    """A folder of vectors with names that no encoding but UTF-8 has."""
    (tmp_path / "ключ\udc80_v1.json").write_text("{}")
    (tmp_path / "MANIFEST.sha256").write_text(f"{'0' * 64}  keys/열쇠.pem\n", encoding="utf-8")
    return tmp_path


@pytest.mark.programs
@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "cp1252", "the locale C"],
)
def test_a_name_that_can_not_be_printed_is_no_traceback(
    variables: dict[str, str], odd_folder: Path
) -> None:
    program = (sys.executable, "-m", "kmcrypto", "vectors", "check", odd_folder)
    status, out, err = run(*program, cwd=ROOT, env={**os.environ, **variables})
    assert status == 2
    assert rb"MANIFEST.sha256: keys/\uc5f4\uc1e0.pem is missing" in out
    assert b"_v1.json has no known subject\n" in err
    assert b"Traceback" not in out + err


@pytest.mark.parametrize("command", HELP, ids=words)
def test_the_help_of_every_command_tells_the_statuses(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(command) == 0
    text = capsys.readouterr().out
    assert "The exit status is 0 if " in text or command == ["--version"]
