"""The profile of JWE that kmcrypto reads and writes (S4.2 to S4.4, S4.9)."""

from .._core.forms import MAX_JWE_HEADER

ALG = "RSA-OAEP-256"
CEK_BYTES = {"A128GCM": 16, "A256GCM": 32}
IV_BYTES = 12
TAG_BYTES = 16

# RFC 7516 ignores unknown parameters. Each of these changes what a token means, or brings its own
# key or work (S4.9).
REFUSED_PARAMETERS = frozenset(("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c"))
MAX_ENCODED_HEADER = (MAX_JWE_HEADER * 4 + 2) // 3  # characters; rounded up
