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
            "gateway and callback-receiver take the request after those in before, which came to "
            "the same receiver: it took those whose stage is null, and refused the others at that "
            "stage; client and callback-opener read the answer to the request "
            "whose headers are in request.",
            "A receiver's steps, in this order: sizes; header syntax; tran time within 5 s of the "
            "token's; the project by its access key; MAC; asp id; state of the project key; time "
            "tolerance; JSON and envelope; crypto key id and state; replay claim; RSA; payload "
            "JSON. Unknown and discarded access keys, a wrong asp id and a wrong MAC are one "
            "outcome.",
            "payload is JSON text: two are the same when their values are.",
            "claim is what a receiver claims for a request, for how long, and whose it is. Its key "
            "is the SHA-256 of a label, of ids in ASCII, and of the MAC: 'kmcrypto encrypted "
            "claim:' and the crypto key id; 'kmcrypto unique claim:'; or 'kmcrypto plain claim:', "
            "the access key and the correlation id in lower case. Of ids that share the pair that "
            "decrypts, it is the first issued. The owner is the first 8 bytes of the SHA-256 of "
            "'kmcrypto owner:' and the access key. On callbacks, which have none, it is the "
            "project's. The retention is 86,400 s.",
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
