"""The table of rules in vectors/README.md: every rule has valid and invalid tests, or a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from types import ModuleType

import pytest

from tests.support import ROOT
from tests.support.vector_files import SUBJECTS, load, load_module

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
README = (ROOT / "vectors" / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    """The module of the generator that has the reasons."""
    return load_module("rules")


def rules_of_the_protocol() -> list[str]:
    """Every rule, and every section that has none: `- S3.4`, `| S1.1 |`, `## S8`."""
    found: list[str] = []
    for section in re.findall(r"(?ms)^## (S\d+) (.*?)(?=^## |\Z)", PROTOCOL):
        name, text = section
        numbered = re.findall(rf"(?m)^(?:- |\| )({name}\.\d+)\b", text)
        found += numbered or [name]
    return found


def rows() -> Iterator[tuple[str, int, int, str]]:
    """The rows of the table: the rule, its valid and invalid tests, and the reason."""
    table = README.split("<!-- rules -->")[1].split("<!-- /rules -->")[0]
    for line in table.strip().splitlines()[2:]:
        rule, valid, invalid, reason = [cell.strip() for cell in line.strip("|").split("|")]
        yield rule, int(valid), int(invalid), reason


def test_the_table_has_every_rule_of_the_protocol_once() -> None:
    assert [row[0] for row in rows()] == rules_of_the_protocol()


def test_every_rule_has_valid_and_invalid_tests_or_a_reason_and_never_both() -> None:
    for rule, valid, invalid, reason in rows():
        is_shown = valid > 0 and invalid > 0
        assert is_shown != bool(reason), rule


def test_the_table_counts_what_the_files_have(rules: ModuleType) -> None:
    counts = {rule: [0, 0] for rule in rules_of_the_protocol()}
    for subject in SUBJECTS:
        file = load(subject)
        for test in (test for group in file["testGroups"] for test in group["tests"]):
            about = {test["rule"], *(file["notes"][flag]["rule"] for flag in test["flags"])}
            for rule, patterns in rules.TESTS_BESIDES.items():
                if any(fnmatchcase(test["id"], pattern) for pattern in patterns):
                    about.add(rule)
            for rule in about & counts.keys():
                counts[rule][test["result"] == "invalid"] += 1
    assert counts == {rule: [valid, invalid] for rule, valid, invalid, _ in rows()}


def test_every_rule_that_a_test_names_exists() -> None:
    sections = set(re.findall(r"(?m)^## (S\d+) ", PROTOCOL))
    known = {*rules_of_the_protocol(), *sections}
    named = {rule for text in map(json.dumps, map(load, SUBJECTS)) for rule in named_in(text)}
    assert named - known == set()


def named_in(text: str) -> list[str]:
    """The rules that are the value of a member called rule."""
    return re.findall(r'"rule": "(S[0-9.]+)"', text)


def test_a_reason_beside_tests_of_both_results_is_an_error(rules: ModuleType) -> None:
    row = rules.RuleRow("S6.3", valid=4, invalid=0)
    assert row.missing == "invalid"
    assert rules.RuleRow("S6.3", valid=0, invalid=4).missing == "valid"
    assert rules.RuleRow("S6.3", valid=0, invalid=0).missing == "any"
    assert rules.RuleRow("S6.3", valid=1, invalid=1).missing is None
