"""`kmcrypto diagnose`, as a person runs it."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from kmcrypto import Client
from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.testing import FakeClock, projects
from kmcrypto.tools.cli import main
from tests.support import ACCESS_KEY, ASP_ID, SECRET
from tests.support.parties import project_key
from tests.support.records import SEALING_KEY

AT = "2026-01-01T09:00:01+09:00"
OTHER_SECRET = "another made-up secret key"
OTHER_ACCESS_KEY = "9f8e7d6-ffeeddccbbaa99887766554433221100"


class Desk:
    """A folder with a recording, and the command on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.record()

    def write(self, name: str, data: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(0o600)
        return path

    def record(self, secret: str = SECRET, **headers: str) -> None:
        """Record a request that was signed with a secret, with some headers replaced."""
        project = type(projects().client)(project_key(secret_key=secret))
        request = Client(project, clock=FakeClock()).seal({"a": 1}, encrypted=False)
        lines = [
            f"{name}: {headers.get(name.replace('-', '_'), value)}"
            for name, value in request.headers.items()
        ]
        head = "\n".join(["POST /x HTTP/1.1", *lines, f"Content-Length: {len(request.body)}"])
        self.write("request.txt", f"{head}\n\n{request.body.decode()}\n")

    def run(self, *arguments: object, file: str | None = None) -> tuple[int, str, str]:
        name = str(self.folder / "request.txt") if file is None else file
        status = main(["diagnose", name, *map(str, arguments)])
        out, err = self._capsys.readouterr()
        assert SECRET not in out + err
        assert OTHER_SECRET not in out + err
        return status, out, err


@pytest.fixture
def desk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    for name in ("ASP_ID", "ACCESS_KEY", "SECRET_KEY"):
        monkeypatch.delenv(f"KONAPLATE_{name}", raising=False)
    return Desk(tmp_path, capsys)


def test_a_right_request_ends_in_status_0(desk: Desk) -> None:
    secret = desk.write("secret.txt", f"{SECRET}\n")
    status, out, err = desk.run("--secret-file", secret, "--at", AT, "--request-is", "plain")
    assert (status, err) == (0, "")
    assert out.startswith("No fault is seen.\n")
    assert out.endswith("The MAC is that of the body.\n")


def test_a_finding_ends_in_status_1(desk: Desk) -> None:
    desk.record(X_KM_Time_Zone="JST")
    status, out, err = desk.run()
    assert (status, err) == (1, "")
    assert out.startswith("1. zone-unknown (certain)\n")
    assert "The MAC was not compared." in out


def test_the_project_comes_from_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONAPLATE_ASP_ID", ASP_ID)
    monkeypatch.setenv("KONAPLATE_ACCESS_KEY", ACCESS_KEY)
    monkeypatch.setenv("KONAPLATE_SECRET_KEY", SECRET)
    assert desk.run("--at", AT)[0] == 0
    desk.record(X_KM_User_AspId="A" * 15)
    assert desk.run("--at", AT)[1].startswith("1. asp-id-of-another")
    monkeypatch.delenv("KONAPLATE_ASP_ID")
    status, _, err = desk.run("--at", AT)
    assert status == 2
    assert "KONAPLATE_ASP_ID is not set" in err


def test_the_secret_alone_comes_from_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONAPLATE_SECRET_KEY_FILE", str(desk.write("secret.txt", SECRET)))
    assert desk.run("--at", AT)[1].endswith("The MAC is that of the body.\n")


def test_a_sealed_file_has_the_keys_of_other_projects_too(desk: Desk) -> None:
    keys = [
        {"asp_id": ASP_ID, "access_key": ACCESS_KEY, "secret_key": SECRET, "kind": "SI"},
        {
            "asp_id": ASP_ID,
            "access_key": OTHER_ACCESS_KEY,
            "secret_key": OTHER_SECRET,
            "kind": "sandbox",
        },
    ]
    document = {
        "zone": "KST",
        "project_keys": [{**key, "state": "active"} for key in keys],
        "crypto_keys": [],
        "primary": None,
    }
    sealed = desk.write("project.kmsp", seal(Contents(document), key=SEALING_KEY))
    key_file = desk.write("sealing.key", SEALING_KEY)
    options = ("--keys", sealed, "--key-file", key_file, "--at", AT)
    assert desk.run(*options)[0] == 0
    desk.record(secret=OTHER_SECRET)
    status, out, _ = desk.run(*options)
    assert status == 1
    assert out.startswith("1. secret-of-another-key (certain)")
    assert "of a sandbox" in out
    desk.record(secret=f"{SECRET} of nobody")
    assert desk.run(*options)[1].startswith("1. mac-unknown")


def test_json_is_for_programs(desk: Desk) -> None:
    desk.record(X_KM_Time_Zone="JST")
    status, out, _ = desk.run("--json")
    assert status == 1
    assert json.loads(out)["findings"][0]["code"] == "zone-unknown"


def test_a_request_of_long_ago_is_late_now(desk: Desk) -> None:
    status, out, _ = desk.run("--at", "now")  # it was signed on the first of January 2026
    assert status == 1
    assert out.startswith("1. clock-skew")


def test_the_recording_comes_from_standard_input(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (desk.folder / "request.txt").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    status, out, _ = desk.run(file="-")
    assert status == 0
    assert out.startswith("No fault is seen. Not compared: MAC (without a key), time")


def test_files_beside_the_recording_tell_more(desk: Desk) -> None:
    secret = desk.write("secret.txt", SECRET)
    recorded = (desk.folder / "request.txt").read_bytes()
    earlier = desk.write("earlier.txt", recorded)
    status, out, _ = desk.run("--secret-file", secret, "--at", AT, "--earlier", earlier)
    assert status == 1
    assert out.startswith("1. sent-before")
    body = desk.write("body.json", b'{"a": 1}')
    status, out, _ = desk.run("--secret-file", secret, "--at", AT, "--body", body)
    assert out.startswith("1. body-white-space (certain)")
    other = desk.write("other.json", b'{"b": 2}')
    payload = desk.write("payload.json", b'{"a":1}')
    options = ("--secret-file", secret, "--at", AT, "--body", other, "--payload", payload)
    assert desk.run(*options)[1].startswith("1. body-changed (certain)")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "1999-01-01T09:00:01Z"], "2000 to 2099"),
        (["--zone", "Asia/Seoul"], "a zone must be"),
        (["--key-file", "x"], "need --keys"),
        (["--keys", "x", "--secret-file", "y"], "leave --secret-file out"),
        (["--body", "/nowhere/body"], "cannot be read"),
        (["--secret-file", "/nowhere/secret"], "cannot be read"),
    ],
)
def test_what_cannot_be_used_ends_in_status_2(
    desk: Desk, arguments: list[str], message: str
) -> None:
    status, out, err = desk.run(*arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"kmcrypto: .+\n", err)
    assert message in err


def test_what_cannot_be_read_ends_in_status_2(desk: Desk) -> None:
    desk.write("request.txt", f"what is this? {SECRET}")
    status, out, err = desk.run()
    assert (status, out) == (2, "")
    assert err.startswith("kmcrypto: the input cannot be read as HTTP text, a curl command line")
