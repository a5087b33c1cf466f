"""`kmcrypto redact` on streams: in time, in bounded memory and work, and stopped in the middle."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from kmcrypto.redact import redact
from kmcrypto.tools.common.failure import CheckFailed
from kmcrypto.tools.messages.redact import mask_lines
from tests.support import ROOT
from tests.support.processes import PATIENCE, STOP_SIGNALS, child, output_of, run
from tests.support.speed import least

KMCRYPTO = (sys.executable, "-m", "kmcrypto")
CARD = b"4111111111111111"  # it passes the check of Luhn
PARTS = st.sampled_from(
    [b'"cardNo":', b'"4111111111111111"', b"cvc=123", b"{", b"}", b"[", b"]", b",", b" ", b"plain"]
)
LINES = st.lists(st.lists(PARTS, max_size=5).map(b"".join), max_size=8)


def masked(lines: list[bytes], max_line: int = 10_000) -> bytes:
    return b"".join(mask_lines(iter(line + b"\n" for line in lines), max_line))


@given(LINES)
def test_no_line_loses_its_end_and_no_card_number_is_left(lines: list[bytes]) -> None:
    out = masked(lines)
    assert CARD not in out
    assert b"cvc=123" not in out
    assert out.endswith(b"\n") or not lines


@given(LINES)
def test_a_line_by_itself_is_masked_as_redact_masks_it(lines: list[bytes]) -> None:
    """A line that ends in something else than an opening bracket or a colon is by itself."""
    closed = [line + b"." for line in lines]
    assert masked(closed) == b"".join(redact(line) + b"\n" for line in closed)


@given(LINES, LINES)
def test_a_value_over_many_lines_is_masked_as_in_the_whole_text(
    before: list[bytes], inner: list[bytes]
) -> None:
    """As JSON is written over many lines: nothing of the value is left, and what follows is."""
    value = [b'"secret": [', *(b'"hidden",' for _ in inner), b'"hidden"', b"],"]
    out = masked([*(line + b"." for line in before), *value, b'"kept": 1'])
    assert b"hidden" not in out
    assert out.endswith(b'"kept": 1\n')


def test_a_value_may_end_behind_a_long_line() -> None:
    lines = [b"x" * 900 + b' "secret": [', b'"hidden"', b"]", b"kmcrypto-end-of-value"]
    assert masked(lines, 1_000).split(b"\n")[1:] == [b"kmcrypto-end-of-value", b""]
    assert b"hidden" not in masked(lines, 1_000)


def test_a_text_that_is_like_the_mark_hides_no_value() -> None:
    out = masked([b'kmcrypto-end-of-value "secret": [', b'"hidden"', b"]", b"kept"])
    assert out == b'kmcrypto-end-of-value "secret": "***"\nkept\n'


def test_the_number_of_a_line_counts_those_of_values_before_it() -> None:
    lines = [b'"secret": [', b"1", b"]", b'"secret": [', b"1" * 30]
    with pytest.raises(CheckFailed, match="line 4: a value does not end"):
        masked(lines, 30)


def test_the_work_is_linear_where_a_value_has_many_lines() -> None:
    """Whether the value has ended is asked once in each doubling of its length."""

    def seconds(count: int) -> float:
        start = time.process_time()
        with pytest.raises(CheckFailed):
            masked([b'"secret": [', *[b"[1,"] * count], max_line=count * 3)
        return time.process_time() - start

    def growth() -> float:
        return seconds(40_000) / seconds(4_000)

    assert least(growth, aim=40) <= 40  # 100, if it were asked at every line


def test_lines_are_written_as_they_come() -> None:
    """As behind `tail -f`, whose output never ends."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with child(*KMCRYPTO, "redact", cwd=ROOT, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write(b"cvc=123\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"cvc=***\n"
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_a_reader_that_left_ends_the_command() -> None:
    """As before `| head -1`, with more behind it than a pipe holds."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*KMCRYPTO, "redact", cwd=ROOT, **pipes) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, err = process.communicate(b"a line\n" * 100_000, timeout=PATIENCE)
    assert process.returncode == 2
    assert err == b"kmcrypto: standard output cannot be written: Broken pipe\n"


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_command_that_is_stopped_leaves_the_old_file(number: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*KMCRYPTO, "redact", "-o", out, cwd=ROOT, **pipes) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(b"cvc=123\n")
        process.stdin.flush()
        partial = tmp_path / "out.kmcrypto-partial"
        while not partial.exists() or not partial.stat().st_size:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(PATIENCE)
        err = process.stderr.read()
    assert (process.returncode, err) == (2, b"kmcrypto: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert out.read_text() == "old"


FULL_DISK = """
import resource, signal, sys
from kmcrypto.tools.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
sys.exit(main(sys.argv[1:]))
"""


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("old")
    command = (sys.executable, "-c", FULL_DISK, "redact", "-o", out)
    status, _, err = run(*command, stdin=b"a line\n" * 1_000, cwd=ROOT)
    assert (status, err) == (2, f"kmcrypto: {out} cannot be written: File too large\n".encode())
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert out.read_text() == "old"


@pytest.mark.programs
@pytest.mark.parametrize("command", ["sign --plain", "encrypt", "decrypt", "inspect"])
def test_an_input_without_an_end_is_read_no_further_than_needed(command: str) -> None:
    line = f'yes | "$@" {command}'
    program = ("sh", "-c", line, "sh", *KMCRYPTO)
    status, out, err = run(*program, cwd=ROOT)
    assert (status, out) == (2, b"")
    assert err == b"kmcrypto: standard input is longer than 1,048,576 bytes\n"


@pytest.mark.programs
@pytest.mark.parametrize(
    "command", ["sign --plain", "verify --plain", "encrypt", "decrypt", "inspect", "redact"]
)
def test_a_closed_standard_input_is_an_error(command: str) -> None:
    status, out, err = run("sh", "-c", f'"$@" {command} <&-', "sh", *KMCRYPTO, cwd=ROOT)
    assert (status, out) == (2, b"")
    assert err == b"kmcrypto: there is no standard input\n"


PEAK = """
import sys
from kmcrypto.tools.cli import main
status = main(sys.argv[1:])
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(*peak, file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc"
)
def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 100_000):
        text = b'{"cardNo":"9410000000001234","x":"' + b"x" * 200 + b'"}\n'
        with open(tmp_path / "in", "wb") as file:
            file.write(text * count)
            file.write(b"y" * 200 * count)  # one line that is too long
        command = (sys.executable, "-c", PEAK, "redact", "--max-line", "100000", tmp_path / "in")
        _, _, err = run(*command, cwd=ROOT)
        peaks.append(int(err) >> 10)
    assert peaks[1] - peaks[0] < 8  # of 44 MiB that the long one has more
    assert output_of(*KMCRYPTO, "redact", cwd=ROOT) == b""
