"""The results as JSON: counts and ids by file, rule and flag, and what they were made with."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from kmcrypto.tools.vectors.provenance import find_provenance, list_versions
from tests.support.vector_sample import CommandResult, Sample

pytestmark = pytest.mark.usefixtures("keys_checked_once")


def test_the_json_says_everything(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write_manifest()
    sample.tests("jwe")[0]["plaintext"] = {"repeat": {"hex": "00", "times": 5000}}
    sample.write("jwe")
    file = sample.folder.parent / "data.json"
    assert CommandResult(capsys, sample.folder, "--json", file).status == 1
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["versions"] == list_versions()
    assert data["vectorsSha256"] == find_provenance(sample.folder).vectors_sha256
    assert data["kmcryptoSha256"] == find_provenance(sample.folder).package_sha256
    assert data["date"].endswith(" UTC")
    assert data["status"] == 1
    assert data["total"] == {"tests": 36, "valid": 19, "invalid": 17, "agreed": 35, "disagreed": 1}
    assert [entry["name"] for entry in data["manifest"] if not entry["agrees"]] == ["jwe_v1.json"]
    assert {file["name"]: file["sha256"] for file in data["files"]}["jwe_v1.json"] == data[
        "manifest"
    ][5]["found"]
    (wrong,) = [test for test in data["tests"] if not test["agreed"]]
    zeros = {"bytes": 5000, "sha256": sha256(bytes(5000)).hexdigest()}
    assert (wrong["file"], wrong["tcId"], wrong["rule"]) == ("jwe_v1.json", 1, "S3.5")
    assert wrong["expected"] == {
        "result": "valid",
        "stage": None,
        "code": None,
        "outputs": {"plaintext": zeros},
        "exception": None,
    }
    assert wrong["got"]["outputs"] == {"plaintext": {"hex": "00ff"}}
    assert len(data["tests"]) == 36


def test_the_json_names_the_tests_of_each_rule_and_flag(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.tests("jwe")[1]["stage"] = "token"
    sample.write("jwe")
    file = sample.folder.parent / "data.json"
    assert CommandResult(capsys, sample.folder, "--json", file).status == 1
    data = json.loads(file.read_text(encoding="utf-8"))
    flags = {(row["file"], row["flag"]): row for row in data["flags"]}
    assert flags["jwe_v1.json", "Fault"] == {
        "flag": "Fault",
        "file": "jwe_v1.json",
        "tests": 1,
        "valid": 0,
        "invalid": 1,
        "agreed": 0,
        "disagreed": 1,
        "ids": ["jwe/sample/test-2"],
        "disagreeing": ["jwe/sample/test-2"],
    }
    rules = {(row["rule"], row["file"]): row for row in data["rules"]}
    assert rules["S3.5", "jwe_v1.json"]["ids"] == ["jwe/sample/test-1", "jwe/sample/test-2"]
    assert rules["S3.5", "jwe_v1.json"]["disagreeing"] == ["jwe/sample/test-2"]
    assert len(rules) == len(data["files"])
