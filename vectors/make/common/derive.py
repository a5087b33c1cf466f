"""Made-up bytes and numbers, all of them derived from one published phrase.

Block 0 is HMAC-SHA256(PHRASE, label), block i is HMAC-SHA256(PHRASE, label + "/" + i). The blocks
are joined and cut to the length. Nothing is random, and nothing is a secret.

A label is "file/purpose/number". It decides the published bytes, so it never changes, even where
the code has found a better word since.
"""

import hmac

PHRASE = b"kmcrypto test vectors, version 1: published, and protecting nothing"


def derive(label: str, length: int) -> bytes:
    """Derive `length` bytes from a label."""
    labels = [label] + [f"{label}/{number}" for number in range(1, length // 32 + 1)]
    blocks = [hmac.digest(PHRASE, block_label.encode(), "sha256") for block_label in labels]
    return b"".join(blocks)[:length]


def derive_digits(label: str, length: int) -> str:
    """Derive `length` decimal digits from a label: its bytes modulo 10."""
    return "".join(str(byte % 10) for byte in derive(label, length))


def derive_card_number(label: str) -> str:
    """Derive 16 digits that cannot be a card number.

    They begin with 0, which no issuer has, and their Luhn check digit is wrong.
    """
    number = "0" + derive_digits(label, 15)
    if luhn_sum(number) != 0:
        return number
    wrong_digit = (int(number[15]) + 1) % 10
    return f"{number[:15]}{wrong_digit}"


def luhn_sum(number: str) -> int:
    """Compute the Luhn sum modulo 10: 0 if the check digit is right."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit)
        if position % 2 == 1:
            value *= 2
        if value > 9:
            value -= 9
        total += value
    return total % 10
