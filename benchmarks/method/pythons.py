"""The ratios of the budget as other processes measure them, under one or more Pythons.

The same code takes up to 7 % longer in some processes than in others, for as long as they run,
because each process draws anew where code and data lie in memory. Other programs disturb for some
seconds. The median over three processes, one after the other, shows neither, unless two of the
three have it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from statistics import median
from typing import Any, NamedTuple

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ROOT = Path(__file__).parents[2]
PROCESSES = 3

# Run by an interpreter to see whether it can measure; it prints the members of `Python`.
PROBE = """
import json, platform
import cryptography, kmcrypto
from benchmarks.method import budget
from cryptography.hazmat.backends.openssl import backend
budget.read_limits()
name = f"{platform.python_implementation()} {platform.python_version()}"
print(json.dumps([name, cryptography.__version__, backend.openssl_version_text()]))
"""


class Python(NamedTuple):
    """An interpreter that can measure: the command that starts it, and three versions."""

    command: str
    name: str  # such as "CPython 3.11.7"
    cryptography: str
    openssl: str

    @property
    def versions(self) -> tuple[str, str, str]:
        """The versions that tell one interpreter from another."""
        return self.name, self.cryptography, self.openssl

    @property
    def number(self) -> str:
        """The version alone, such as "3.11.7"."""
        return self.name.split()[1]


def find(commands: Sequence[str] = ()) -> list[Python]:
    """The running interpreter and those of `commands`; without any, the supported ones on PATH.

    An interpreter that cannot measure is left out, and so is a second one with the same versions.
    """
    pythons: dict[tuple[str, str, str], Python] = {}
    for command in (sys.executable, *(commands or _on_path())):
        python = _probe(command)
        if python is not None:
            pythons.setdefault(python.versions, python)
    return sorted(pythons.values(), key=_minor_version)


def ratios_of(command: str, place: Path, names: Sequence[str], seconds: float) -> dict[str, float]:
    """The ratios that `python -m benchmarks` measures in a folder; none where it cannot.

    The reason goes to stderr.
    """
    options = ["--seconds", str(seconds), "--processes", "1"]
    ratios = _read_output(command, place, ["ratios", *names, *options]) or {}
    return {name: float(ratio) for name, ratio in ratios.items()}


def counts_of(command: str, place: Path) -> dict[str, list[int]]:
    """The counts of each hot path in a folder; none where they cannot be counted."""
    counts: dict[str, list[int]] = _read_output(command, place, ["counts"]) or {}
    return counts


def median_ratios(
    command: str, names: Sequence[str], seconds: float, processes: int = PROCESSES
) -> dict[str, float]:
    """The median of each ratio over so many processes, which share the seconds."""
    ratios: dict[str, list[float]] = {}
    for _ in range(processes):
        for name, ratio in ratios_of(command, ROOT, names, seconds / processes).items():
            ratios.setdefault(name, []).append(ratio)
    return {name: median(of_processes) for name, of_processes in ratios.items()}


def measure(
    pythons: Sequence[Python], seconds: float, names: Sequence[str] = ()
) -> dict[Python, Mapping[str, float]]:
    """The median ratios under each interpreter, one after the other."""
    return {python: median_ratios(python.command, names, seconds) for python in pythons}


def _on_path() -> list[str]:
    commands = [which(f"python{version}") for version in VERSIONS]
    return [command for command in commands if command is not None]


def _probe(command: str) -> Python | None:
    try:
        done = subprocess.run(
            [command, "-c", PROBE], cwd=ROOT, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command} is left out: {error}", file=sys.stderr)
        return None
    if done.returncode:
        last_lines = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        print(f"{command} is left out:", *last_lines, file=sys.stderr)
        return None
    return Python(command, *json.loads(done.stdout))


def _minor_version(python: Python) -> list[int]:
    return [int(part) for part in python.number.split(".")[:2]]


def _read_output(command: str, place: Path, arguments: Sequence[str]) -> Any:
    """The JSON that a command of the benchmarks prints in a folder, or None where it fails."""
    done = subprocess.run(
        [command, "-m", "benchmarks", *arguments, "--json"],
        cwd=place,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        print(f"{place.name}: `{' '.join(arguments)}` failed:", file=sys.stderr)
        print(done.stderr.decode(errors="replace")[-400:], file=sys.stderr)
        return None
    return json.loads(done.stdout)
