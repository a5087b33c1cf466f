"""`kmcrypto completion`: its script is run in real shells."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.processes import need, output_of

pytestmark = pytest.mark.programs

# What bash does when the key is pressed behind the words: it sets them, and calls the function.
PRESS = """
source ./script
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_shtab_kmcrypto
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    for name in ("payload.json", "provider.kmsp"):
        (tmp_path / name).touch()
    (tmp_path / "script").write_bytes(output_of("kmcrypto", "completion", "bash"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["de"], "decrypt demo"),
        (["keys", "set-"], "set-primary set-state"),
        (["sign", "--c"], "--callback --crypto-key --curl"),
        (["sign", "--answer", ""], "encrypted plain"),
        (["keys", "set-state", "F", "--crypto"], "--crypto-key"),
        (["fields", "encrypt", "--as", "s"], "storage"),
        (["completion", ""], "bash zsh"),
        (["sign", "--keys", "prov"], "provider.kmsp"),  # files
        (["redact", "pay"], "payload.json"),
        (["sign", "--nothing"], ""),
    ],
)
def test_bash_completes_commands_options_choices_and_files(
    script: Path, words: list[str], expected: str
) -> None:
    need("bash")
    out = output_of("bash", "-c", PRESS, "bash", "kmcrypto", *words, cwd=script)
    assert sorted(out.decode().split()) == expected.split()


def test_bash_completes_every_command_and_no_other(script: Path) -> None:
    need("bash")
    out = output_of("bash", "-c", PRESS, "bash", "kmcrypto", "", cwd=script).decode().split()
    text = output_of("kmcrypto", "--help").decode()
    commands = re.findall(r"^    (\w\S*)", text, re.MULTILINE)
    assert out == commands
    assert "completion" in commands


def test_zsh_loads_the_script(tmp_path: Path) -> None:
    """As from a folder of fpath, where the first line names the command."""
    need("zsh")
    script = output_of("kmcrypto", "completion", "zsh")
    assert script.startswith(b"#compdef kmcrypto\n")
    (tmp_path / "_kmcrypto").write_bytes(script)
    code = (
        "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -d $PWD/dump;"
        " autoload +X _kmcrypto; print ${_comps[kmcrypto]}"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    out = output_of("zsh", "-f", "-c", code, cwd=tmp_path, env=environment)
    assert out == b"_kmcrypto\n"
