"""`kmcrypto sandbox`, run as a person runs it: its settings, its addresses, its end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kmcrypto import Project, one_time_token
from kmcrypto.testing import environment
from kmcrypto.tools.cli import main
from kmcrypto.tools.sandbox.sandbox import Sandbox
from kmcrypto.tools.sandbox.server import serve
from tests.support import ROOT
from tests.support.processes import STOP_SIGNALS, child, output_of, run

SHELL_GUIDE = ROOT / "docs" / "guides" / "shell.md"
READY = re.compile(r"kmcrypto sandbox: (http://\S+) takes calls until Ctrl-C\n")


class Running:
    """A command that takes calls."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Ask it to stop: its status, and the rest of its standard output and error."""
        self.process.send_signal(number)
        out, err = self.process.communicate()
        return self.process.returncode, out.decode(), err.decode()


@contextmanager
def running(*options: object) -> Iterator[Running]:
    """Run the command on a free port."""
    command = (sys.executable, "-W", "error", "-m", "kmcrypto", "sandbox", "--port", 0, *options)
    with child(*command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        ready = READY.fullmatch(line)
        assert ready is not None, line + process.stderr.read().decode()
        yield Running(process, ready[1])


@pytest.mark.slow
@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_a_signal_ends_it_with_status_0(number: signal.Signals) -> None:
    with running() as sandbox:
        status, _, err = sandbox.stop(number)
    assert (status, err) == (0, "kmcrypto sandbox: ended\n")


def variables_of(settings: str) -> dict[str, str]:
    """The variables that a shell has when it has read the settings."""
    script = (
        settings
        + f"\nexec {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    )
    values = json.loads(output_of("sh", "-eu", stdin=script.encode(), env={}))
    assert isinstance(values, dict)
    return values


@pytest.mark.slow
def test_a_shell_that_reads_the_output_has_a_project_whose_first_call_works() -> None:
    with running() as sandbox:
        _, out, _ = sandbox.stop()
    variables = variables_of(out)
    assert environment().items() <= variables.items()
    assert Project.from_env(environ=variables).key.asp_id == "KMCRYPTOTEST001"
    assert variables["KMCRYPTO_SANDBOX_URL"] == f"{sandbox.url}/open-api{one_time_token.PATH}"
    assert re.findall(r"^#   (\d{16}) (\d{3}_\d{3}) \S", out, re.MULTILINE) == [
        ("9410000000001234", "000_000"),
        ("9410000000006001", "006_001"),
        ("9410000000006002", "006_002"),
        ("9410000000006003", "006_003"),
        ("9410000000006031", "006_031"),
    ]


@pytest.mark.slow
def test_the_settings_go_to_a_file_of_the_owners(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.env"
    file.write_text("older")
    with running("--env", file) as sandbox:
        assert file.stat().st_mode & 0o777 == 0o600
        variables = variables_of(file.read_text(encoding="utf-8"))
        assert variables["KMCRYPTO_SANDBOX_URL"].startswith(sandbox.url)
        status, out, _ = sandbox.stop()
    assert (status, out) == (0, f"the settings are in {file}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox.env"]


@pytest.mark.programs
def test_the_curl_line_that_it_prints_makes_a_call(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.env"
    with running("--env", file) as sandbox:
        settings = file.read_text(encoding="utf-8")
        (line,) = re.findall(r"^# +(echo .*)$", settings, re.MULTILINE)
        assert line in SHELL_GUIDE.read_text(encoding="utf-8").splitlines()
        path = str(Path(sys.executable).parent)
        script = f'{settings}\nPATH="{path}:$PATH"\n{line}\n'
        answer = output_of("sh", "-eu", stdin=script.encode())
        _, _, err = sandbox.stop()
    assert len(json.loads(answer)["oneTimeToken"]) == 16
    assert "000_000 Success" in err


@pytest.mark.slow
def test_it_listens_on_another_loopback_address() -> None:
    with running("--address", "::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert sandbox.stop()[0] == 0


# --- What is refused ------------------------------------------------------------------------------


def refused(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run a command that must end with status 2 at once: the line that says why."""
    assert main(["sandbox", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1"])
def test_another_address_is_refused_unless_it_is_asked_for_by_name(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, "--address", address)
    assert "other machines could call the sandbox, and everybody has its keys" in error
    assert "--allow-other-machines" in error


@pytest.mark.slow
def test_an_address_of_all_is_taken_if_it_is_asked_for_by_name() -> None:
    with running("--address", "0.0.0.0", "--allow-other-machines") as sandbox:
        assert re.fullmatch(r"http://localhost:\d+", sandbox.url)
        assert sandbox.stop()[0] == 0


def test_a_name_is_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "--address", "localhost")
    assert "--address must be an IP address, such as 127.0.0.1 or ::1" in error


def test_a_port_that_is_taken_is_an_error_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with serve(Sandbox(), log=print) as server:
        error = refused(capsys, "--port", str(server.server_port))
    assert "cannot be opened: Address already in use; --port takes another" in error


def test_a_callback_url_beyond_loopback_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "--callback", "http://192.0.2.1/")
    assert "--callback must be on loopback" in error


def test_settings_that_cannot_be_written_end_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, "--port", "0", "--env", str(tmp_path / "nowhere" / "sandbox.env"))
    assert "cannot be written: No such file or directory" in error
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    assert "is not a regular file" in refused(capsys, "--port", "0", "--env", str(link))


def test_a_closed_output_ends_the_command() -> None:
    command = (sys.executable, "-m", "kmcrypto", "sandbox", "--port", "0")
    status, _, err = run("sh", "-c", 'exec "$@" >&-', "sh", *command)
    assert (status, err) == (2, b"kmcrypto: standard output cannot be written: it is closed\n")


@pytest.mark.parametrize("options", [["--fault", "late"], ["--port", "65536"], ["--port", "-1"]])
def test_a_wrong_option_ends_with_2(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sandbox", *options])
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"kmcrypto sandbox: argument {options[0]}: must be")
