"""Counts by rule and by flag: file by file, in an order that a reader expects."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kmcrypto.tools.vectors.counts import select_by_flag, select_by_rule
from kmcrypto.tools.vectors.runner import run_folder
from tests.support.vector_sample import CommandResult, Sample

pytestmark = pytest.mark.usefixtures("keys_checked_once")


def test_a_flag_of_one_name_in_two_files_has_a_row_for_each(sample: Sample) -> None:
    rows = select_by_flag(run_folder(sample.folder, ["tran_token", "jwe"]))
    assert [(row.file.subject, row.name, row.counts.tests) for row in rows] == [
        ("tran_token", "Fault", 2),
        ("tran_token", "Normal", 1),
        ("tran_token", "Odd<b>", 2),
        ("jwe", "Fault", 1),
        ("jwe", "Normal", 1),
        ("jwe", "Odd<b>", 1),
    ]
    for row in rows:
        assert {verdict.file for verdict in row.verdicts} == {row.file.name}


def test_rules_are_in_the_order_of_their_numbers(sample: Sample) -> None:
    rules = iter(["S1.10", "S1.9", "S1", "S11.1"])
    for test in [*sample.tests("tran_token"), sample.tests("jwe")[0]]:
        test["rule"] = next(rules)
    sample.tests("jwe")[1]["rule"] = "S1.9"
    sample.write("tran_token")
    sample.write("jwe")
    rows = select_by_rule(run_folder(sample.folder, ["tran_token", "jwe"]))
    assert [(row.name, row.file.subject) for row in rows] == [
        ("S1", "tran_token"),
        ("S1.9", "tran_token"),
        ("S1.9", "jwe"),
        ("S1.10", "tran_token"),
        ("S11.1", "jwe"),
    ]


@pytest.mark.parametrize("rule", ["", "S", "RFC 7516, 4", "9" * 5000, "S٣", "S²"])
def test_a_rule_of_any_text_is_a_row(rule: str, sample: Sample) -> None:
    sample.tests("jwe")[0]["rule"] = rule
    sample.write("jwe")
    assert rule in [row.name for row in select_by_rule(run_folder(sample.folder, ["jwe"]))]


def test_a_flag_that_a_test_names_twice_counts_once(sample: Sample) -> None:
    sample.tests("jwe")[0]["flags"] = ["Normal", "Normal"]
    sample.write("jwe")
    (row,) = [
        row for row in select_by_flag(run_folder(sample.folder, ["jwe"])) if row.name == "Normal"
    ]
    assert row.counts.tests == 1


def test_the_command_prints_rules_and_flags_and_the_ids_that_disagree(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.tests("jwe")[1]["stage"] = "token"
    sample.write("jwe")
    result = CommandResult(capsys, sample.folder)
    _, by_rule, by_flag, disagreeing, _ = (part.splitlines() for part in result.out.split("\n\n"))
    assert by_rule[0].split()[:2] == ["rule", "file"]
    assert "S3.5  jwe_v1.json                 2      1        1       1          1" in by_rule
    assert by_flag[0].split()[:2] == ["file", "flag"]
    assert [line.split()[:2] for line in by_flag].count(["jwe_v1.json", "Fault"]) == 1
    assert disagreeing == [
        "disagreeing in S3.5 of jwe_v1.json: jwe/sample/test-2",
        "disagreeing in Fault of jwe_v1.json: jwe/sample/test-2",
        "disagreeing in Odd<b> of jwe_v1.json: jwe/sample/test-2",
    ]


@pytest.mark.slow
def test_every_real_test_has_one_rule_and_each_of_its_flags(real: Path) -> None:
    done = run_folder(real)
    by_rule = Counter(
        verdict.test["id"] for row in select_by_rule(done) for verdict in row.verdicts
    )
    by_flag = Counter(
        verdict.test["id"] for row in select_by_flag(done) for verdict in row.verdicts
    )
    assert by_rule == {verdict.test["id"]: 1 for verdict in done.verdicts}
    assert by_flag == {verdict.test["id"]: len(verdict.test["flags"]) for verdict in done.verdicts}
