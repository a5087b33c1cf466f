"""`kmcrypto demo` and the command line, run as a person runs them."""

from __future__ import annotations

import re

import pytest

from kmcrypto import __version__
from kmcrypto.tools import demo
from kmcrypto.tools.cli import main
from kmcrypto.tools.common.masking import mask
from tests.support.processes import python


def test_the_demo_shows_a_call_and_six_refusals_and_no_secret() -> None:
    text = python("-m", "kmcrypto", "demo")
    headers = dict(re.findall(r"^([A-Z][A-Za-z-]+): (\S.*)$", text.split("\n\n")[0], re.MULTILINE))
    assert len([name for name in headers if name.startswith("X-KM-")]) == 7
    assert headers["Content-Type"] == headers["Accept"] == "application/json"
    assert re.fullmatch(r"[0-9a-f]{4}\*\*\*", headers["X-KM-Access-Key"])  # S8
    assert headers["X-KM-Tran-Token"] == f"KMV1:{headers['X-KM-Tran-Time']}***"
    assert '{"encData":"' in text
    assert '"oneTimeToken": "***", "dcvv": "***"' in text
    assert "expires 300 s after" in text
    assert re.findall(r"\b(\d{3}_\d{3}) with HTTP (\d+) \(([^)]+)\)", text) == [
        ("006_001", "400", "the token service refused"),
        ("990_003", "409", "replayed"),
        ("990_001", "401", "signature-mismatch"),
        ("990_002", "400", "time-out-of-tolerance"),
        ("990_001", "401", "signature-mismatch"),
        ("990_005", "400", "decrypt" + "ion-failed"),
    ]
    assert re.search(r"\d{16}", text) is None
    assert demo.KNOWN_CARD not in text


def test_the_status_is_not_0_when_something_did_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service knows the card that it must not know, so one call that must be refused is not."""
    monkeypatch.setattr(demo, "UNKNOWN_CARD", demo.KNOWN_CARD)
    lines: list[str] = []
    assert demo.run(lines.append) == 1
    assert "An unknown card: was not refused" in lines
    assert "Not all calls behaved as expected." in lines[-1]


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"kmcrypto {__version__}\n"


S8_MEMBERS = (
    "secretKey encData dcvv cvc oneTimeToken loginPassword ci birthDate userName mobileNumber"
    " email bankAccount par authNumber address deliveryAddress addressDetail"
)


@pytest.mark.parametrize("name", S8_MEMBERS.split())
def test_what_s8_lists_is_masked_at_any_depth(name: str) -> None:
    secret = "made-up value"
    shown = mask({"a": [{name: secret, "b": 1}], name.upper(): [secret], "kept": secret[:4]})
    assert shown == {"a": [{name: "***", "b": 1}], name.upper(): "***", "kept": "made"}


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("9410000000001234", "941000***1234"),
        ("94100000", "***"),
        (9410000000001234, "***"),
        (None, "***"),
    ],
)
def test_of_a_card_number_six_and_four_digits_are_kept(number: object, shown: str) -> None:
    assert mask({"cardNo": number}) == {"cardNo": shown}
