"""The halves of a crypto key as a sealed project holds them: key text made of files, or of a new pair.

Private halves become PKCS#8 without a password, since the seal protects them. A certificate stays one, so that it can
be seen when it expires; other public halves become SubjectPublicKeyInfo.
"""

from argparse import Namespace
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ...errors import InvalidKey
from ...keys.crypto_key import Side, read_side
from ...keys.key_text import Form, read_key_text
from ...keys.loading import Half
from ..common.failure import Failure
from ..common.secrets_in import Secret, read_file, read_secret


def read_halves(args: Namespace) -> dict[str, str]:
    """The key texts by the names of `CryptoKey.load`, of the files and new pairs that `add-crypto` was told of."""
    texts: dict[str, str] = {}
    passwords_used = 0
    for side in Side:
        public, private = (getattr(args, f"{side.value}_{half}") for half in ("public", "private"))
        if side.value in args.generate:
            if public or private:
                raise Failure(
                    f"--generate {side.value} makes both halves: give no file of that side"
                )
            half = Half(private=rsa.generate_private_key(65537, args.bits))
        else:
            opener = None if private is None else read_file(private)
            password = None
            if opener is not None and _has_password(opener):
                password = read_secret(Secret.KEY_PASSWORD, args.password_file, of=str(private))
                passwords_used += 1
            half = read_side(side, _read(public), opener, password)
        texts |= _texts(side, half)
    if args.password_file is not None and not passwords_used:
        raise Failure("--password-file is given, and no private half has a password")
    return texts


def public_pem(key: rsa.RSAPublicKey) -> str:
    """A public key as SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _read(path: Path | None) -> bytes | None:
    return None if path is None else read_file(path)


def _has_password(data: bytes) -> bool:
    try:
        return read_key_text(data)[0] in (Form.ENCRYPTED_PKCS8, Form.PKCS12)
    except InvalidKey:
        return False  # whoever reads it as a key says what is wrong with it


def _texts(side: Side, half: Half) -> dict[str, str]:
    texts = {}
    if half.certificate is not None:
        texts[f"{side.value}_public"] = half.certificate.public_bytes(Encoding.PEM).decode()
    elif half.public is not None and half.private is None:
        texts[f"{side.value}_public"] = public_pem(half.public)
    if half.private is not None:
        private = cast(rsa.RSAPrivateKey, half.private)  # it came out of a file
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        texts[f"{side.value}_private"] = pem.decode()
    return texts
