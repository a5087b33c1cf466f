"""`kmcrypto keys` and `kmcrypto demo --keys`. Everything they print is searched for secrets."""

from __future__ import annotations

import copy
import errno
import os
import re
import signal
import stat
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from nacl.pwhash import argon2id

from kmcrypto._core.strict_json import write_json
from kmcrypto.keys import sealed
from kmcrypto.keys.sealed import Contents, Cost, seal, unseal
from kmcrypto.tools.cli import main
from kmcrypto.tools.common import sealed_file
from kmcrypto.tools.common.seal_credential import SealCredential, is_cheap
from kmcrypto.tools.keys import check as keys_check
from tests.support import ACCESS_KEY, ASP_ID, NOW_NS, ROOT, SECRET, clock
from tests.support.key_forms import jwk
from tests.support.keys import certificate as certificate_of, pkcs12
from tests.support.processes import Terminal, python, run, terminal
from tests.support.records import (
    ID,
    OTHER_ID,
    SEALING_KEY,
    crypto_key,
    pair,
    private_pem,
    public_pem,
)

pytestmark = pytest.mark.usefixtures("keys_checked_once")

OTHER_ACCESS_KEY = "1a2fffe-ffeeddccbbaa99887766554433221100"
PASSPHRASE, NEW_PASSPHRASE, PASSWORD = (
    "made-up passphrase: 문구",
    "another made-up phrase",
    "made-up password",
)
CHEAP = Cost(2, 64 << 10)
NOW = datetime(2026, 11, 23, 0, 15, 9, tzinfo=timezone.utc)
VARIABLES = (
    "KMCRYPTO_PASSPHRASE",
    "KMCRYPTO_NEW_PASSPHRASE",
    "KONAPLATE_SECRET_KEY",
    "KONAPLATE_KEY_PASSWORD",
)
PLAIN = {name: value for name, value in os.environ.items() if name not in VARIABLES}


@cache
def certificate(name: str, start_days: int = -10, end_days: int = 1000) -> x509.Certificate:
    """A certificate of a name's pair, valid from and until so many days from NOW."""
    start = NOW + timedelta(days=start_days)
    return certificate_of(pair(name), start=start, end=NOW + timedelta(days=end_days))


def certificate_pem(name: str, start_days: int = -10, end_days: int = 1000) -> str:
    return certificate(name, start_days, end_days).public_bytes(Encoding.PEM).decode()


@cache
def pkcs12_of(name: str) -> bytes:
    return pkcs12(pair(name), certificate(name), password=PASSWORD)


def document(**changes: Any) -> dict[str, Any]:
    """A project of a provider in which nothing is wrong."""
    key = {
        "asp_id": ASP_ID,
        "access_key": ACCESS_KEY,
        "secret_key": SECRET,
        "kind": "UAT",
        "state": "active",
    }
    halves = {"platform_public": public_pem("platform"), "client_private": private_pem("client")}
    crypto_key = {"id": ID, "state": "active", **halves}
    return {
        "zone": "KST",
        "project_keys": [key],
        "crypto_keys": [crypto_key],
        "primary": ID,
        **changes,
    }


class Shell:
    """Runs commands on one file in a folder of its own, and keeps all that they print."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.file, self._capsys = folder, folder / "project.kmsp", capsys
        self.printed: list[str] = []
        self.key_file = self.write("sealing.key", SEALING_KEY)

    def write(self, name: str, data: str | bytes) -> Path:
        """A file in the folder, its owner's alone."""
        path = self.folder / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(0o600)
        return path

    def seal(self, contents: dict[str, Any] | None = None) -> None:
        """Put a document in the file, under the sealing key."""
        blob = seal(Contents(document() if contents is None else contents), key=SEALING_KEY)
        self.write("project.kmsp", blob)

    def contents(self) -> Contents:
        return unseal(sealed_file.read(self.file), key=SEALING_KEY)

    def run(
        self, action: str, *arguments: object, file: Path | None = None
    ) -> tuple[int, str, str]:
        """Run `keys ACTION FILE`; return its status, standard output and standard error."""
        status = main(["keys", action, str(file or self.file), *map(str, arguments)])
        out, err = self._capsys.readouterr()
        self.printed += [out, err]
        return status, out, err

    def keyed(self, action: str, *arguments: object) -> str:
        """Run a command that must succeed, on a file under the sealing key; return its output."""
        status, out, err = self.run(action, "--key-file", self.key_file, *arguments)
        assert (status, err) == (0, "")
        return out

    def fails(self, action: str, *arguments: object) -> str:
        """Run a command that must fail, on a file under the sealing key; its one line."""
        status, out, err = self.run(action, "--key-file", self.key_file, *arguments)
        assert (status, out) == (2, "")
        return only_line(err)


def only_line(err: str) -> str:
    """The message of a command that failed: one line."""
    match = re.fullmatch(r"kmcrypto: (.+)\n", err)
    assert match is not None, err
    return match[1]


def secrets_in(text: str) -> list[str]:
    """The secrets that stand in a text; of a private key, any line of its body."""
    secrets = [
        SECRET,
        PASSPHRASE,
        NEW_PASSPHRASE,
        PASSWORD,
        SEALING_KEY.hex(),
        repr(SEALING_KEY),
        "PRIVATE KEY",
    ]
    secrets += [
        line for name in ("platform", "client") for line in private_pem(name).splitlines()[2:-2]
    ]
    return [secret for secret in [*secrets, ACCESS_KEY, OTHER_ACCESS_KEY] if secret in text]


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """No variable is set and nobody sits at a terminal; at the end nothing secret was printed."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "stdin", None)  # as after `<&-`
    shell = Shell(tmp_path, capsys)
    yield shell
    assert secrets_in("".join(shell.printed)) == []


# --- the commands one by one --------------------------------------------------------------------


@pytest.mark.slow
def test_a_project_from_nothing_to_a_call_with_the_passphrase_in_a_variable(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the default cost. A second process reads the file that the first one wrote."""
    monkeypatch.setenv("KMCRYPTO_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("KONAPLATE_SECRET_KEY", SECRET)
    assert shell.run("init")[0] == 0
    assert (
        shell.run("add-project", "--asp-id", ASP_ID, "--access-key", ACCESS_KEY, "--kind", "SI")[0]
        == 0
    )
    assert (
        shell.run("add-crypto", "--id", ID, "--generate", "platform", "--generate", "client")[0]
        == 0
    )
    assert shell.file.stat().st_mode & 0o777 == 0o600
    environment = {**PLAIN, "KMCRYPTO_PASSPHRASE": PASSPHRASE}
    text = python("-m", "kmcrypto", "demo", "--keys", shell.file, env=environment)
    assert f"X-KM-Crypto-Key-Id: {ID}" in text
    assert f"X-KM-User-AspId: {ASP_ID}" in text
    assert f"X-KM-Access-Key: {ACCESS_KEY[:4]}***" in text
    assert "All calls behaved as expected." in text
    assert re.search(r"\d{16}", text) is None
    contents = unseal(shell.file.read_bytes(), passphrase=PASSPHRASE)
    bodies = [
        contents.document()["crypto_keys"][0][f"{side}_private"].splitlines()[3]
        for side in ("platform", "client")
    ]
    shell.printed.append(text)
    assert [body for body in bodies if body in "".join(shell.printed)] == []
    assert contents.project().key.kind == "SI"


FORMS: dict[str, tuple[str, Callable[[], str | bytes], dict[str, str]]] = {
    "a public key in PEM": (
        "platform-public",
        lambda: public_pem("platform"),
        {"platform_public": "PUBLIC KEY"},
    ),
    "a public key in DER": (
        "platform-public",
        lambda: pair("platform").public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
        {"platform_public": "PUBLIC KEY"},
    ),
    "a certificate, which stays one": (
        "platform-public",
        lambda: certificate("platform").public_bytes(Encoding.DER),
        {"platform_public": "CERTIFICATE"},
    ),
    "a private key in PKCS#1": (
        "client-private",
        lambda: pair("client").private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        ),
        {"client_private": "PRIVATE KEY"},
    ),
    "a private key with a password": (
        "client-private",
        lambda: private_pem("client", PASSWORD),
        {"client_private": "PRIVATE KEY"},
    ),
    "PKCS#12, whose certificate stays": (
        "client-private",
        lambda: pkcs12_of("client"),
        {"client_private": "PRIVATE KEY", "client_public": "CERTIFICATE"},
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_add_crypto_stores_every_form_as_pem(shell: Shell, name: str) -> None:
    option, source, expected = FORMS[name]
    shell.seal(document(crypto_keys=[], primary=None))
    password = shell.write("password", PASSWORD + "\r\n")
    arguments = (
        ["--password-file", str(password)] if "password" in name or "PKCS#12" in name else []
    )
    shell.keyed("add-crypto", "--id", ID, f"--{option}", shell.write("key", source()), *arguments)
    whole = shell.contents().document()
    (entry,) = whole["crypto_keys"]
    assert (whole["primary"], set(entry)) == (ID, {"id", "state", *expected})
    side = option.partition("-")[0]
    texts = {
        "PUBLIC KEY": public_pem(side),
        "PRIVATE KEY": private_pem(side),
        "CERTIFICATE": "-----BEGIN CERTIFICATE-----\n",
    }
    assert [
        half for half, label in expected.items() if not entry[half].startswith(texts[label])
    ] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--client-public", "public", "--client-private", "p12"],
            "set KONAPLATE_KEY_PASSWORD, give --password-file",
        ),
        (
            ["--client-private", "p12", "--password-file", "junk"],
            "client_private: the private key cannot be read: the password is wrong",
        ),
        (
            ["--client-public", "public", "--client-private", "p12", "--password-file", "password"],
            "must be of one pair",
        ),
        (["--client-public", "long"], "is longer than 64 KiB"),
        (["--client-public", "jwk"], "client_public: JWK member `kid` must be text, and no other"),
    ],
)
def test_halves_that_can_not_be_used_are_not_added(
    shell: Shell, arguments: list[str], message: str
) -> None:
    shell.seal(document(crypto_keys=[], primary=None))
    files: dict[str, str | bytes] = {
        "public": public_pem("platform"),
        "p12": pkcs12_of("client"),
        "junk": "no key",
        "password": PASSWORD,
        "jwk": jwk(kid=OTHER_ID),
        "long": "A" * ((64 << 10) + 1),
    }
    for name, data in files.items():
        shell.write(name, data)
    paths = [str(shell.folder / word) if word in files else word for word in arguments]
    assert message in shell.fails("add-crypto", "--id", ID, *paths)
    assert shell.contents().ring is None


def test_list_shows_everything_and_nothing_secret(shell: Shell) -> None:
    second = crypto_key(OTHER_ID, "inactive", platform_public=certificate_pem("other"))
    whole = document()
    whole["crypto_keys"].append(second)
    shell.seal(whole)
    lines = shell.keyed("list").splitlines()
    assert lines[0] == "Zone KST"
    assert lines[3].split() == ["1a2b***", ASP_ID, "UAT", "active"]
    assert lines[5] == f"crypto key {ID}: active, primary"
    assert re.fullmatch(r"  client +2048 +public, private +[0-9a-f]{16} +-", lines[8])
    expires = (NOW + timedelta(days=1000)).date()
    assert lines[10] == f"crypto key {OTHER_ID}: inactive"
    assert re.fullmatch(rf"  platform +2048 +public +[0-9a-f]{{16}} +{expires}", lines[12])
    assert max(map(len, lines)) < 80


def two_of_each() -> dict[str, Any]:
    whole = document()
    whole["project_keys"].append({**whole["project_keys"][0], "access_key": OTHER_ACCESS_KEY})
    whole["crypto_keys"] = [  # without private halves, which take long to read
        crypto_key(ID, platform_public=public_pem("platform")),
        crypto_key(OTHER_ID, platform_public=public_pem("other")),
    ]
    return whole


FULL_DISK = """
import resource, sys
from kmcrypto.tools.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
sys.exit(main(sys.argv[1:]))
"""


def test_export_public_leaves_nothing_on_a_full_disk(shell: Shell) -> None:
    shell.seal()
    before = sorted(shell.folder.iterdir())
    words = ("keys", "export-public", shell.file, ID, "client", "--key-file", shell.key_file)
    command = (sys.executable, "-c", FULL_DISK, *words, "-o", shell.folder / "out.pem")
    status, out, err = run(*command, cwd=ROOT, env=PLAIN)
    assert (status, out) == (2, b"")
    assert only_line(err.decode()).endswith("out.pem cannot be written: File too large")
    assert sorted(shell.folder.iterdir()) == before


def test_export_public_replaces_what_a_killed_one_left_and_nothing_else(shell: Shell) -> None:
    shell.seal()
    out = shell.folder / "out.pem"
    left = shell.write("out.pem.kmcrypto-partial", "-----BEGIN")
    shell.keyed("export-public", ID, "client", "-o", out)
    assert (out.read_text(), left.exists()) == (public_pem("client"), False)
    out.unlink()
    shell.key_file.rename(left)
    shell.key_file = left
    assert "is needed by this command" in shell.fails("export-public", ID, "client", "-o", out)
    assert left.read_bytes() == SEALING_KEY


@pytest.mark.programs
@pytest.mark.parametrize("name", ["project.kmsp", "sealing.key"])
@pytest.mark.parametrize("command", ["keys list", "keys check", "demo --keys"])
def test_nothing_is_appended_to_a_file_that_is_read(shell: Shell, command: str, name: str) -> None:
    """`keys list F >> F` made a file that nobody could open."""
    shell.seal()
    before = (shell.folder / name).read_bytes()
    words = (*command.split(), shell.file, "--key-file", shell.key_file)
    with open(shell.folder / name, "ab") as file:
        status, _, err = run(
            sys.executable, "-m", "kmcrypto", *words, cwd=ROOT, env=PLAIN, stdout=file
        )
    assert status == 2
    assert only_line(err.decode()).startswith("standard output is a file that this command needs")
    assert (shell.folder / name).read_bytes() == before


@pytest.mark.slow
def test_the_passphrase_changes_and_so_does_the_kind_of_what_opens_the_file(shell: Shell) -> None:
    """From a key to a passphrase, to another one, and back; a cheap Argon2id becomes the usual."""
    shell.write("project.kmsp", seal(Contents(document()), passphrase=PASSPHRASE, cost=CHEAP))
    old, new = shell.write("old", PASSPHRASE + "\n"), shell.write("new", NEW_PASSPHRASE)
    assert (
        shell.run("change-passphrase", "--passphrase-file", old, "--new-passphrase-file", new)[0]
        == 0
    )
    assert cost_in(shell.file.read_bytes()) == Cost(3, 256 << 10)
    status, _, err = shell.run("list", "--passphrase-file", old)
    assert (status, only_line(err)) == (
        2,
        "unsealing-failed: the sealed project did not open: wrong passphrase or key, or damage",
    )
    hexed = shell.write("hex.key", SEALING_KEY.hex() + "\n")
    assert shell.run("change-passphrase", "--passphrase-file", new, "--new-key-file", hexed)[0] == 0
    assert shell.contents().document() == document()
    shell.keyed("change-passphrase", "--new-passphrase-file", old)
    assert unseal(shell.file.read_bytes(), passphrase=PASSPHRASE).document() == document()


def cost_in(blob: bytes) -> tuple[int, int]:
    """The operations and the KiB of Argon2id in a blob's header."""
    return int.from_bytes(blob[6:10], "big"), int.from_bytes(blob[10:14], "big")


def test_a_change_of_the_keys_keeps_the_cost_of_argon2id(shell: Shell) -> None:
    """Whoever chose it may lack the memory for more."""
    shell.write("project.kmsp", seal(Contents(two_of_each()), passphrase=PASSPHRASE, cost=CHEAP))
    passphrase = shell.write("passphrase", PASSPHRASE)
    assert shell.run("set-primary", OTHER_ID, "--passphrase-file", passphrase)[0] == 0
    assert cost_in(shell.file.read_bytes()) == CHEAP


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (Cost(2, 64 << 10), Cost(3, 256 << 10)),
        (Cost(10, 64 << 10), Cost(10, 256 << 10)),
        (Cost(2, 256 << 10), Cost(3, 256 << 10)),
        (Cost(3, 256 << 10), Cost(3, 256 << 10)),
        (Cost(2, 384 << 10), Cost(2, 384 << 10)),  # the same work over more memory
        (Cost(2, 1 << 20), Cost(2, 1 << 20)),
    ],
    ids=str,
)
def test_a_cost_is_strengthened_only_if_it_is_cheap(
    cost: Cost, expected: Cost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argon2id is left out: only the cost in the header is looked at."""
    monkeypatch.setattr(argon2id, "kdf", lambda *arguments: bytes(32))
    contents = Contents(document(project_keys=[], crypto_keys=[], primary=None))
    credential = SealCredential(PASSPHRASE)
    blob = seal(contents, passphrase=PASSPHRASE, cost=cost)
    assert cost_in(credential.seal(contents, blob)) == cost
    assert cost_in(credential.seal(contents, blob, strengthen=True)) == expected
    assert is_cheap(cost) == (cost != expected)


def test_a_result_that_may_not_survive_a_loss_of_power_has_a_status_of_its_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.seal(two_of_each())

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fsync)
    status, out, err = shell.run("set-primary", OTHER_ID, "--key-file", shell.key_file)
    assert (status, out) == (3, "")
    assert only_line(err).startswith(f"{shell.file} is in place, but the system did not confirm")
    ring = shell.contents().ring
    assert ring is not None
    assert ring.primary.id == OTHER_ID


# --- where secrets come from --------------------------------------------------------------------


def test_each_secret_has_a_variable_of_its_own(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.seal(document(crypto_keys=[], primary=None))
    key = ("--asp-id", ASP_ID, "--access-key", OTHER_ACCESS_KEY)
    half = ("--id", ID, "--client-private", shell.write("client", private_pem("client", PASSWORD)))
    assert "set KONAPLATE_SECRET_KEY, give --secret-file" in shell.fails("add-project", *key)
    assert "set KONAPLATE_KEY_PASSWORD, give --password-file" in shell.fails("add-crypto", *half)
    assert "set KMCRYPTO_NEW_PASSPHRASE, give --new-passphrase-file" in shell.fails(
        "change-passphrase"
    )
    monkeypatch.setenv("KONAPLATE_SECRET_KEY", SECRET)
    monkeypatch.setenv("KONAPLATE_KEY_PASSWORD", PASSWORD)
    monkeypatch.setenv("KMCRYPTO_NEW_PASSPHRASE", NEW_PASSPHRASE)
    shell.keyed("add-project", *key)
    shell.keyed("add-crypto", *half)
    shell.keyed("change-passphrase")
    monkeypatch.setenv("KMCRYPTO_PASSPHRASE", NEW_PASSPHRASE)
    assert shell.run("list")[0] == 0
    monkeypatch.setenv("KMCRYPTO_PASSPHRASE", "")
    assert only_line(shell.run("list")[2]) == "KMCRYPTO_PASSPHRASE is set but empty"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"\n", "the passphrase is empty"),
        (bytes(70_000), "is longer than 64 KiB"),
    ],
)
def test_what_is_no_passphrase_is_refused(shell: Shell, data: bytes, message: str) -> None:
    shell.seal()
    assert message in only_line(
        shell.run("list", "--passphrase-file", shell.write("phrase", data))[2]
    )


# --- check --------------------------------------------------------------------------------------


def check(
    shell: Shell, *, blob: bytes | None = None, date: str | None = None, within: int = 30
) -> tuple[int, list[str]]:
    """What `keys check` says of the file, at NOW; with a blob, of that."""
    if blob is not None:
        shell.write("project.kmsp", blob)
    args = Namespace(
        file=shell.file,
        key_file=shell.key_file,
        passphrase_file=None,
        date=date,
        within=within,
        json=False,
    )
    status = keys_check.check(args, clock=clock)
    out = shell._capsys.readouterr().out
    shell.printed.append(out)
    return status, out.splitlines()


def test_a_project_in_which_nothing_is_wrong(shell: Shell) -> None:
    shell.seal()
    assert check(shell, date="Mon, 23 Nov 2026 00:15:10 GMT") == (
        0,
        ["This clock is 1 s behind the Date header.", "Nothing is wrong."],
    )
    assert shell.keyed("check") == "Nothing is wrong.\n"


def changed(**halves: Any) -> Callable[[], dict[str, Any]]:
    """The document with these keys in its crypto key; a callable makes one when the test runs."""
    return lambda: document(
        crypto_keys=[
            crypto_key(
                **{name: half() if callable(half) else half for name, half in halves.items()}
            )
        ]
    )


def with_discarded() -> dict[str, Any]:
    gone = crypto_key(OTHER_ID, "discarded", client_public=certificate_pem("other", -20, -10))
    return document(crypto_keys=[*document()["crypto_keys"], gone])


def inactive() -> dict[str, Any]:
    return document(project_keys=[{**document()["project_keys"][0], "state": "inactive"}])


PLATFORM = {"platform_public": lambda: public_pem("platform")}
CLIENT = {"client_private": lambda: private_pem("client")}
FINDINGS: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "a certificate that expired": (
        changed(**CLIENT, platform_public=lambda: certificate_pem("platform", -20, -1)),
        f"The platform certificate of crypto key {ID} expired on 2026-11-22.",
    ),
    "a certificate that is not valid yet": (
        changed(**CLIENT, platform_public=lambda: certificate_pem("platform", 2)),
        f"The platform certificate of crypto key {ID} is not valid before 2026-11-25.",
    ),
    "a certificate that expires soon": (
        changed(**PLATFORM, **CLIENT, client_public=lambda: certificate_pem("client", -20, 30)),
        f"The client certificate of crypto key {ID} expires on 2026-12-23, within 30 days.",
    ),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_what_is_wrong_with_the_keys_is_one_line(shell: Shell, name: str) -> None:
    make, line = FINDINGS[name]
    shell.seal(make())
    assert check(shell) == (1, [line])


def test_the_certificate_of_a_discarded_key_is_not_wrong(shell: Shell) -> None:
    shell.seal(with_discarded())
    assert check(shell) == (0, ["Nothing is wrong."])


def test_how_soon_is_soon_can_be_said(shell: Shell) -> None:
    shell.seal(
        changed(**PLATFORM, **CLIENT, client_public=lambda: certificate_pem("client", -20, 29))()
    )
    assert check(shell, within=28) == (0, ["Nothing is wrong."])
    assert check(shell, within=29)[0] == 1


REFUSED_WHEN_MADE: dict[str, tuple[dict[str, Any], str]] = {
    "halves that don't match": (
        {"client_public": lambda: public_pem("platform")},
        "The project cannot be used: crypto_keys[0]: client_public and client_private must be of "
        "one pair (S5.2).",
    ),
    "one pair on both sides": (
        {"platform_public": lambda: public_pem("client")},
        "The project cannot be used: crypto_keys[0]: the platform pair and the client pair must "
        "not be one pair: a request could come back as a callback; give the other party's "
        "public key, not your own, here (S5.2).",
    ),
    "no half at all": (
        {"client_private": None, "platform_public": None},
        "The project cannot be used: crypto_keys[0]: a crypto key needs at least one public or "
        "private key (S5.2).",
    ),
    "a primary that is not active": (
        {"state": "inactive"},
        "The project cannot be used: the primary key must be active, not inactive (S5.1).",
    ),
    "a state that is none": (
        {"state": "gone"},
        "The project cannot be used: crypto_keys[0].state must be active, inactive or discarded "
        "(S5.1).",
    ),
}


@pytest.mark.parametrize("name", REFUSED_WHEN_MADE)
def test_what_another_program_sealed_wrongly_is_one_line_too(shell: Shell, name: str) -> None:
    changes, line = REFUSED_WHEN_MADE[name]
    whole = copy.deepcopy(document())
    whole["crypto_keys"][0].update(
        {name: half() if callable(half) else half for name, half in changes.items()}
    )
    whole["crypto_keys"][0] = {
        name: half for name, half in whole["crypto_keys"][0].items() if half is not None
    }
    blob = sealed._from_parts(
        write_json(whole), sealed.Header.for_key(nonce=bytes(24)), SEALING_KEY
    )
    assert check(shell, blob=blob) == (1, [line])


def test_an_open_passphrase_file_and_a_cheap_passphrase_are_said_with_their_numbers(
    shell: Shell,
) -> None:
    shell.write("project.kmsp", seal(Contents(document()), passphrase=PASSPHRASE, cost=CHEAP))
    passphrase = shell.write("passphrase", PASSPHRASE)
    passphrase.chmod(0o644)
    status, out, _ = shell.run("check", "--passphrase-file", passphrase)
    assert (status, out.splitlines()) == (
        1,
        [
            f"{passphrase} can be read or written by others (mode 0644): make it 0600.",
            "A guess of the passphrase costs 2 passes over 64 MiB of Argon2id, less than the "
            "default of 3 passes over 256 MiB: seal the file anew with change-passphrase (D11).",
        ],
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_passphrase_file_of_another_user_is_said(shell: Shell) -> None:
    secret = shell.write("secret", PASSPHRASE)
    os.chown(secret, 65534, -1)
    lines = list(keys_check.check_secret_file(secret))
    assert lines == [f"{secret} belongs to another user, who can read and change it."]


def test_a_pipe_with_the_passphrase_has_no_permissions_to_tell_of(shell: Shell) -> None:
    """As in `--passphrase-file <(command)`."""
    fifo = shell.folder / "fifo"
    os.mkfifo(fifo)
    fifo.chmod(0o666)
    assert list(keys_check.check_secret_file(fifo)) == []


def test_a_folder_that_others_may_write_is_said(shell: Shell) -> None:
    shell.seal()
    shell.folder.chmod(0o770)
    status, lines = check(shell)
    assert status == 1
    assert [line.partition(" (mode")[0] for line in lines] == [
        f"the folder {shell.folder} can be written by others"
    ]


@pytest.mark.parametrize(
    ("date", "message", "wrong"),
    [
        (
            "Mon, 23 Nov 2026 00:10:09 GMT",
            "300 s ahead of",
            False,
        ),  # NOW and 0.123 s: counted as it is
        ("Mon, 23 Nov 2026 00:20:09 GMT", "300 s behind", False),
        ("Date: Mon, 23 Nov 2026 00:20:11 GMT", "302 s behind", True),
        ("date: Mon, 23 Nov 2026 00:10:00 GMT\r", "309 s ahead of", True),
        ("Sun, 22 Nov 2026 15:15:09 GMT", "32400 s ahead of", True),  # KST on a clock of UTC
    ],
)
def test_the_clock_against_a_date_header(
    shell: Shell, date: str, message: str, wrong: bool
) -> None:
    shell.seal()
    status, lines = check(shell, date=date)
    assert lines[0] == f"This clock is {message} the Date header."
    problem = (
        f"This clock is {message} the Date header:"
        " requests more than 300 s off are refused (S1.10)."
    )
    assert (status, lines[1:]) == ((1, [problem]) if wrong else (0, ["Nothing is wrong."]))


# --- the demo -----------------------------------------------------------------------------------


def test_the_demo_takes_the_files_zone_and_its_active_keys(
    shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    old = {**document()["project_keys"][0], "state": "discarded"}
    both = {"platform_private": private_pem("platform"), "client_private": private_pem("client")}
    keys = [crypto_key(ID, platform_public=public_pem("other")), crypto_key(OTHER_ID, **both)]
    project_keys = [old, {**old, "access_key": "9z9z" + ACCESS_KEY[4:], "state": "active"}]
    shell.seal(
        document(zone="ICT+07:00", project_keys=project_keys, crypto_keys=keys, primary=OTHER_ID)
    )
    assert main(["demo", "--keys", str(shell.file), "--key-file", str(shell.key_file)]) == 0
    out, err = capsys.readouterr()
    shell.printed += [out, err]
    assert "X-KM-Time-Zone: ICT" in out
    assert "X-KM-Access-Key: 9z9z***" in out
    assert f"X-KM-Crypto-Key-Id: {OTHER_ID}" in out
    assert len(re.findall(r"^.* \d{3}_\d{3} with HTTP \d+ \(", out, re.MULTILINE)) == 6


# --- real processes -----------------------------------------------------------------------------


def test_a_closed_standard_input_and_output_end_in_a_message(shell: Shell) -> None:
    shell.seal()
    command = (sys.executable, "-m", "kmcrypto", "keys", "list", shell.file)
    closed = ("sh", "-c", 'exec "$@" <&-', "sh", *command)
    status, _, err = run(*closed, cwd=ROOT, env=PLAIN)
    assert status == 2
    assert "the passphrase is missing" in only_line(err.decode())
    with open("/dev/full", "wb") as full:
        opened = (*command, "--key-file", shell.key_file)
        status, _, err = run(*opened, cwd=ROOT, env=PLAIN, stdout=full)
    assert status == 2
    expected = "standard output cannot be written: No space left on device"
    assert only_line(err.decode()) == expected


def test_writers_say_what_to_install_and_readers_need_nothing(shell: Shell) -> None:
    shell.seal()
    (shell.folder / "filelock.py").write_text("raise ModuleNotFoundError(name='filelock')")
    environment = {**PLAIN, "PYTHONPATH": str(shell.folder)}
    program = (sys.executable, "-m", "kmcrypto", "keys")
    opener = ("--key-file", shell.key_file)
    for action, *more in (("list",), ("check",), ("export-public", ID, "client")):
        command = (*program, action, shell.file, *more, *opener)
        status, _, err = run(*command, cwd=ROOT, env=environment)
        assert (status, err) == (0, b"")
    command = (*program, "set-primary", shell.file, ID, *opener)
    status, _, err = run(*command, cwd=ROOT, env=environment)
    assert only_line(err.decode()) == (
        'this needs the package filelock: pip install "kmcrypto[cli]"'
    )
    assert status == 2


@pytest.fixture
def at_terminal() -> Iterator[Callable[..., Terminal]]:
    """Starts `kmcrypto` at a terminal of its own; at the end of the test it is gone, whatever
    became of it.
    """
    with ExitStack() as stack:

        def start(*arguments: object, **variables: str) -> Terminal:
            command = (sys.executable, "-m", "kmcrypto", *arguments)
            return stack.enter_context(terminal(*command, cwd=ROOT, env=PLAIN | variables))

        yield start


@pytest.mark.programs
def test_secrets_are_asked_for_at_a_terminal_and_not_shown(
    shell: Shell, at_terminal: Callable[..., Terminal]
) -> None:
    init = at_terminal("keys", "init", shell.file)
    init.until("Passphrase: ")
    init.type(PASSPHRASE)
    init.until("Once more: ")
    init.type(PASSPHRASE)
    assert init.finish() == 0, init.shown
    contents = unseal(shell.file.read_bytes(), passphrase=PASSPHRASE)
    assert contents.project_keys == ()
    shell.printed.append(init.shown.decode())

    shell.seal(document(crypto_keys=[], primary=None))
    private = shell.write("client.pem", private_pem("client", PASSWORD))
    arguments = ("--key-file", shell.key_file, "--id", ID, "--client-private", private)
    add = at_terminal("keys", "add-crypto", shell.file, *arguments)
    add.until(f"Password of {private}: ")
    add.type(PASSWORD)
    assert add.finish() == 0, add.shown
    assert shell.contents().ring is not None
    shell.printed.append(add.shown.decode())


@pytest.mark.programs
def test_a_new_passphrase_that_is_not_typed_the_same_twice_makes_no_file(
    shell: Shell, at_terminal: Callable[..., Terminal]
) -> None:
    init = at_terminal("keys", "init", shell.file)
    init.until("Passphrase: ")
    init.type(PASSPHRASE)
    init.until("Once more: ")
    init.type(NEW_PASSPHRASE)
    assert init.finish() == 2
    assert b"kmcrypto: the passphrase was not the same both times" in init.shown
    assert not shell.file.exists()
    shell.printed.append(init.shown.decode())


@pytest.mark.programs
@pytest.mark.parametrize(
    ("answer", "status", "state"),
    [("yes", 0, "discarded"), ("y", 2, "active"), ("\x04", 2, "active")],
)
def test_a_key_is_discarded_at_a_terminal_only_after_a_yes(
    shell: Shell, at_terminal: Callable[..., Terminal], answer: str, status: int, state: str
) -> None:
    shell.seal(two_of_each())
    arguments = ("--key-file", shell.key_file, "--crypto-key", OTHER_ID, "discarded")
    prompt = at_terminal("keys", "set-state", shell.file, *arguments)
    prompt.until("Discard it? (yes/no) ")
    prompt.type(answer)
    assert prompt.finish() == status
    assert shell.contents().document()["crypto_keys"][1]["state"] == state


@pytest.mark.programs
def test_ctrl_c_at_a_prompt_ends_in_a_message(
    shell: Shell, at_terminal: Callable[..., Terminal]
) -> None:
    shell.seal()
    prompt = at_terminal("keys", "list", shell.file)
    prompt.until("Passphrase: ")
    os.kill(prompt.process.pid, signal.SIGINT)
    assert prompt.finish() == 2
    assert prompt.shown.decode().split("\r\n")[-2] == "kmcrypto: interrupted"
    assert b"Traceback" not in prompt.shown


@pytest.mark.programs
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("utf8_mode", ["0", "1"])
def test_a_passphrase_in_another_encoding_ends_in_a_message(
    shell: Shell, at_terminal: Callable[..., Terminal], locale: str, utf8_mode: str
) -> None:
    shell.seal()
    prompt = at_terminal("keys", "list", shell.file, LC_ALL=locale, PYTHONUTF8=utf8_mode)
    prompt.until("Passphrase: ")
    prompt.type(os.fsdecode("암호".encode("euc-kr")))
    assert prompt.finish() == 2
    assert prompt.shown.decode().split("\r\n")[-2].endswith("a file in UTF-8")
    assert b"Traceback" not in prompt.shown


def test_a_path_with_control_characters_is_shown_without_them(shell: Shell) -> None:
    _, _, err = shell.run("list", file=shell.folder / "a\x1b[2J\nb")
    assert only_line(err).endswith("a?[2J?b")


def test_the_demo_and_the_help_load_no_pynacl() -> None:
    """They would work in a vendored copy that has cryptography alone."""
    code = (
        "import sys; from kmcrypto.tools.cli import main; print(main(['demo']));"
        " print('nacl' in sys.modules, 'filelock' in sys.modules)"
    )
    assert python("-c", code).splitlines()[-2:] == ["0", "False False"]


def test_the_clock_of_these_tests_is_the_one_that_the_certificates_are_made_for() -> None:
    assert int(NOW.timestamp()) == NOW_NS // 10**9
