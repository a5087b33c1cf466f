"""`kmcrypto vectors check` on the real vectors, and on a small folder with one thing changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from kmcrypto import (
    jwe,
)
from kmcrypto.tools.vectors.files import SUBJECTS
from kmcrypto.tools.vectors.html_report import render_page
from kmcrypto.tools.vectors.json_report import render_json
from kmcrypto.tools.vectors.provenance import Provenance
from kmcrypto.tools.vectors.runner import run_folder
from kmcrypto.tools.vectors.values import (
    canonicalize,
    canonicalize_text,
    decode_bytes,
    decode_zone,
)
from tests.support import ROOT
from tests.support.processes import python, run
from tests.support.vector_sample import CommandResult, Members, Sample, changes_of

pytestmark = pytest.mark.usefixtures("keys_checked_once")


def disagreeing(sample: Sample, subject: str) -> list[str]:
    """The tests of a subject that disagree, as they are named."""
    done = run_folder(sample.folder, [subject])
    assert done.unreadable == []
    return [str(verdict) for verdict in done.disagreements]


def test_the_sample_agrees_and_is_counted(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = CommandResult(capsys, sample.folder)
    by_file, _, by_flag, ending = (part.splitlines() for part in result.out.split("\n\n"))
    assert result.status == 0
    assert result.err == ""
    assert by_file[0].split() == ["file", "tests", "valid", "invalid", "agreed", "disagreed"]
    assert [line.split()[0] for line in by_file[1:]] == [
        *(f"{subject}_v1.json" for subject in SUBJECTS),
        "all",
    ]
    assert by_file[1].split()[1:] == ["3", "1", "2", "3", "0"]
    results = [test["result"] for subject in SUBJECTS for test in sample.tests(subject)]
    total = len(results)
    assert by_file[-1].split() == [
        "all",
        str(total),
        str(results.count("valid")),
        str(results.count("invalid")),
        str(total),
        "0",
    ]
    assert [line.split()[1] for line in by_flag[:4]] == ["flag", "Fault", "Normal", "Odd<b>"]
    assert ending == [f"All {total} tests agree. There is no manifest to check the files against."]


@pytest.mark.slow  # tests/vectors runs each file in the quick suite
def test_the_real_vectors_agree(real: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = CommandResult(capsys, real)
    assert result.status == 0, result.out + result.err
    assert "files match the manifest." in result.out


def test_the_command_runs_as_a_person_runs_it(made: Sample) -> None:
    """In the folder above, which is where it looks."""
    path = {"PYTHONPATH": str(ROOT)}
    python("-m", "kmcrypto", "vectors", "check", cwd=made.folder.parent, env=path)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_flipped_test_is_named(
    subject: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    """A valid test marked invalid: file, number, rule, the expected and the actual outcome."""
    test = sample.tests(subject)[0]
    test |= {"result": "invalid", "stage": "token", "code": "malformed-token"}
    sample.write(subject)
    result = CommandResult(capsys, sample.folder)
    expected = "expected invalid at token (malformed-token), got valid"
    assert result.status == 1
    assert f"{subject}_v1.json tcId 1 {subject}/sample/test-1 (S3.5): {expected}\n" in result.out
    assert "1 of 36 tests disagree." in result.out


@pytest.mark.parametrize("subject", [name for name in SUBJECTS if name != "claims"])
def test_another_stage_or_code_is_a_disagreement(subject: str, sample: Sample) -> None:
    test = next(test for test in sample.tests(subject) if test["result"] == "invalid")
    stage, code = test["stage"], test["code"]
    test["stage"] = "result" if stage != "result" else "token"
    sample.write(subject)
    expected = f"invalid at {test['stage']} ({code})"
    actual = f"invalid at {stage} ({code})"
    place = f"{subject}_v1.json tcId {test['tcId']} {test['id']} (S3.5)"
    assert disagreeing(sample, subject) == [f"{place}: expected {expected}, got {actual}"]
    test |= {"stage": stage, "code": "other"}
    sample.write(subject)
    assert len(disagreeing(sample, subject)) == 1
    test["code"] = None  # not compared
    sample.write(subject)
    assert disagreeing(sample, subject) == []


OUTPUTS: list[tuple[str, int, str, Any]] = [
    ("tran_token", 1, "time", "20261123091509124"),
    ("correlation_id", 1, "equals", ["261123091509-0a1b2c4"]),
    ("correlation_id", 1, "differs", ["261123091509-0A1b2c3"]),
    ("correlation_id", 3, "value", "261123091510-0a1b2c3"),
    ("jwe", 1, "plaintext", {"hex": "00fe"}),
    ("message", 1, "payload", '{"b": [true, null, "e"], "a": 1.50}'),
    ("message", 1, "payload", '{"b": [1, null, "\\u00e9"], "a": 1.50}'),
    ("message", 1, "payload", '{"b": [true, null, "\\u00e9"]}'),
    ("fields", 1, "plain", '{"a":[1,1.50],"b":2}'),
    ("fields", 1, "plain", '{"a":[1.0,1.5],"b":2}'),
    ("fields", 1, "plain", '{"a":[1,1.5],"b":"2"}'),
    ("fields", 1, "plain", '{"b":2,"a":[1,1.5]}'),
    ("fields", 1, "report", {"$.a[*]": 1}),
    ("fields", 1, "report", {"$.a[*]": 2.0}),
    ("fields", 5, "report", {"$.a[*]": True}),
    ("fields", 3, "paths", ["$['b']['b']", "$['b']", "$['a'][0]['b']"]),
    ("fields", 4, "position", 5),
    ("exchange", 1, "payload", '{"n":1.0}'),
    ("exchange", 1, "cryptoKeyId", None),
    ("exchange", 1, "replayProtected", False),
    ("exchange", 1, "replayProtected", 1),
    ("exchange", 3, "replayProtected", True),
    ("exchange", 1, "claim", {"key": "00" * 32, "lifetimeS": 86_400, "owner": "00" * 8}),
    ("exchange", 3, "claim", None),
    ("exchange", 5, "cryptoKeyId", "f" * 32),
    ("exchange", 6, "resultCode", "006_002"),
    ("exchange", 6, "resultCode", None),
    ("exchange", 7, "payload", "{}"),
    ("order", 1, "cryptoKeyId", None),
    ("order", 3, "alike", False),
    ("claims", 1, "verdicts", []),
    ("sealed", 1, "document", '{"zone":"UTC","project_keys":[],"crypto_keys":[],"primary":null}'),
]


@pytest.mark.parametrize(
    ("subject", "number", "name", "value"), OUTPUTS, ids=[f"{s} {n} {o}" for s, n, o, _ in OUTPUTS]
)
def test_another_output_is_a_disagreement(
    subject: str, number: int, name: str, value: Any, sample: Sample
) -> None:
    sample.tests(subject)[number - 1][name] = value
    sample.write(subject)
    (named,) = disagreeing(sample, subject)
    assert named.startswith(
        f"{subject}_v1.json tcId {number} {subject}/sample/test-{number} (S3.5): expected "
    )
    assert " with another " in named


def test_a_refusal_of_an_earlier_request_is_not_the_one_that_is_due(sample: Sample) -> None:
    """Taken for that of the last one, it would agree."""
    test = sample.tests("exchange")[1]
    test["before"] *= 2
    sample.write("exchange")
    place = "exchange_v1.json tcId 2 exchange/sample/test-2 (S3.5)"
    assert disagreeing(sample, "exchange") == [
        f"{place}: expected invalid at replay (replayed), got the exception EarlierRequestDisagrees"
    ]


def test_an_earlier_request_that_must_be_refused_and_is_accepted_is_noticed(
    sample: Sample,
) -> None:
    test = sample.tests("exchange")[1]
    test["before"][0]["stage"] = "decrypt"
    sample.write("exchange")
    (named,) = disagreeing(sample, "exchange")
    assert named.endswith(", got the exception EarlierRequestDisagrees")


@pytest.mark.parametrize(
    "name", ["aspId", "correlationId", "accessKey", "cryptoKeyId", "tranTime", "zone", "other"]
)
def test_every_header_that_was_read_is_compared(name: str, sample: Sample) -> None:
    """One that the runner does not know, too."""
    sample.tests("headers")[0]["read"][name] = "changed"
    sample.tests("headers")[4]["read"][name] = "changed"
    sample.write("headers")
    assert [named.split(" (")[0][-1] for named in disagreeing(sample, "headers")] == ["1", "5"]


def test_a_foreign_exception_is_a_disagreement_named_by_its_type(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class OddError(Exception):
        pass

    def fail(*_: object, **__: object) -> bytes:
        raise OddError("a secret that must not be seen")

    monkeypatch.setattr(jwe, "decrypt", fail)
    page, data = sample.folder / "page.html", sample.folder / "data"
    result = CommandResult(capsys, sample.folder, "--report", page, "--json", data)
    assert result.status == 1
    assert (
        "jwe_v1.json tcId 1 jwe/sample/test-1 (S3.5): expected valid, got the exception "
        in result.out
    )
    assert "2 of 36 tests disagree." in result.out
    everything = result.out + result.err + page.read_text() + data.read_text()
    assert "OddError" in everything
    assert "must not be seen" not in everything


BROKEN: list[tuple[str, Callable[[Members], Any], str]] = [
    ("another subject", lambda file: file.update(subject="other"), "has no known subject"),
    (
        "a subject of another file",
        lambda file: file.update(subject="jwe"),
        "has another subject than its name says",
    ),
    ("no subject", lambda file: file.pop("subject"), "has no known subject"),
    ("another version", lambda file: file.update(version=2), "must have version 1"),
    ("true for a version", lambda file: file.update(version=True), "must have version 1"),
    ("another number of tests", lambda file: file.update(numberOfTests=2), "has 3 tests"),
    ("no groups", lambda file: file.pop("testGroups"), "has no groups"),
    ("no tests", lambda file: file["testGroups"][0].pop("tests"), "without a list of tests"),
    (
        "a tcId twice",
        lambda file: file["testGroups"][0]["tests"][1].update(tcId=1),
        "has a tcId twice",
    ),
    (
        "an id twice",
        lambda file: file["testGroups"][0]["tests"][1].update(
            id=file["testGroups"][0]["tests"][0]["id"]
        ),
        "has an id twice",
    ),
    ("no tcId", lambda file: file["testGroups"][0]["tests"][1].pop("tcId"), "without a tcId"),
    (
        "a flag without a note",
        lambda file: file["notes"].pop("Fault"),
        "has the flag Fault without a note",
    ),
    (
        "no such stage",
        lambda file: file["testGroups"][0]["tests"][1].update(stage="x"),
        "tcId 2: the stage of an invalid test must be one of headers, token, ",
    ),
    (
        "valid with a stage",
        lambda file: file["testGroups"][0]["tests"][0].update(stage="token"),
        "tcId 1: the stage and code of a valid test must be null",
    ),
    (
        "no such result",
        lambda file: file["testGroups"][0]["tests"][0].update(result="acceptable"),
        "tcId 1: result must be valid or invalid",
    ),
    ("an input missing", lambda file: file["testGroups"][0]["tests"][1].pop("token"), "(KeyError)"),
    ("an output missing", lambda file: file["testGroups"][0]["tests"][0].pop("time"), "(KeyError)"),
    (
        "no hex",
        lambda file: file["testGroups"][0]["tests"][1].update(body={"hex": "0"}),
        "(ValueError)",
    ),
    (
        "what the group shares missing",
        lambda file: file["testGroups"][0].pop("secret"),
        "a group does not have the form",
    ),
    (
        "another operation",
        lambda file: file["testGroups"][0]["tests"][1].update(operation="x"),
        "(ValueError)",
    ),
]


@pytest.mark.parametrize(
    ("change", "message"),
    [(change, message) for _, change, message in BROKEN],
    ids=[b[0] for b in BROKEN],
)
def test_a_file_that_is_broken_is_named_and_the_others_are_run(
    change: Callable[[Members], Any],
    message: str,
    sample: Sample,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(sample.files["tran_token"])
    sample.write("tran_token")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert result.err.startswith("kmcrypto: tran_token_v1.json")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert "All 33 tests agree." in result.out
    assert "this result is incomplete" in result.out


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"subject":"jwe","subject":"jwe"}',
        '{"version":NaN}',
        "\xff",
        "[" * 100_000,
        "[" * 40 + "]" * 40,
    ],
)
def test_a_file_that_is_no_json_is_named(
    text: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.path("jwe").write_text(text, encoding="latin-1")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert "kmcrypto: jwe_v1.json is not strict JSON" in result.err or text == "[]"


def test_a_file_that_is_missing_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.path("jwe").unlink()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert f"kmcrypto: {sample.path('jwe')} cannot be read" in result.err


def test_a_key_that_is_missing_or_no_key_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    key = sample.folder / "keys" / "client_2048.pub.pem"
    key.write_text("no key")
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert "keys or settings that cannot be used: invalid-key" in result.err
    key.unlink()
    assert "keys/client_2048.pub.pem cannot be read" in CommandResult(capsys, sample.folder).err


@pytest.mark.parametrize(
    "name", ["../keys/platform_2048.pem", "/etc/passwd", "keys/../../x.pem", "keys/a/b.pem", ""]
)
def test_a_key_that_is_elsewhere_is_not_read(name: str, sample: Sample) -> None:
    sample.files["jwe"]["testGroups"][0]["privateKey"] = name
    sample.write("jwe")
    assert run_folder(sample.folder).unreadable == [
        "jwe_v1.json: a group does not have the form of its subject (ValueError)"
    ]


def test_a_file_that_nobody_knows_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    (sample.folder / "other_v1.json").write_text('{"subject":"other","version":1}')
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2
    assert result.err == "kmcrypto: other_v1.json has no known subject\n"


PROVENANCE = Provenance("a date", {}, "0" * 64, "0" * 64)


def check_changes(sample: Sample, subject: str, every: int) -> None:
    """Run each change, or every so many; the only exceptions are the checker's own two."""
    names: set[str | None] = set()
    for changed in islice(changes_of(sample.files[subject]), 0, None, every):
        sample.path(subject).write_text(json.dumps(changed), encoding="utf-8")
        done = run_folder(sample.folder, [subject])
        assert render_json(done, PROVENANCE)
        assert render_page(done, PROVENANCE)
        names |= {verdict.actual.exception for verdict in done.verdicts}
    assert names <= {None, "EarlierRequestDisagrees", "RefusalDisagrees"}


@pytest.mark.parametrize("subject", ["tran_token", "correlation_id", "jwe", "sealed"])
def test_a_file_with_one_thing_wrong_is_read_or_refused(subject: str, sample: Sample) -> None:
    """Never a traceback, and never an exception that looks like one of kmcrypto's."""
    check_changes(sample, subject, 23)


# The large files. A prime number meets every member of what has the same form again and again.
EVERY = {"claims": 3, "exchange": 13, "fields": 11, "headers": 11, "order": 11}


@pytest.mark.slow
@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_file_with_any_one_thing_wrong_is_read_or_refused(
    subject: str, sample: Sample
) -> None:
    check_changes(sample, subject, EVERY.get(subject, 1))


@pytest.mark.parametrize("name", ["stage", "code", "id", "comment", "flags", "rule", "result"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_test_that_lacks_a_member_is_named(subject: str, name: str, sample: Sample) -> None:
    for index in range(min(2, len(sample.tests(subject)))):  # a valid one, and one that is not
        before = dict(sample.tests(subject)[index])
        del sample.tests(subject)[index][name]
        sample.write(subject)
        done = run_folder(sample.folder, [subject])
        assert done.status == 2
        assert done.unreadable == [f"{subject}_v1.json tcId {index + 1}: {name} is missing"]
        sample.tests(subject)[index].update(before)


def test_an_input_of_another_type_is_the_files_fault(sample: Sample) -> None:
    """Not a disagreement: kmcrypto was never asked."""
    sample.tests("jwe")[0]["jwe"] = 5
    sample.write("jwe")
    assert run_folder(sample.folder, ["jwe"]).unreadable == [
        "jwe_v1.json tcId 1 does not have the form of its subject (TypeError)"
    ]


@pytest.mark.parametrize("name", ["jwe_v1.json", "MANIFEST.sha256", "keys/client_2048.pem"])
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_report_replaces_no_file_that_is_read(
    option: str, name: str, sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.write_manifest()
    before = (sample.folder / name).read_bytes()
    result = CommandResult(capsys, sample.folder, option, sample.folder / name)
    assert (result.status, result.out) == (2, "")
    assert "is needed by this command and is not replaced" in result.err
    assert (sample.folder / name).read_bytes() == before


def test_the_two_reports_are_two_files(
    sample: Sample, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    same = tmp_path / "report"
    result = CommandResult(capsys, sample.folder, "--json", same, "--report", same)
    assert (result.status, same.exists()) == (2, False)


FULL_DISK = """
import resource, sys
from kmcrypto.tools.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.programs
@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_full_disk_leaves_the_old_report(option: str, made: Sample, tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text("before")
    command = (sys.executable, "-c", FULL_DISK, "vectors", "check", made.folder, option, file)
    status, _, err = run(*command, cwd=ROOT)
    assert (status, err) == (2, f"kmcrypto: {file} cannot be written: File too large\n".encode())
    assert (list(tmp_path.iterdir()), file.read_text()) == ([file], "before")


def test_a_file_that_can_not_be_written_ends_with_2(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    result = CommandResult(capsys, sample.folder, "--json", sample.folder / "none" / "data.json")
    assert result.status == 2
    assert "cannot be written" in result.err


def test_a_file_that_is_not_the_manifests_is_named(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.write_manifest()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 0
    assert "All 14 files match the manifest." in result.out
    with sample.path("jwe").open("a") as stream:
        stream.write("\n")
    (sample.folder / "keys" / "client_2048.pub.pem").rename(sample.folder / "keys" / "more.pem")
    (sample.folder / "keys" / "client_2048.pub.pem").write_bytes(
        (sample.folder / "keys" / "more.pem").read_bytes()
    )
    sample.path("sealed").unlink()
    result = CommandResult(capsys, sample.folder)
    assert result.status == 2  # sealed cannot be read
    assert "MANIFEST.sha256: jwe_v1.json differs\n" in result.out
    assert "MANIFEST.sha256: keys/more.pem is not listed\n" in result.out
    assert "MANIFEST.sha256: sealed_v1.json is missing\n" in result.out
    assert result.out.count("MANIFEST.sha256: ") == 3
    assert "3 of 15 files do not match the manifest." in result.out


def test_drift_alone_ends_with_1(sample: Sample, capsys: pytest.CaptureFixture[str]) -> None:
    sample.write_manifest()
    with sample.path("jwe").open("a") as stream:
        stream.write("\n")
    assert CommandResult(capsys, sample.folder).status == 1


@pytest.mark.parametrize(
    "line", ["", "0" * 63 + "  jwe_v1.json", "jwe_v1.json", f"{'0' * 64}  a\n{'0' * 64}  a"]
)
def test_a_manifest_that_is_none_ends_with_2(line: str, sample: Sample) -> None:
    (sample.folder / "MANIFEST.sha256").write_text(line + "\n")
    assert run_folder(sample.folder).status == 2


def test_the_manifest_names_nothing_outside(sample: Sample, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"")
    hashed = sha256(b"").hexdigest()
    (sample.folder / "MANIFEST.sha256").write_text(
        f"{hashed}  ../outside\n{hashed}  {tmp_path}/outside\n"
    )
    assert [
        entry.actual for entry in run_folder(sample.folder).manifest if "outside" in entry.name
    ] == [
        None,
        None,
    ]


def test_nothing_printed_can_move_a_terminal(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    test = sample.tests("jwe")[0]
    test |= {"rule": "S4\x1b[2J\n\u202e", "flags": ["Normal\x1b"], "plaintext": {"hex": "00"}}
    sample.files["jwe"]["notes"]["Normal\x1b"] = {}
    sample.write("jwe")
    (sample.folder / "odd\x1b.json").write_text("{}")
    result = CommandResult(capsys, sample.folder)
    assert "(S4?[2J??)" in result.out
    assert all(line.isprintable() for line in (result.out + result.err).split("\n"))


NUMBERS: list[tuple[str, str, bool]] = [
    ("1.10", "1.1", False),
    ("1.10", "1.10E+0", True),
    ("1.10E+0", "1.10e0", True),
    ("1.0", "1", False),
    ("100", "1E+2", False),
    ("1E+2", "1e2", True),
    ("-0", "0", True),
    ("-0.0", "0.0", False),
    ("1e5", "100000.0", False),
    (str(10**30), str(10**30), True),
    (str(10**30), str(10**30 + 1), False),
    ("0.1", "0.1000000000000000055", False),
    ("true", "1", False),
    ("null", "0", False),
    ('"1"', "1", False),
    ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
    ("[1,2]", "[2,1]", False),
    ('"\\u00e9"', '"\u00e9"', True),
    ('{"a":[]}', '{"a":{}}', False),
]


@pytest.mark.parametrize(("text", "other", "equal"), NUMBERS)
def test_json_is_compared_with_its_digits(text: str, other: str, equal: bool) -> None:
    assert (canonicalize_text(text) == canonicalize_text(other)) is equal


def test_members_are_compared_in_their_order_where_it_counts() -> None:
    text = '[{"a":1.50,"b":2}]'
    other = '[{"b":2,"a":1.50}]'
    assert canonicalize_text(text, ordered=True) != canonicalize_text(other, ordered=True)
    assert canonicalize_text(text, ordered=True) == canonicalize(
        [{"a": Decimal("1.50"), "b": 2}], ordered=True
    )


def test_values_are_read_as_the_form_says() -> None:
    assert canonicalize({"a": (1, 1.5, Decimal("1.50"))}) == '{"a": [1, 1.5, 1.50]}'
    assert canonicalize_text("1.50", exact=False) == canonicalize(1.5)
    assert decode_bytes({"repeat": {"hex": "6162", "times": 3}}) == b"ababab"
    assert decode_zone({"name": "NST", "offsetMinutes": -210}).offset_minutes == -210
    for wrong in (
        {},
        {"hex": "0"},
        {"text": "a", "hex": "00"},
        {"repeat": {"hex": "00", "times": -1}},
        "00",
    ):
        with pytest.raises(ValueError, match=r".*"):
            decode_bytes(wrong)
    with pytest.raises(TypeError):
        canonicalize(b"")


def parts_of_the_real(real: Path) -> Iterator[tuple[str, Members]]:
    for path in sorted(real.glob("*_v1.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        yield from ((path.name, test) for group in file["testGroups"] for test in group["tests"])


def test_the_twin_of_every_real_negative_is_a_valid_test_of_its_file(real: Path) -> None:
    tests = list(parts_of_the_real(real))
    valid = {(name, test["tcId"]) for name, test in tests if test["result"] == "valid"}
    twins = {(name, test["twin"]) for name, test in tests if test.get("twin") is not None}
    assert twins <= valid
    assert all(test["twin"] is None for _, test in tests if test["result"] == "valid")
