"""Tokens under other algorithms: genuine ones, costly ones, and those that mix up kinds of keys."""

import hashlib
import hmac
from dataclasses import replace

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..common.derive import derive
from ..common.encode import b64url, compact_json
from ..common.jwe import Jwe, header_with, make_jwe
from ..common.key_files import private_key, public_pem
from ..common.rsa_oaep import Oaep, rsa_encrypt
from ..common.vector_file import Case, Group
from .maker import KEY, PLAINTEXT, deflated_zeros, negative_jwe, pad_pkcs1


def add_algorithms(group: Group, base: Case) -> None:
    """Add tokens under other algorithms."""
    add_costly_tokens(group, base)
    add_genuine_tokens(group, base)
    add_confusion(group, base)
    add_signed_tokens(group, base)


def add_costly_tokens(group: Group, base: Case) -> None:
    """Add a decompression bomb, and a password that asks for 2^31 rounds."""
    bomb = make_jwe("jwe/bomb", deflated_zeros(4064), header_with({"zip": "DEF"}))
    comment = "a mebibyte of zeros, deflated"
    negative_jwe(group, base, comment, "Compression", bomb.compact)
    cek = derive("jwe/PBES2/cek", 16)
    costly = encrypt_with_password(b"password", cek, (1 << 31) - 1)
    comment = "PBES2 with 2^31 - 1 rounds"
    negative_jwe(group, base, comment, "WorkFactor", costly.compact)


def add_genuine_tokens(group: Group, base: Case) -> None:
    """Add tokens that are right in every way under another algorithm."""
    rows = [
        ("a genuine RSA1_5 token", "RsaPkcs1", encrypt_rsa1_5()),
        ("a genuine RSA-OAEP token", "Algorithm", encrypt_rsa_oaep("RSA-OAEP", "sha1")),
        ("a genuine RSA-OAEP-512 token", "Algorithm", encrypt_rsa_oaep("RSA-OAEP-512", "sha512")),
        ("a genuine A192GCM token", "ContentAlgorithm", encrypt_a192gcm()),
        ("a genuine A128CBC-HS256 token", "ContentAlgorithm", encrypt_a128cbc_hs256()),
    ]
    for comment, flag, jwe in rows:
        negative_jwe(group, base, comment, flag, jwe.compact, jwe.intermediate)


def encrypt_rsa1_5() -> Jwe:
    """Encrypt with RSAES-PKCS1-v1_5 (RFC 7518, 4.2)."""
    cek = derive("jwe/RSA1_5/cek", 16)
    encrypted_key = rsa_encrypt(pad_pkcs1(cek, "jwe/RSA1_5/padding"), KEY)
    header = header_with({"alg": "RSA1_5"})
    return make_jwe("jwe/RSA1_5", PLAINTEXT, header, cek=cek, encrypted_key=encrypted_key)


def encrypt_rsa_oaep(alg: str, hash_name: str) -> Jwe:
    """Encrypt with RSA-OAEP and another hash."""
    hash_ = getattr(hashlib, hash_name)
    oaep = Oaep(hash=hash_, mgf_hash=hash_)
    return make_jwe(f"jwe/{alg}", PLAINTEXT, header_with({"alg": alg}), oaep=oaep)


def encrypt_a192gcm() -> Jwe:
    """Encrypt the content with AES-192-GCM."""
    cek = derive("jwe/A192GCM/cek", 24)
    return make_jwe("jwe/A192GCM", PLAINTEXT, header_with({"enc": "A192GCM"}), cek=cek)


def encrypt_a128cbc_hs256() -> Jwe:
    """Encrypt the content with A128CBC-HS256 (RFC 7518, 5.2)."""
    cek = derive("jwe/A128CBC-HS256/cek", 32)
    iv = derive("jwe/A128CBC-HS256/iv16", 16)
    header = header_with({"enc": "A128CBC-HS256"})
    jwe = make_jwe("jwe/A128CBC-HS256", b"", header, cek=cek)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(PLAINTEXT) + padder.finalize()
    encryptor = Cipher(algorithms.AES(cek[16:]), modes.CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    aad = jwe.protected.encode()
    aad_bits = (len(aad) * 8).to_bytes(8, "big")
    mac = hmac.digest(cek[:16], aad + iv + ciphertext + aad_bits, "sha256")
    return replace(jwe, iv=iv, ciphertext=ciphertext, tag=mac[:16])


def encrypt_with_password(password: bytes, cek: bytes, rounds: int) -> Jwe:
    """Encrypt with PBES2-HS256+A128KW (RFC 7518, 4.8); at most 1,000 of the rounds are done."""
    alg = "PBES2-HS256+A128KW"
    salt = derive("jwe/PBES2/salt", 16)
    header = compact_json({"enc": "A128GCM", "alg": alg, "p2c": rounds, "p2s": b64url(salt)})
    full_salt = alg.encode() + b"\0" + salt
    wrapping_key = hashlib.pbkdf2_hmac("sha256", password, full_salt, min(rounds, 1000), 16)
    encrypted_key = aes_key_wrap(wrapping_key, cek)
    return make_jwe("jwe/PBES2", PLAINTEXT, header, cek=cek, encrypted_key=encrypted_key)


PUBLIC_PEM = public_pem(KEY)
PUBLIC_DER = (
    private_key(KEY).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)
PUBLIC_SECRETS = {
    "the PEM": PUBLIC_PEM,
    "the DER": PUBLIC_DER,
    "the SHA-256 of the PEM": hashlib.sha256(PUBLIC_PEM).digest(),
}


def add_confusion(group: Group, base: Case) -> None:
    """Add tokens whose secret is the public key, which everybody has."""
    flag = "AlgorithmConfusion"
    for reason, secret in PUBLIC_SECRETS.items():
        header = header_with({"alg": "dir"})
        jwe = make_jwe("jwe/dir", PLAINTEXT, header, cek=secret[:16], encrypted_key=b"")
        negative_jwe(group, base, f"dir with {reason}'s beginning", flag, jwe.compact)
    cek = derive("jwe/A256KW/cek", 16)
    wrapped = aes_key_wrap(PUBLIC_PEM[:32], cek)
    header = header_with({"alg": "A256KW"})
    jwe = make_jwe("jwe/A256KW", PLAINTEXT, header, cek=cek, encrypted_key=wrapped)
    negative_jwe(group, base, "A256KW under the PEM's beginning", flag, jwe.compact)
    jwe = encrypt_with_password(PUBLIC_PEM, cek, 1000)
    negative_jwe(group, base, "PBES2 with the PEM for a password", flag, jwe.compact)


def add_signed_tokens(group: Group, base: Case) -> None:
    """Add signed and unsecured tokens in the place of an encrypted one."""
    payload = b64url(PLAINTEXT)
    unsecured = b64url(b'{"alg":"none"}') + "." + payload
    signed = b64url(b'{"alg":"HS256"}') + "." + payload
    mac = hmac.digest(PUBLIC_PEM, signed.encode(), "sha256")
    tokens = {
        "alg none": unsecured + ".",
        "HS256 under the PEM": signed + "." + b64url(mac),
    }
    for reason, token in tokens.items():
        negative_jwe(group, base, f"a JWS, {reason}", "Jws", token)
        negative_jwe(group, base, f"a JWS of five segments, {reason}", "Jws", token + "..")
