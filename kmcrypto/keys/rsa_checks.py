"""The checks that every RSA key must pass: type, size, exponent and modulus (S4.2).

A key is checked once, when it is loaded. The modulus is checked for the mistakes of key generators
that make it easy to factor: a prime factor below 2^16, ROCA, and two primes too close together. All
checks need the public key only.

A public key whose modulus is itself a prime is not found: a test of that takes many times as long
as all these checks together. `cryptography` tests the primes of a private key.
"""

from functools import cache
from math import gcd, isqrt, prod

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)

from ..errors import InvalidKey

MIN_BITS = 2048  # S4.2
MAX_BITS = 8192
_MIN_EXPONENT = 65537
_MAX_EXPONENT = (1 << 64) - 1  # OpenSSL takes no larger one for a modulus above 3072 bits
_MAX_PRIME_BITS = MAX_BITS // 2

WRONG_SIZE = f"the RSA key must have {MIN_BITS} to {MAX_BITS} bits (S4.2)"


def check_public_key(key: object) -> RSAPublicKey:
    """Return the key if its type, size, exponent and modulus are sound (S4.2); else InvalidKey."""
    if not isinstance(key, RSAPublicKey):
        raise InvalidKey("the key must be an RSA key (S4.2)")
    check_size(key.key_size)
    numbers = key.public_numbers()
    check_exponent(numbers)
    _check_modulus(numbers.n)
    return key


def check_size(bits: int) -> None:
    """Raise InvalidKey unless an RSA key has 2048 to 8192 bits (S4.2).

    Called at every use of a key: a caller's own key object may change.
    """
    if not MIN_BITS <= bits <= MAX_BITS:
        raise InvalidKey(WRONG_SIZE)


def check_exponent(numbers: RSAPublicNumbers) -> None:
    """Raise InvalidKey unless the exponent is odd, 65537 or more and below 2^64 (S4.2)."""
    if not _MIN_EXPONENT <= numbers.e <= _MAX_EXPONENT or numbers.e % 2 == 0:
        raise InvalidKey("the RSA exponent must be odd, 65537 or more and below 2^64 (S4.2)")


def make_private_key(numbers: RSAPrivateNumbers) -> RSAPrivateKey:
    """Make a private key of its numbers, after `cryptography` has checked that they fit.

    It tests first whether the factors are prime. That takes minutes for a long factor, even if the
    factors have nothing to do with the modulus. So their sizes and their product are checked
    before.

    Raises InvalidKey, or ValueError from `cryptography`.
    """
    public = numbers.public_numbers
    check_size(public.n.bit_length())
    check_exponent(public)
    if numbers.p * numbers.q != public.n:
        raise InvalidKey("the numbers of the private key do not fit: n must be p times q (S4.2)")
    if max(numbers.p, numbers.q).bit_length() > _MAX_PRIME_BITS:
        raise InvalidKey(f"a prime of the RSA key must have at most {_MAX_PRIME_BITS} bits (S4.2)")
    return numbers.private_key()


def _check_modulus(modulus: int) -> None:
    if modulus % 2 == 0 or gcd(modulus, _product_of_small_primes()) != 1:
        raise InvalidKey("the RSA modulus has a small factor (S4.2)")
    if _is_roca(modulus) or _has_close_factors(modulus):
        raise InvalidKey("the RSA modulus is easily factored: ROCA, or two primes too close (S4.2)")


_SMALL_FACTOR_LIMIT = 1 << 16


@cache
def _product_of_small_primes() -> int:
    """Return the product of all odd primes below 2^16.

    A modulus has one of them as a factor exactly if it has a divisor in common with the product.
    Both primes of a sound modulus have hundreds of digits.
    """
    # The sieve of Eratosthenes.
    is_prime = bytearray(b"\1") * _SMALL_FACTOR_LIMIT
    for number in range(3, isqrt(_SMALL_FACTOR_LIMIT) + 1, 2):
        multiples = range(number * number, _SMALL_FACTOR_LIMIT, 2 * number)
        is_prime[multiples.start :: multiples.step] = bytes(len(multiples))
    primes = [number for number in range(3, _SMALL_FACTOR_LIMIT, 2) if is_prime[number]]
    # Numbers of like length multiply fastest: neighbours first, then their products.
    group = isqrt(len(primes))
    return prod(prod(primes[start : start + group]) for start in range(0, len(primes), group))


# ROCA (CVE-2017-15361): the primes of Infineon's faulty library have the form
#
#     p = k * M + (65537^a mod M),   M the product of the first 39 to 225 primes,
#
# so that p, and with it the modulus n = p * q, is a power of 65537 modulo every prime r that
# divides M. For each r below, the powers of 65537 are at most half of the remainders that are not
# 0: 2 of 10 for r = 11, 78 of 156 for r = 157. Of 200 million other moduli, about one passes all
# 17 tests.
_ROCA_PRIMES = (11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157)


def _is_roca(modulus: int) -> bool:
    """Tell whether a modulus has the fingerprint of ROCA."""
    for prime in _ROCA_PRIMES:
        powers = {pow(65537, exponent, prime) for exponent in range(prime)}
        if modulus % prime not in powers:
            return False
    return True


# Close factors (CVE-2022-26320): for odd primes p and q, with a = (p + q) / 2 and b = (p - q) / 2,
#
#     n = p * q = a^2 - b^2,   so a^2 - n is a square, and a >= sqrt(n).
#
# Fermat's method tries a = ceil(sqrt(n)) and the integers after it until a^2 - n is a square; it
# needs about (p - q)^2 / (8 * sqrt(n)) steps. That is one step if the upper halves of p and q are
# alike, and far too many for anybody if both were drawn at random.
_FERMAT_STEPS = 32


def _has_close_factors(modulus: int) -> bool:
    """Tell whether Fermat's method factors a modulus in a few steps."""
    root = isqrt(modulus - 1) + 1  # the square root, rounded up
    for a in range(root, root + _FERMAT_STEPS):
        b_squared = a * a - modulus
        if isqrt(b_squared) ** 2 == b_squared:
            return True
    return False
