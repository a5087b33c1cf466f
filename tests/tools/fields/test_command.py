"""`kmcrypto fields`, as a person runs it, on real files with real keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto import KeyRing
from kmcrypto.encryption.fields import FieldCipher
from kmcrypto.errors import MalformedPayload
from kmcrypto.keys.sealed import Contents, seal
from kmcrypto.tools.cli import main
from kmcrypto.tools.fields import ndjson_stream
from kmcrypto.tools.fields.exact_json import read_line, write_line
from tests.support import ROOT
from tests.support.processes import PATIENCE, STOP_SIGNALS, child, output_of, run, terminal
from tests.support.records import (
    ID,
    OTHER_ID,
    SEALING_KEY,
    crypto_key,
    private_pem,
)

pytestmark = pytest.mark.usefixtures("keys_checked_once")

PARTIAL = ".kmcrypto-partial"
NUMBERS = st.from_regex(r"\A-?(?:0|[1-9][0-9]{0,40})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?\Z")


class Desk:
    """A folder with a sealed project of one's own records, and the commands on it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        (folder / "sealing.key").write_bytes(SEALING_KEY)
        self.seal(ID)

    def seal(self, primary: str, keys: list[dict[str, str]] | None = None) -> KeyRing:
        keys = keys or [
            crypto_key(ID, client_private=private_pem("client")),
            crypto_key(OTHER_ID, client_private=private_pem("2")),
        ]
        contents = Contents(
            {"zone": "KST", "project_keys": [], "crypto_keys": keys, "primary": primary}
        )
        path = self.folder / "project.kmsp"
        path.write_bytes(seal(contents, key=SEALING_KEY))
        path.chmod(0o600)
        assert contents.ring is not None
        return contents.ring

    def words(self, action: str, source: str, out: str, *more: str) -> list[str]:
        keys = [
            "--keys",
            str(self.folder / "project.kmsp"),
            "--key-file",
            str(self.folder / "sealing.key"),
        ]
        files = [str(self.folder / source), "-o", str(self.folder / out)]
        role = [] if "--as" in more else ["--as", "storage"]
        return ["fields", action, *files, *keys, *role, "--select", "$.cardNo", *more]

    def run(self, action: str, source: str, out: str, *more: str) -> tuple[int, str]:
        status = main(self.words(action, source, out, *more))
        captured = self._capsys.readouterr()
        assert captured.out == ""
        return status, captured.err

    def good(self, action: str, source: str, out: str, *more: str) -> str:
        status, err = self.run(action, source, out, *more)
        assert status == 0, err
        return err

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def left(self) -> list[str]:
        """Files that no test put there."""
        return sorted(path.name for path in self.folder.iterdir() if path.name.endswith(PARTIAL))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    desk = Desk(tmp_path, capsys)
    yield desk
    assert desk.left() == []


def lines(count: int) -> str:
    """Records of uneven cost."""
    return "".join(
        f'{{"id":{n},"cardNo":"{"7" * (1 + n * 37 % 3000)}","x":[1.10,1e5,-0]}}\n'
        for n in range(count)
    )


def test_what_is_encrypted_comes_back_in_order_and_digit_for_digit(desk: Desk) -> None:
    desk.write("in", lines(300))
    err = desk.good("encrypt", "in", "sealed", "--threads", "4", "--context-from", "$.id")
    assert re.fullmatch(r"records: 300\n\$\.cardNo: 300\nbad lines: 0\nseconds: [0-9.]+\n", err)
    assert "7" * 10 not in desk.read("sealed")
    desk.good("decrypt", "sealed", "out", "--threads", "3", "--context-from", "$.id")
    assert desk.read("out") == desk.read("in")
    assert (desk.folder / "out").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "number", ["-0", "0.10", "1.5", "0.00000000", "9007199254740993", "1E+5", "1E0", "1e-07"]
)
def test_a_selected_number_keeps_its_digits(desk: Desk, number: str) -> None:
    desk.write("in", f'{{"cardNo":{number}}}\n')
    desk.good("encrypt", "in", "sealed")
    desk.good("decrypt", "sealed", "out")
    assert desk.read("out") == desk.read("in")


@given(NUMBERS)
def test_a_number_is_written_as_it_was_read(text: str) -> None:
    line = f'{{"a":[{text},"x"]}}\n'.encode()
    assert write_line(read_line(line)) == line


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=8, min_value=-(10**20), max_value=10**20
    )
)
def test_a_decimal_is_written_with_its_digits(number: Decimal) -> None:
    assert write_line(number) == f"{number:f}\n".encode()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\n", "syntax"),
        (b'{"a":1,"a":2}', "duplicate-member"),
        (b"NaN", "number"),
        (b"[" * 65 + b"]" * 65, "too-deep"),
        (b"\xff", "not-utf8"),
        (b"{} {}", "trailing-text"),
        (b"9" * 65, "too-many-digits"),
    ],
)
def test_a_line_that_is_no_strict_json_is_refused(line: bytes, reason: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        read_line(line)
    assert (caught.value.reason, str(caught.value)) == (
        reason,
        f"the line must be strict JSON: {reason}",
    )


def test_a_line_that_becomes_too_deep_has_that_reason() -> None:
    document: object = 0
    for _ in range(65):
        document = [document]
    with pytest.raises(MalformedPayload, match="at most 64 levels") as caught:
        write_line(document)
    assert caught.value.reason == "too-deep"


@pytest.mark.parametrize(
    "bad", ['{"other":"1234-secret"}', "", "{", '{"cardNo":"' + "1" * 3000 + '"}']
)
def test_the_first_bad_line_is_named_and_nothing_is_written(desk: Desk, bad: str) -> None:
    all_lines = lines(200).splitlines()
    all_lines[150] = all_lines[170] = bad
    desk.write("in", "\n".join(all_lines) + "\n")
    desk.write("out", "before")
    limit = "2000" if "111" in bad else "100000"
    if limit == "2000":
        desk.write(
            "in", "\n".join(line if line == bad else '{"cardNo":"1"}' for line in all_lines) + "\n"
        )
    status, err = desk.run("encrypt", "in", "out", "--threads", "4", "--max-line", limit)
    assert status == 1
    assert re.fullmatch(r"kmcrypto: line 151: (in|mal)[a-z]*-payload: [^\n]+\n", err)
    assert "1234" not in err
    assert desk.read("out") == "before"


def test_rewrap_after_a_rotation(desk: Desk) -> None:
    desk.write("in", '{"id":7,"cardNo":"1"}\n')
    desk.good("encrypt", "in", "old", "--context-from", "$.id")
    ring = desk.seal(OTHER_ID)
    desk.good("rewrap", "old", "new", "--context-from", "$.id")
    document = json.loads(desk.read("new"))
    only_new = KeyRing([ring.primary], primary=OTHER_ID)
    opened = FieldCipher.for_storage(only_new, ["$.cardNo"]).decrypt(document, "integer:7")
    assert opened.document == {"id": 7, "cardNo": "1"}


FULL = """
import resource, signal, sys
from kmcrypto.tools.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.exit(main(sys.argv[1:]))
"""


def test_when_the_disk_takes_no_more_nothing_is_left(desk: Desk) -> None:
    desk.write("in", lines(300))
    desk.write("out", "before")
    command = [sys.executable, "-c", FULL, *desk.words("encrypt", "in", "out")]
    status, _, err = run(*command, cwd=ROOT)
    assert status == 2
    assert re.fullmatch(rb"kmcrypto: [^\n]+ cannot be written: File too large\n", err)
    assert (desk.read("out"), desk.left()) == ("before", [])


@pytest.mark.slow
@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_command_that_is_stopped_at_work_leaves_nothing(desk: Desk, number: int) -> None:
    desk.write("in", '{"cardNo":"1234"}\n' * 200_000)
    desk.write("out", "before")
    words = desk.words("encrypt", "in", "out", "--threads", "2")
    command = (sys.executable, "-m", "kmcrypto", *words)
    with child(*command, cwd=ROOT, stderr=subprocess.PIPE) as process:
        while not [path for path in desk.folder.glob(f"*{PARTIAL}") if path.stat().st_size]:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
    assert err == b"kmcrypto: interrupted\n"
    assert (process.returncode, desk.read("out"), desk.left()) == (2, "before", [])


# Each of them is another record.
RECORDS = ["1", '"1"', "-1", '"-1"', "0", '""', '"01"', '"1.0"', '"Integer:1"', f"1{'0' * 63}"]


def test_a_text_and_an_integer_are_different_records(desk: Desk) -> None:
    """S9.4: a field that is moved into the record of the other one does not open."""
    desk.write("in", "".join(f'{{"id":{record},"cardNo":"1"}}\n' for record in RECORDS))
    desk.good("encrypt", "in", "sealed", "--context-from", "$.id")
    fields = [json.loads(line)["cardNo"] for line in desk.read("sealed").splitlines()]
    for number in range(1, len(RECORDS)):
        moved = fields[number:] + fields[:number]
        lines = (
            f'{{"id":{record},"cardNo":"{field}"}}\n'
            for record, field in zip(RECORDS, moved, strict=True)
        )
        desk.write("moved", "".join(lines))
        bad = str(desk.folder / "bad")
        desk.run("decrypt", "moved", "out", "--context-from", "$.id", "--bad", bad)
        codes = [json.loads(line)["code"] for line in desk.read("bad").splitlines()]
        assert codes == ["decryption-failed"] * len(RECORDS)
    desk.good("decrypt", "sealed", "out", "--context-from", "$.id")
    assert desk.read("out") == desk.read("in")


def test_a_text_is_its_own_context(desk: Desk) -> None:
    """So are the fields of older versions, and those that programs wrote with the text."""
    cipher = FieldCipher.for_storage(desk.seal(ID), ["$.cardNo"])
    sealed = cipher.encrypt({"id": "7", "cardNo": "1"}, "7").document
    desk.write("sealed", json.dumps(sealed) + "\n")
    desk.good("decrypt", "sealed", "out", "--context-from", "$.id")
    assert desk.read("out") == '{"id":"7","cardNo":"1"}\n'


def test_a_link_is_not_replaced(desk: Desk) -> None:
    desk.write("in", '{"cardNo":"1"}\n')
    (desk.folder / "link").symlink_to("elsewhere")
    status, err = desk.run("encrypt", "in", "link")
    assert (status, "is not replaced" in err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_stopped_command_leaves_nothing(desk: Desk, number: int) -> None:
    desk.write("out", "before")
    words = desk.words("encrypt", "-", "out")
    words[2] = "-"
    command = (sys.executable, "-m", "kmcrypto", *words)
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*command, cwd=ROOT, **pipes) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(lines(300).encode())
        process.stdin.flush()
        while not desk.left():
            assert process.poll() is None
            time.sleep(0.01)
        assert len(desk.left()) == 1
        process.send_signal(number)
        process.wait(PATIENCE)  # its standard input stays open
        err = process.stderr.read()
    assert err == b"kmcrypto: interrupted\n"
    assert (process.returncode, desk.read("out"), desk.left()) == (2, "before", [])


# --- the files --------------------------------------------------------------------------------


def start(
    desk: Desk, action: str, source: str, out: str, *more: str, **options: Any
) -> tuple[int, bytes, bytes]:
    """Run the command in a process."""
    words = desk.words(action, source, out, *more)
    return run(sys.executable, "-m", "kmcrypto", *words, cwd=ROOT, **options)


BAD_LINES = '{"cardNo":"1"}\n{"other":"the only copy"}\n'


@pytest.mark.parametrize("out", ["in", "hard", "folder/in"])
@pytest.mark.parametrize("source", ["-", "/dev/stdin", "/dev/fd/0", "in", "symbolic"])
def test_the_input_is_never_replaced_whatever_it_is_called(
    desk: Desk, source: str, out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("in", BAD_LINES)
    (desk.folder / "hard").hardlink_to(desk.folder / "in")
    (desk.folder / "symbolic").symlink_to("in")
    (desk.folder / "folder").symlink_to(".")
    words = desk.words("encrypt", source, out, "--bad", str(desk.folder / "bad"))
    if source in ("-", "/dev/stdin", "/dev/fd/0"):
        words[2] = source
    with open(desk.folder / "in", "rb") as file:
        standard_input = os.dup(0)
        os.dup2(file.fileno(), 0)
        try:
            with open(0, closefd=False, encoding="utf-8") as stdin:
                monkeypatch.setattr(sys, "stdin", stdin)
                assert main(words) == 2
        finally:
            os.dup2(standard_input, 0)
            os.close(standard_input)
    assert desk.read("in") == BAD_LINES
    assert not (desk.folder / "bad").exists()


@pytest.mark.programs
@pytest.mark.parametrize("name", ["in", "hard", "folder/in"])
@pytest.mark.parametrize("action", ["encrypt", "decrypt", "rewrap"])
def test_a_redirected_input_is_never_replaced(desk: Desk, action: str, name: str) -> None:
    """`kmcrypto fields ... - -o F --bad BAD < F` replaced the only copy of the bad lines."""
    desk.write("in", BAD_LINES)
    (desk.folder / "hard").hardlink_to(desk.folder / "in")
    (desk.folder / "folder").symlink_to(".")
    for out, bad in ((name, "bad"), ("out", name)):
        more = ("--bad", str(desk.folder / bad))
        words = desk.words(action, "in", out, *more)
        words[2] = "-"
        program = (sys.executable, "-m", "kmcrypto", *words)
        script = ("sh", "-c", 'exec "$@" < "$0"', desk.folder / "in")
        status, _, err = run(*script, *program, cwd=ROOT)
        assert status == 2
        assert b"is needed by this command and is not replaced" in err
        assert desk.read("in") == BAD_LINES
        assert not (desk.folder / "out").exists()


@pytest.mark.programs
def test_standard_output_is_neither_the_input_nor_the_output(desk: Desk) -> None:
    desk.write("in", '{"cardNo":"1"}\n')
    desk.write("out", "before")
    for name in ("in", "out", "project.kmsp"):
        with open(desk.folder / name, "ab") as file:
            status, _, err = start(desk, "encrypt", "in", "out", stdout=file)
        assert (status, b"standard output is a file that this command needs" in err) == (2, True)
    for out in ("/dev/stdout", "/proc/self/fd/1"):
        with open(desk.folder / "log", "ab") as file:
            status, _, err = start(desk, "encrypt", "in", out, stdout=file)
        assert (status, b"is not a regular file and is not replaced" in err) == (2, True)
    assert (desk.read("in"), desk.read("out")) == ('{"cardNo":"1"}\n', "before")


def test_what_a_killed_command_left_may_be_read_but_not_by_the_run_that_removes_it(
    desk: Desk,
) -> None:
    desk.write(f"out{PARTIAL}", '{"cardNo":"1"}\n')
    status, err = desk.run("encrypt", f"out{PARTIAL}", "out")
    assert (status, "is needed by this command" in err) == (2, True)
    desk.good("encrypt", f"out{PARTIAL}", "rescued")
    (desk.folder / f"out{PARTIAL}").unlink()


def test_a_link_at_the_name_of_the_incomplete_output_is_not_followed(desk: Desk) -> None:
    desk.write("in", '{"cardNo":"1"}\n')
    desk.write("victim", "kept")
    link = desk.folder / f"out{PARTIAL}"
    link.symlink_to("victim")
    status, err = desk.run("encrypt", "in", "out")
    assert (status, "was not left by a kmcrypto command of yours" in err) == (2, True)
    assert (desk.read("victim"), (desk.folder / "out").exists()) == ("kept", False)
    link.unlink()


def wait_for_plaintext(desk: Desk, process: subprocess.Popen[bytes]) -> Path:
    """Wait until an incomplete output has something in it, and return its path."""
    partial = desk.folder / f"out{PARTIAL}"
    while not partial.exists() or not partial.stat().st_size:
        assert process.poll() is None
        time.sleep(0.01)
    return partial


@pytest.mark.programs
def test_what_a_killed_decrypt_leaves_has_a_known_name_and_goes_with_the_next_run(
    desk: Desk,
) -> None:
    desk.write("in", '{"cardNo":"9410000000001234"}\n' * 400)
    desk.good("encrypt", "in", "sealed")
    words = desk.words("decrypt", "-", "out", "--bad", str(desk.folder / "bad"))
    words[2] = "-"
    command = (sys.executable, "-m", "kmcrypto", *words, "--threads", "1")
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*command, cwd=ROOT, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(desk.read("sealed").encode())
        process.stdin.flush()
        partial = wait_for_plaintext(desk, process)
        status, err = desk.run("decrypt", "sealed", "out")  # a second run at the same time
        assert (status, "another command is writing" in err) == (2, True)
        assert partial.stat().st_mode & 0o777 == 0o600
        process.kill()
        process.wait(PATIENCE)
    assert "9410000000001234" in partial.read_text()
    assert desk.left() == [f"bad{PARTIAL}", partial.name]
    assert not (desk.folder / "out").exists()
    assert desk.run("decrypt", "sealed", "out", "--bad", str(desk.folder / "bad"))[0] == 0
    assert desk.read("out") == desk.read("in")
    assert (desk.read("bad"), desk.left()) == ("", [])


@pytest.mark.programs
def test_two_runs_at_once_do_not_mix(desk: Desk) -> None:
    """The second one ends, and the first one is not disturbed."""
    desk.write("in", '{"cardNo":"1"}\n' * 200)
    words = desk.words("encrypt", "-", "out", "--threads", "1")
    words[2] = "-"
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(sys.executable, "-m", "kmcrypto", *words, cwd=ROOT, **pipes) as process:
        assert process.stdin is not None
        process.stdin.write(desk.read("in").encode())
        process.stdin.flush()
        wait_for_plaintext(desk, process)
        desk.write("other", '{"cardNo":"2"}\n')
        status, _, err = start(desk, "encrypt", "other", "out")
        assert (status, b"another command is writing" in err) == (2, True)
        _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, b"records: 200\n" in err) == (0, True)
    desk.good("decrypt", "out", "again")
    assert desk.read("again") == desk.read("in")


@pytest.mark.programs
def test_progress_is_shown_on_a_terminal_only(desk: Desk) -> None:
    desk.write("in", lines(200))
    command = (sys.executable, "-m", "kmcrypto", *desk.words("encrypt", "in", "out"))
    with terminal(*command, cwd=ROOT) as screen:
        assert screen.finish() == 0
    shown = screen.shown.decode()
    assert "100%" in shown
    assert "200 records" in shown
    assert "%" not in desk.good("encrypt", "in", "out")


PEAK = """
import sys
from kmcrypto.tools.cli import main
status = main(sys.argv[1:])
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(*peak)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
)
def test_memory_does_not_grow_with_the_input(desk: Desk) -> None:
    """The child measures itself: ru_maxrss of a child is at least the peak of its parent."""
    desk.write("short", '{"cardNo":"1","x":"' + "x" * 20_000 + '"}\n')
    desk.write("short", desk.read("short") * 300)
    desk.write("long", desk.read("short") * 10)
    peaks = []
    for name in ("short", "long"):
        words = desk.words("encrypt", name, "out", "--threads", "2")
        peaks.append(int(output_of(sys.executable, "-c", PEAK, *words, cwd=ROOT)) >> 10)
    assert peaks[0] < 80
    assert peaks[1] - peaks[0] < 12  # of 54 MiB that the long one has more


def test_only_so_many_batches_are_in_flight() -> None:
    read = 0

    def batches() -> Iterator[int]:
        nonlocal read
        for number in range(50):
            read = number + 1
            yield number

    def work(number: int, stop: Event) -> int:
        time.sleep(0.01 if number % 3 == 0 else 0)
        return number

    given_back: list[Any] = []
    for result in ndjson_stream.map_in_order(batches(), work, 3):
        assert read - len(given_back) <= 6
        given_back.append(result)
    assert given_back == list(range(50))


def test_a_line_that_is_too_long_is_never_in_memory() -> None:
    file = BytesIO(b"1234\n" + b"x" * 1_000_000 + b"\n12345\n1234")
    batches = list(ndjson_stream.read_batches(file, 4))
    assert [line for batch in batches for line in batch.lines] == [b"1234\n", None, None, b"1234"]
    assert sum(batch.size for batch in batches) == len(file.getvalue())
