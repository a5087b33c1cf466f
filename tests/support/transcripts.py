"""Transcripts of commands: a text file a case (tests/tools/transcripts/README.md has the form).

A command runs in a forked child with files of its own for standard input, output and error, so
that it is the process that a person starts, without the time that an interpreter takes to begin.
"""

from __future__ import annotations

import gc
import json
import os
import re
import shlex
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.tools.cli import main
from kmcrypto.tools.fields import command as _fields
from kmcrypto.tools.keys import command as _keys
from kmcrypto.tools.messages import (
    decrypt as _decrypt,
    encrypt as _encrypt,
    inspect as _inspect,
    redact as _redact,
    sign as _sign,
    verify as _verify,
)
from tests.support import SECRET
from tests.support.processes import PATIENCE
from tests.support.records import SEALING_KEY
from tests.support.sealed_projects import key_text, sealed_project

# Loaded here, so that no child has to load them.
COMMAND_MODULES = (_decrypt, _encrypt, _fields, _inspect, _keys, _redact, _sign, _verify)

# What may stand for a text that is another one at each run.
PATTERNS = {
    "correlation-id": r"[0-9]{12}-[0-9a-f]{7}",
    "fingerprint": r"[0-9a-f]{16,64}",
    "folder": None,  # that of the case
    "jwe": r"[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+",
    "number": r"[0-9][0-9,.]*",
    "text": r"[^\n]*",
    "time": r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:\+[0-9:]+|Z)",
    "tran-time": r"20[0-9]{12}",
    "tran-token": r"KMV1:20[0-9]{15}:[0-9A-Za-z+/]{43}=",
}
ANY_LINES = "<any lines>"
NO_NEWLINE = "<no newline>"

# The files that every case finds in its folder.
SEALED_FILES = ("provider", "platform", "signer")
KEY_FILES = ("client", "client.pub", "platform", "platform.pub", "other", "other.pub")


class WrongTranscript(Exception):
    """A line of a transcript is not of its form."""


@dataclass
class Command:
    """A command line, what it reads, and what it must write."""

    line: str
    stdin: bytes
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    status: int = 0


@dataclass(frozen=True)
class Result:
    """What a command wrote, and its exit status."""

    status: int
    out: bytes
    err: bytes


@dataclass
class Transcript:
    """A case: its steps, each a word and what belongs to it, in their order."""

    title: str
    steps: list[tuple[str, Any]] = field(default_factory=list)


# --- Reading ------------------------------------------------------------------------------------


def read_transcript(text: str) -> Transcript:
    """Read a case. Raises WrongTranscript."""
    lines = text.replace("\\\n", "").splitlines()
    title = " ".join(line.removeprefix("# ") for line in lines if line.startswith("# "))
    if not lines or not lines[0].startswith("# "):
        raise WrongTranscript("the first line must begin with # and say what the case shows")
    transcript = Transcript(title)
    stdin: list[str] = []
    block: list[str] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word in ("|", "x"):
            block.append(line)
        elif word == "!":
            _last_command(transcript).err.append(rest)
        elif word == "exit":
            _last_command(transcript).status = int(rest)
        elif word == "$":
            command = Command(rest.lstrip(), _to_bytes(stdin))
            stdin = []
            block = command.out
            transcript.steps.append(("$", command))
        elif word == "stdin":
            block = stdin
        elif word in ("file", "seal", "holds"):
            block = []
            transcript.steps.append((word, (rest, block)))
        elif word in ("env", "missing", "secret", "mode"):
            transcript.steps.append((word, rest))
        elif line and word != "#":
            raise WrongTranscript(f"a line begins with an unknown word: {line}")
    if not any(word == "$" for word, _ in transcript.steps):
        raise WrongTranscript("a case must have a command")
    return transcript


def _last_command(transcript: Transcript) -> Command:
    word, command = transcript.steps[-1]
    if word != "$":
        raise WrongTranscript("! and exit belong to the command above them")
    assert isinstance(command, Command)
    return command


def _to_bytes(block: list[str]) -> bytes:
    """The bytes that the lines of a block stand for."""
    data = b""
    for line in block:
        if line.startswith("x "):
            data += bytes.fromhex(line[2:])
        elif line.endswith(NO_NEWLINE):
            data += line[2:].removesuffix(NO_NEWLINE).encode()
        else:
            data += line[2:].encode() + b"\n"
    return data


# --- Running ------------------------------------------------------------------------------------


def run_transcript(transcript: Transcript, folder: Path) -> None:
    """Run a case in a folder. Fails with the transcript of what happened."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KMCRYPTO_", "KONAPLATE_"))
    }
    environment |= {"COLUMNS": "80", "NO_COLOR": "1"}
    secrets = [SECRET, SEALING_KEY.hex(), *_lines_of_private_keys()]
    _write_files(folder)
    for word, value in transcript.steps:
        if word == "$":
            result = _run_line(value, folder, environment)
            _check(value, result, folder)
            for secret in secrets:
                assert secret.encode() not in result.out + result.err, "it shows a secret"
        elif word == "file":
            (folder / value[0]).write_bytes(_to_bytes(value[1]))
        elif word == "seal":
            _seal(folder, *value)
        elif word == "holds":
            data = (folder / value[0]).read_bytes()
            assert re.fullmatch(_pattern(value[1], folder), data), _as_block("|", data)
        elif word == "missing":
            assert not os.path.lexists(folder / value), f"{value} is there"
        elif word == "mode":
            name, _, mode = value.partition(" ")
            (folder / name).chmod(int(mode, 8))
        elif word == "secret":
            secrets.append(value)
        else:
            name, _, setting = value.partition("=")
            environment[name] = setting


def _lines_of_private_keys() -> Iterator[str]:
    for name in KEY_FILES:
        if not name.endswith(".pub"):
            yield from key_text(name).splitlines()[2:-2]


def _write_files(folder: Path) -> None:
    for side in SEALED_FILES:
        _write_private(folder / f"{side}.kmsp", sealed_project(side))
    _write_private(folder / "sealing.key", SEALING_KEY)
    for name in KEY_FILES:
        _write_private(folder / f"{name}.pem", key_text(name).encode())


def _write_private(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    path.chmod(0o600)


def _seal(folder: Path, name: str, block: list[str]) -> None:
    """Seal a project, in which a text "@NAME" is that of a key file."""

    def text_of(value: Any) -> Any:
        if isinstance(value, dict):
            return {member: text_of(inner) for member, inner in value.items()}
        if isinstance(value, list):
            return [text_of(inner) for inner in value]
        if isinstance(value, str) and value.startswith("@"):
            return (folder / value[1:]).read_text(encoding="ascii")
        return value

    contents = Contents(text_of(json.loads(_to_bytes(block))))
    _write_private(folder / name, seal(contents, key=SEALING_KEY))


def _run_line(command: Command, folder: Path, environment: dict[str, str]) -> Result:
    """Run a command line: `kmcrypto ...`, with `<`, `>` and `|` as a shell has them."""
    stdin = command.stdin
    err = b""
    status = 0
    for part in _split(shlex.split(command.line), "|"):
        words, stdin_file, out_file = _redirections(part)
        if stdin_file:
            stdin = (folder / stdin_file).read_bytes()
        if words[0] != "kmcrypto":
            raise WrongTranscript(f"a command must be kmcrypto: {command.line}")
        result = run_forked(words[1:], stdin, folder, environment)
        stdin = result.out
        err += result.err
        status = result.status
        if out_file:
            (folder / out_file).write_bytes(result.out)
            stdin = b""
    return Result(status, stdin, err)


def _split(words: list[str], separator: str) -> Iterator[list[str]]:
    while separator in words:
        index = words.index(separator)
        yield words[:index]
        words = words[index + 1 :]
    yield words


def _redirections(words: list[str]) -> tuple[list[str], str, str]:
    names = {"<": "", ">": ""}
    while len(words) > 2 and words[-2] in names:
        names[words[-2]] = words[-1]
        words = words[:-2]
    return words, names["<"], names[">"]


def run_forked(
    arguments: list[str], stdin: bytes, folder: Path, environment: dict[str, str]
) -> Result:
    """Run `kmcrypto` in a forked child, in a folder."""
    paths = [folder / f".{name}" for name in ("stdin", "stdout", "stderr")]
    paths[0].write_bytes(stdin)
    with (
        open(paths[0], "rb") as stdin_file,
        open(paths[1], "wb") as out_file,
        open(paths[2], "wb") as err_file,
    ):
        descriptors = [file.fileno() for file in (stdin_file, out_file, err_file)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads of pytest
            pid = os.fork()
        if pid == 0:
            _be_kmcrypto(arguments, descriptors, folder, environment)
    _, wait_status = os.waitpid(pid, 0)
    _, out, err = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
    return Result(os.waitstatus_to_exitcode(wait_status), out, err)


def _be_kmcrypto(
    arguments: list[str], descriptors: list[int], folder: Path, environment: dict[str, str]
) -> NoReturn:
    """Run the command in this process, which ends with it."""
    status: Any = 70
    gc.disable()  # it would copy every page that the child shares with its parent
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)  # a child that waits for a lock would wait for ever
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        status = main(arguments)
    except SystemExit as left:
        status = left.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


# --- Comparing ----------------------------------------------------------------------------------


def _check(command: Command, result: Result, folder: Path) -> None:
    matches = [
        result.status == command.status,
        re.fullmatch(_pattern(command.out, folder), result.out) is not None,
        re.fullmatch(_pattern([f"! {line}" for line in command.err], folder), result.err)
        is not None,
    ]
    assert all(matches), f"what happened was:\n{_as_transcript(command, result)}"


def _pattern(block: list[str], folder: Path) -> bytes:
    """The regular expression of the text that a block stands for."""
    pattern = b""
    for line in block:
        if line.startswith("x "):
            pattern += re.escape(bytes.fromhex(line[2:]))
        elif line[2:] == ANY_LINES:
            pattern += rb"(?:[^\n]*\n)*"
        else:
            has_newline = not line.endswith(NO_NEWLINE)
            text = line[2:].removesuffix(NO_NEWLINE)
            pattern += _pattern_of_line(text, folder) + (b"\n" if has_newline else b"")
    return pattern


def _pattern_of_line(text: str, folder: Path) -> bytes:
    names = "|".join(PATTERNS)
    parts = re.split(f"<({names})>", text)
    pattern = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += PATTERNS[part] or re.escape(str(folder))
    return pattern.encode()


def _as_transcript(command: Command, result: Result) -> str:
    lines = [f"$ {command.line}", *_as_block("|", result.out), *_as_block("!", result.err)]
    if result.status:
        lines.append(f"exit {result.status}")
    return "\n".join(lines)


def _as_block(prefix: str, data: bytes) -> list[str]:
    lines = data.decode(errors="backslashreplace").split("\n")
    last = lines.pop()
    shown = [f"{prefix} {line}".rstrip() if not line else f"{prefix} {line}" for line in lines]
    return [*shown, f"{prefix} {last}{NO_NEWLINE}"] if last else shown
