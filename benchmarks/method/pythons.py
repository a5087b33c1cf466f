"""The ratios of the budget as processes of their own measure them: several of them, under one or more Pythons.

The same code takes up to 7 % longer in some processes than in others, for as long as they run: where code and data lie
in memory is drawn for each. Other programs disturb for some seconds. The median over processes that follow each other
has neither, unless two of the three have it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import which
from statistics import median
from typing import NamedTuple

from .units import table

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ROOT = Path(__file__).parents[2]
PROCESSES = 3
# What an interpreter must be able to import; what it then prints of itself.
PROBE = """
import json, platform
import cryptography, kmcrypto
from benchmarks.method import budget
from cryptography.hazmat.backends.openssl import backend
budget.read()
name = f"{platform.python_implementation()} {platform.python_version()}"
print(json.dumps([name, cryptography.__version__, backend.openssl_version_text()]))
"""


class Python(NamedTuple):
    """An interpreter that can be measured: the command that starts it, and three versions."""

    command: str
    python: str
    cryptography: str
    openssl: str


def found(commands: Sequence[str] = ()) -> list[Python]:
    """The running interpreter and those commands, or else those of the supported versions that are on PATH.

    One that lacks what is measured, cryptography say, is left out, and so is a second one with the same versions.
    """
    on_path = [which(f"python{version}") for version in VERSIONS]
    every = [sys.executable, *(commands or filter(None, on_path))]
    pythons: dict[tuple[str, ...], Python] = {}
    for command in every:
        if python := _asked(command):
            pythons.setdefault(python[1:], python)
    return sorted(
        pythons.values(),
        key=lambda python: [int(part) for part in python.python.split()[1].split(".")[:2]],
    )


def ratios_of(command: str, place: Path, names: Sequence[str], seconds: float) -> dict[str, float]:
    """The ratios that `python -m benchmarks` in that folder measures; none where it can't, and stderr says why."""
    arguments = [
        command,
        "-m",
        "benchmarks",
        "ratios",
        *names,
        "--seconds",
        str(seconds),
        "--processes",
        "1",
        "--json",
    ]
    done = subprocess.run(arguments, cwd=place, capture_output=True, check=False)
    if done.returncode:
        print(
            f"{place.name}: {' '.join(names)} can't be measured:",
            done.stderr.decode()[-400:],
            file=sys.stderr,
        )
        return {}
    return {name: float(ratio) for name, ratio in json.loads(done.stdout).items()}


def medians_of(
    command: str, names: Sequence[str], seconds: float, processes: int = PROCESSES
) -> dict[str, float]:
    """The median of each ratio over so many processes, one after the other, which share the seconds."""
    found: dict[str, list[float]] = {}
    for _ in range(processes):
        for name, ratio in ratios_of(command, ROOT, names, seconds / processes).items():
            found.setdefault(name, []).append(ratio)
    return {name: median(ratios) for name, ratios in found.items()}


def measured(
    pythons: Sequence[Python], seconds: float, names: Sequence[str] = ()
) -> dict[Python, dict[str, float]]:
    """Those medians for each interpreter, one after the other."""
    return {python: medians_of(python.command, names, seconds) for python in pythons}


def section(
    ratios: Mapping[Python, Mapping[str, float]], limits: Mapping[str, str]
) -> Iterator[str]:
    """What the report says of them. `limits`: a text for each ratio's name."""
    yield "## Ratios by Python version\n"
    yield 'Each version measured by processes of its own, with the packages installed there. "-": a peer is not.\n'
    yield (
        table(("Python", "cryptography", "OpenSSL"), [python[1:] for python in ratios]).replace(
            "---:", "---"
        )
        + "\n"
    )
    columns = [
        f"{python.python.split()[1]}, cryptography {python.cryptography}" for python in ratios
    ]
    rows = [
        (name, *(f"{of[name]:.2f}" if name in of else "-" for of in ratios.values()), limit)
        for name, limit in limits.items()
    ]
    yield table(("ratio", *columns, "limit"), rows) + "\n"


def _asked(command: str) -> Python | None:
    try:
        done = subprocess.run(
            [command, "-c", PROBE], cwd=ROOT, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command} is left out: {error}", file=sys.stderr)
        return None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        print(f"{command} is left out:", *reason, file=sys.stderr)
        return None
    return Python(command, *json.loads(done.stdout))
