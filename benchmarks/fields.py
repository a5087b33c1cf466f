"""What more fields cost: ten share one RSA operation, so they must not cost ten times one."""

from __future__ import annotations

from kmcrypto import FieldCipher

from .measure import Case, Loop, loop
from .parties import parties


def document_of(fields: int) -> dict[str, str]:
    """A record with so many members, each of 16 digits."""
    return {f"field{number}": f"{number:016}" for number in range(fields)}


def encrypt(fields: int) -> Loop:
    """`FieldCipher.encrypt` of a record in which a selector each names every member."""
    document = document_of(fields)
    cipher = FieldCipher.for_client(parties().provider_ring, [f"$.{name}" for name in document])
    return loop("encrypt(document)", encrypt=cipher.encrypt, document=document)


def decrypt(fields: int) -> Loop:
    """`FieldCipher.decrypt` of what that makes."""
    document = document_of(fields)
    selectors = [f"$.{name}" for name in document]
    sealed = FieldCipher.for_client(parties().provider_ring, selectors).encrypt(document).document
    cipher = FieldCipher.for_gateway(parties().platform_ring, selectors)
    return loop("decrypt(document)", decrypt=cipher.decrypt, document=sealed)


def ratios() -> list[Case]:
    """What the budget limits."""
    return [
        Case("fields.encrypt", encrypt(10), encrypt(1), "ten fields against one"),
        Case("fields.decrypt", decrypt(10), decrypt(1), "ten fields against one"),
    ]
