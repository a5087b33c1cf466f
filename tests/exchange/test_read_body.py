"""`read_body`: a body that comes in chunks is collected up to the limit (D10, D11)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto import CallbackReceiver, Gateway, Project, errors
from tests.support.chunks import Chunks, finish
from tests.support.leaks import our_locals
from tests.support.parties import project_key

LIMIT = 100
GATEWAY = Gateway(lambda _: None, max_body=LIMIT)
CARD = b"9410000000001234"


def read(chunks: Any, receiver: Any = GATEWAY) -> Any:
    return finish(receiver.read_body(chunks))


@given(st.lists(st.binary(max_size=40)))
def test_a_body_is_the_chunks_in_their_order_up_to_the_limit(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    if len(body) <= LIMIT:
        assert read(Chunks(chunks)) == body
    else:
        with pytest.raises(errors.BodyTooLarge, match=r"max_body, 100 bytes"):
            read(Chunks(chunks))


def test_nothing_is_read_after_the_limit() -> None:
    chunks = Chunks([b"x" * 60] * 1_000_000)
    with pytest.raises(errors.BodyTooLarge):
        read(chunks)
    assert chunks.read == 2


def test_a_receiver_of_callbacks_reads_bodies_too() -> None:
    receiver = CallbackReceiver(Project(project_key()), max_body=2)
    assert read(Chunks([b"{", b"}"]), receiver) == b"{}"


@pytest.mark.parametrize("failure", [OSError("connection lost"), asyncio.CancelledError()])
def test_what_the_chunks_raise_passes_through_without_the_body(failure: BaseException) -> None:
    """D7: it is raised in the frame that holds what was collected."""
    with pytest.raises(type(failure)) as caught:
        read(Chunks([CARD], failure))
    assert our_locals(caught.value) == []


def test_a_body_that_is_too_long_leaves_nothing_of_it() -> None:
    """D7."""
    with pytest.raises(errors.BodyTooLarge) as caught:
        read(Chunks([CARD] * 10))
    assert our_locals(caught.value) == []


@pytest.mark.parametrize(
    "chunks", [b"{}", [b"{}"], None, iter([b"{}"])], ids=["bytes", "list", "None", "iterator"]
)
def test_chunks_that_do_not_come_one_after_the_other_are_a_type_error(chunks: Any) -> None:
    with pytest.raises(TypeError, match="chunks must be AsyncIterable, not "):
        read(chunks)


@pytest.mark.parametrize("chunk", ["{}", None, 5, bytearray(b"{}")], ids=repr)
def test_a_chunk_that_is_not_bytes_is_a_type_error(chunk: Any) -> None:
    name = type(chunk).__name__
    with pytest.raises(TypeError, match=f"a chunk of the body must be bytes, not {name}"):
        read(Chunks([b"{", chunk]))
