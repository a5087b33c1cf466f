"""Every rule that code, tests or documents cite is defined, and nothing else is cited.

Citations are rules of docs/protocol.md (S3.5), rules of docs/design.md (D7), and sections of RFCs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

pytestmark = pytest.mark.once

FOLDERS = ("kmcrypto", "tests", "vectors", "benchmarks", "docs", ".ci")
CITED = re.compile(r"(?<![\w./-])([SD][0-9]{1,2}(?:\.[0-9]{1,2})?)(?![\w/-])")
# A row of a table, an entry of a list or a heading that begins with its id.
DEFINED = re.compile(r"^(?:\| |- |## |- \*\*)([SD][0-9]+(?:\.[0-9]+)?)\b", re.MULTILINE)
# Documents that a reader of this repository does not have.
FOREIGN = re.compile(r"\b(?:DESIGN|SPEC|ATTACKS|STYLE\.md)\b")
# Linter rules and curves are named in the same form as ours.
OTHER_IDS = {"S105", "S301", "S303", "S311", "S505"}


def defined_rules() -> set[str]:
    """The ids that the two documents define."""
    texts = [
        (ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("protocol.md", "design.md")
    ]
    return {rule for text in texts for rule in DEFINED.findall(text)}


def written_files() -> Iterator[Path]:
    """Every file that a person wrote."""
    yield from ROOT.glob("*.md")
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".mjs", ".sh", ".toml") or path.name == "run":
                yield path


def cited_rules(text: str) -> set[str]:
    return set(CITED.findall(text)) - OTHER_IDS


def test_the_documents_define_the_rules() -> None:
    rules = defined_rules()
    assert {"S1", "S1.1", "S3.5", "S4.8", "S12", "D1", "D14"} <= rules
    assert len(rules) > 80


@pytest.mark.parametrize(
    "path", list(written_files()), ids=lambda path: str(path.relative_to(ROOT))
)
def test_what_a_file_cites_is_defined(path: Path) -> None:
    if path == Path(__file__):
        return
    assert cited_rules(path.read_text(encoding="utf-8")) - defined_rules() == set()


def test_what_the_vectors_cite_is_defined() -> None:
    rules = defined_rules()
    for path in sorted((ROOT / "vectors").glob("*_v1.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        cited = {test["rule"] for group in content["testGroups"] for test in group["tests"]}
        for rule in cited:
            assert rule.startswith("RFC ") or cited_rules(rule) <= rules, (path.name, rule)


@pytest.mark.parametrize(
    "path", list(written_files()), ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_file_cites_a_document_that_is_not_here(path: Path) -> None:
    if path == Path(__file__):
        return
    assert FOREIGN.findall(path.read_text(encoding="utf-8")) == []


def test_an_undefined_rule_would_be_found() -> None:
    assert cited_rules("refused (S4.99), see D15; not x.S3 or A128GCM") == {"S4.99", "D15"}
    assert {"S4.99", "D15"} & defined_rules() == set()
