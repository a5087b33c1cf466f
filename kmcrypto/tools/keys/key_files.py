"""The keys of a crypto key as text for a sealed project, from key files or from new key pairs.

A private key becomes PKCS#8 without a password, because the seal protects it. A certificate stays a
certificate, so that `keys check` can see when it expires. Any other public key becomes
SubjectPublicKeyInfo.
"""

from argparse import Namespace
from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ...errors import InvalidKey
from ...keys.crypto_key import Side, load_key_pair
from ...keys.key_text import Form, read_key_text
from ...keys.loading import LoadedKey
from ..common.failure import Failure
from ..common.secret_input import Secret, read_file, read_secret

_PUBLIC_EXPONENT = 65537


def read_key_files(args: Namespace) -> dict[str, str]:
    """Return the key texts that the arguments of `add-crypto` ask for.

    The names are those of the parameters of `CryptoKey.load`. Raises Failure and InvalidKey.
    """
    texts: dict[str, str] = {}
    is_password_used = False
    for side in Side:
        public_file = getattr(args, f"{side.value}_public")
        private_file = getattr(args, f"{side.value}_private")
        if side.value in args.generate:
            if public_file or private_file:
                raise Failure(
                    f"--generate {side.value} makes both keys: give no key file of that side"
                )
            texts |= _write_texts(side, _generate_pair(args.bits))
            continue
        private = None if private_file is None else read_file(private_file)
        password = None
        if private is not None and _has_password(private):
            password = read_secret(Secret.KEY_PASSWORD, args.password_file, owner=str(private_file))
            is_password_used = True
        public = None if public_file is None else read_file(public_file)
        texts |= _write_texts(side, load_key_pair(side, public, private, password, args.id))
    if args.password_file is not None and not is_password_used:
        raise Failure("--password-file is given, but no private key file has a password")
    return texts


def public_pem(key: rsa.RSAPublicKey) -> str:
    """Return a public key as SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _generate_pair(bits: int) -> LoadedKey:
    return LoadedKey(private=rsa.generate_private_key(_PUBLIC_EXPONENT, bits))


def _has_password(data: bytes) -> bool:
    try:
        return read_key_text(data)[0] in (Form.ENCRYPTED_PKCS8, Form.PKCS12)
    except InvalidKey:
        return False  # reading it as a key raises the right error


def _write_texts(side: Side, loaded: LoadedKey) -> dict[str, str]:
    texts = {}
    if loaded.certificate is not None:
        texts[f"{side.value}_public"] = loaded.certificate.public_bytes(Encoding.PEM).decode()
    elif loaded.public is not None and loaded.private is None:
        texts[f"{side.value}_public"] = public_pem(loaded.public)
    if loaded.private is not None:
        private = cast(rsa.RSAPrivateKey, loaded.private)  # from a file, or generated
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        texts[f"{side.value}_private"] = pem.decode()
    return texts
