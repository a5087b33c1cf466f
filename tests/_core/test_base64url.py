"""`kmcrypto/_core/base64url.py`: base64 and base64url have one spelling for each value."""

from __future__ import annotations

import base64
import os
from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from kmcrypto._core.base64url import (
    PIECE,
    from_base64,
    from_base64url,
    from_base64url_in_pieces,
    split_into_pieces,
    to_base64url,
)
from kmcrypto._core.forms import NotStrict

PROPERTY = settings(deadline=None, max_examples=150)

NOT_BASE64 = {
    "unpadded": "YQ",
    "half padded": "YQ=",
    "padded too much": "YQ===",
    "padding where none is due": "YWJj=",
    "four signs of padding": "YWJj====",
    "padding alone": "====",
    "padding first": "=YQ=",
    "padding inside": "YQ==YQ==",
    "trailing bits of one byte": "YR==",
    "trailing bits of two bytes": "YWJ=",
    "one character": "Y",
    "five characters": "YWJjY",
    "URL alphabet, minus": "--8=",
    "URL alphabet, underscore": "__8=",
    "line feed at the end": "YWJj\n",
    "line feed inside": "YW\nJj",
    "carriage return": "YWJj\r",
    "space first": " YWJj",
    "tab inside": "Y\tWJj",
    "NUL": "YWJj\0",
    "exclamation mark inside": "YW!Jj",
    "full stop": "YWJj.",
    "Cyrillic a": "YWJ\u0430",
    "full-width A": "YWJ\uff21",
    "full-width equals sign": "YQ=\uff1d",
    "soft hyphen": "YW\u00adJj",
    "half a surrogate pair": "YWJ\ud800",
}


@pytest.mark.parametrize("text", NOT_BASE64.values(), ids=NOT_BASE64.keys())
def test_base64_that_is_not_canonical_is_refused(text: str) -> None:
    """S3.5."""
    with pytest.raises(NotStrict):
        from_base64(text)


NOT_BASE64URL = {
    "padded": "YQ==",
    "padded without need": "YWJj=",
    "half padded": "YQ=",
    "padding alone": "=",
    "padding inside": "YQ=YQ",
    "trailing bits of one byte": "YR",
    "trailing bits of two bytes": "YWK",
    "one character": "Y",
    "five characters": "YWJjY",
    "standard alphabet, plus": "++8",
    "standard alphabet, slash": "//8",
    "both alphabets": "-+8",
    "line feed at the end": "YWJj\n",
    "line feed first": "\nYWJj",
    "CR LF inside": "YW\r\nJj",
    "space": "YW Jj",
    "NUL": "YW\0Jj",
    "exclamation mark": "YW!Jj",
    "full stop": "YW.Jj",
    "tilde": "YW~Jj",
    "latin letter with an accent": "YWJ\u00e9",
    "latin-1 byte 255": "YWJ\u00ff",
    "full-width letter": "YWJ\uff21",
    "zero-width space": "YW\u200bJj",
    "half a surrogate pair": "YWJ\udfff",
}


@pytest.mark.parametrize("text", NOT_BASE64URL.values(), ids=NOT_BASE64URL.keys())
def test_base64url_that_is_not_canonical_is_refused(text: str) -> None:
    """RFC 7515, 2; RFC 4648, 3.5."""
    with pytest.raises(NotStrict):
        from_base64url(text)


@PROPERTY
@given(raw=st.binary(max_size=80))
def test_both_base64s_agree_with_the_standard_library(raw: bytes) -> None:
    assert from_base64(base64.b64encode(raw).decode()) == raw
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert to_base64url(raw) == text
    assert from_base64url(text) == raw


@PROPERTY
@given(text=st.text("ABQgwxYZ019+/-_= \n.!\u00e9\uff21", max_size=9) | st.text(max_size=9))
def test_whatever_base64_is_read_is_the_one_spelling_of_its_bytes(text: str) -> None:
    """Two spellings of one MAC would pass a replay guard."""
    for decode, encode in (
        (from_base64, base64.b64encode),
        (from_base64url, lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=")),
    ):
        try:
            raw = decode(text)
        except NotStrict:
            continue
        assert encode(raw).decode() == text


@pytest.mark.parametrize("length", range(5))
def test_every_last_character_of_base64url_decodes_only_without_stray_bits(length: int) -> None:
    """Of the 64 last characters as many are taken as there are values of the bits that count."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    taken = 0
    for last in alphabet:
        with suppress(NotStrict):
            from_base64url("A" * length + last)
            taken += 1
    assert taken == {1: 0, 2: 4, 3: 16, 0: 64}[(length + 1) % 4]


@pytest.mark.parametrize(
    "size", [0, 1, PIECE * 3 // 4, PIECE - 1, PIECE, PIECE + 1, PIECE + 2, 3 * PIECE, 3 * PIECE + 5]
)
def test_pieces_one_behind_the_other_are_the_whole(size: int) -> None:
    raw = os.urandom(size)
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    pieces = split_into_pieces(memoryview(raw))
    assert "".join(to_base64url(piece) for piece in pieces) == to_base64url(raw) == text
    around = f"+{text}+"
    assert b"".join(from_base64url_in_pieces(around, 1, 1 + len(text))) == raw


@pytest.mark.parametrize("place", [0, 4096, PIECE - 1, PIECE, 2 * PIECE - 1])
def test_one_wrong_character_in_a_long_text_is_refused_in_pieces_and_in_one(place: int) -> None:
    text = "A" * (2 * PIECE)
    for wrong in "+/=\n.\u00e9\ud800":
        bent = text[:place] + wrong + text[place + 1 :]
        with pytest.raises(NotStrict):
            from_base64url(bent)
        with pytest.raises(NotStrict):
            from_base64url_in_pieces(bent, 0, len(bent))
