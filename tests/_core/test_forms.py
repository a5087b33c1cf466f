"""`kmcrypto/_core/forms.py`: the forms of identifiers, and limits."""

from __future__ import annotations

from kmcrypto._core.forms import MAX_BODY, MAX_JWE, MAX_JWE_HEADER, is_digits


def test_only_ascii_digits_are_digits() -> None:
    """S1.11: `str.isdigit`, `int` and `\\d` take the digits of every script."""
    assert is_digits("0123456789")
    zeros = [
        chr(code) for code in range(0x110000) if chr(code).isdigit() and not "0" <= chr(code) <= "9"
    ]
    assert len(zeros) > 600
    assert not any(is_digits("2" + zero) for zero in zeros)
    assert not any(
        is_digits(text) for text in ("", "+1", "-1", "1_0", " 1", "1 ", "1\n", "0x1", "1e1", "1.0")
    )


def test_the_limits_are_those_of_the_protocol() -> None:
    """S4.10."""
    assert (MAX_JWE, MAX_BODY, MAX_JWE_HEADER) == (1_048_576, 1_048_576, 8192)
