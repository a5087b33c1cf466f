"""A request as text or JSON: what is written is read back; any other bytes are read or refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto.signing.signer import Signer
from kmcrypto.tools.common.failure import Unreadable
from kmcrypto.tools.messages.request_text import (
    Request,
    format_http,
    format_json,
    read_request,
)
from tests.support import clock
from tests.support.parties import project_key

BODIES = st.binary(max_size=40) | st.text(max_size=20).map(str.encode) | st.just(b"\r\n\r\n{}")
TEXTS = st.lists(
    st.sampled_from([b"a: b", b"POST / HTTP/1.1", b"\n", b"\r\n", b"{", b'"headers":', b"{}", b"}"])
    | st.binary(max_size=4)
).map(b"".join)


def headers_of(body: bytes) -> dict[str, str]:
    return Signer(project_key(), clock=clock).headers(body)


@given(BODIES)
@pytest.mark.parametrize("write", [format_http, format_json])
def test_what_is_written_is_read_back(write: Any, body: bytes) -> None:
    headers = headers_of(body)
    assert read_request(write(headers, body), "it") == Request(list(headers.items()), body)


@given(BODIES)
def test_a_request_of_the_wire_is_read(body: bytes) -> None:
    """With a request line, and CRLF at the end of each line."""
    headers = headers_of(body)
    lines = ["POST /open-api/token HTTP/1.1", *(f"{name}:{headers[name]} " for name in headers)]
    text = "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body
    assert read_request(text, "it") == Request(list(headers.items()), body)


@pytest.mark.parametrize("write", [format_http, format_json])
def test_a_byte_order_mark_is_an_editors(write: Any) -> None:
    headers = headers_of(b"{}")
    text = b"\xef\xbb\xbf" + write(headers, b"{}")
    assert read_request(text, "it") == Request(list(headers.items()), b"{}")


@given(TEXTS)
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        request = read_request(text, "it")
    except Unreadable:
        return
    for name, value in request.headers:
        assert name == name.strip() != ""
        assert value == value.strip(" \t")
    assert text.lstrip().startswith(b"{") or text.endswith(request.body)
