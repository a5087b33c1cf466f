"""exchange_v1.json: whole calls as a gateway, a client and the two sides of a callback see them."""

from functools import lru_cache

from ..common.book import Book
from . import (
    callback,
    client,
    gateway,
    keys,
    replay,
    time,
)
from .notes import NOTES


@lru_cache
def exchange_vectors() -> Book:
    """The whole file."""
    made = Book(
        "exchange",
        [
            "gateway and callback-receiver take the request after those in before, all of which the same receiver takes; "
            "client and callback-opener read the answer to the request whose headers are in request.",
            "A receiver's steps, in this order: sizes; header syntax; tran time within 5 s of the token's; the project by its "
            "access key; MAC; asp id; state of the project key; time tolerance; JSON and envelope; crypto key id and state; "
            "replay claim; RSA; payload JSON. Unknown and discarded access keys, a wrong asp id and a wrong MAC are one outcome.",
            "payload is JSON text: two are the same when their values are.",
        ],
        NOTES,
        ["payload", "cryptoKeyId", "replayProtected", "resultCode"],
    )
    gateway.add(made)
    keys.add(made)
    replay.add(made)
    time.add(made)
    client.add(made)
    callback.add(made)
    return made.numbered()
