"""RSA keys that S4.2 refuses, each with a token that is genuine under it.

A key of 8,192 bits, which is taken, has no test: its primes take a library seconds to check, each
time that somebody runs the vectors.
"""

from ..common.errors import INVALID_KEY
from ..common.jwe import make_jwe
from ..common.vector_file import Case, VectorFile
from .maker import PLAINTEXT

REFUSED_KEYS = {
    "RSA of 2047 bits": "platform_2047",
    "RSA of 8193 bits": "platform_8193",
    "RSA with the exponent 3": "small_exponent_2048",
}


def add_refused_keys(file: VectorFile, base: Case) -> None:
    """Add tokens under keys that are too short, too long, or have a small exponent."""
    for comment, key in REFUSED_KEYS.items():
        group = file.group(privateKey=f"keys/{key}.pem", publicKey=f"keys/{key}.pub.pem")
        jwe = make_jwe(f"jwe/{key}", PLAINTEXT, key=key)
        group.negative(base, comment, "KeyNumbers", INVALID_KEY, jwe=jwe.compact)
