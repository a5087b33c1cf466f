"""exchange_v1.json: whole calls, as a gateway, a client and both sides of a callback see them.

A gateway or a callback receiver takes requests (calls.py); a client or the platform, after a
callback, opens answers (answers.py).
"""

from ..common.vector_file import VectorFile
from .callback import add_callbacks
from .callback_keys import add_callback_keys, add_callback_secrets
from .client import add_client
from .codes import add_codes_and_echoes
from .gateway import add_gateway
from .keys import add_keys
from .notes import NOTES
from .projects import add_projects
from .replay import add_replays
from .time import add_times


def exchange_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "exchange",
        about="whole calls: gateway, client and callbacks (S3.6, S4 to S7, S10)",
        description=[
            "gateway and callback-receiver take the request after those in before, which came to "
            "the same receiver: it took those whose stage is null, and refused the others at that "
            "stage; client and callback-opener read the answer to the request "
            "whose headers are in request.",
            "The steps of receivers and openers, in their order, are the tables of S12 in "
            "docs/protocol.md.",
            "payload is JSON text: two are the same when their values are.",
            "claim is what a receiver claims for a request, for how long (seconds), and whose it "
            "is: S11 has it to the byte. The retention is 86,400 s.",
        ],
        notes=NOTES,
    )
    add_gateway(file)
    add_keys(file)
    add_replays(file)
    add_times(file)
    add_client(file)
    add_callbacks(file)
    add_callback_keys(file)
    add_callback_secrets(file)
    add_codes_and_echoes(file)
    add_projects(file)
    return file
