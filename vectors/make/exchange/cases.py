"""exchange_v1.json: whole calls, as a gateway, a client and both sides of a callback see them.

A gateway or a callback receiver takes requests (calls.py); a client or the platform, after a
callback, opens answers (answers.py).
"""

from ..common.vector_file import VectorFile
from .callback import add_callbacks
from .client import add_client
from .gateway import add_gateway
from .keys import add_keys
from .notes import NOTES
from .replay import add_replays
from .time import add_times


def exchange_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "exchange",
        about="whole calls: gateway, client and callbacks (S3.6, S4 to S7, S10)",
        description=[
            "gateway and callback-receiver take the request after those in before, all of which "
            "the same receiver takes; client and callback-opener read the answer to the request "
            "whose headers are in request.",
            "A receiver's steps, in this order: sizes; header syntax; tran time within 5 s of the "
            "token's; the project by its access key; MAC; asp id; state of the project key; time "
            "tolerance; JSON and envelope; crypto key id and state; replay claim; RSA; payload "
            "JSON. Unknown and discarded access keys, a wrong asp id and a wrong MAC are one "
            "outcome.",
            "payload is JSON text: two are the same when their values are.",
        ],
        notes=NOTES,
    )
    add_gateway(file)
    add_keys(file)
    add_replays(file)
    add_times(file)
    add_client(file)
    add_callbacks(file)
    return file
