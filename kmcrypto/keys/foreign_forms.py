"""Name the forms of keys that are not taken, and the command that turns each into one that is.

A form is known by a mark: the bytes at its start, the label of its PEM block, or the tags of its
members. Nothing of it is read.

In a command FILE stands for the reader's file. The file that the command writes, or the text that
it prints, is a form that `key_text` takes.
"""

import re

from ..errors import InvalidKey

_JKS_TO_PKCS12 = (
    "run `keytool -importkeystore -srckeystore FILE -srcstoretype {} "
    "-destkeystore key.p12 -deststoretype PKCS12`"
)
_BKS = (
    "a key store of Bouncy Castle (BKS)",
    "run `keytool -importkeystore` with -srcstoretype BKS, -deststoretype PKCS12 "
    "and Bouncy Castle as -provider",
)
_UTF_16 = "UTF-16 text", "run `iconv -f UTF-16 -t UTF-8 FILE > key.pem`"
_OPENSSH_PUBLIC = "an OpenSSH public key", "run `ssh-keygen -e -m PKCS8 -f FILE > key.pem`"
_DOTNET_XML = (
    "an XML key of .NET",
    "load it by RSA.FromXmlString, and write it by ExportPkcs8PrivateKey "
    "or, if it is public, by ExportSubjectPublicKeyInfo",
)
_PKCS7 = "a PKCS#7 file of certificates"
_REQUEST = "a certificate request", "run `openssl req -in FILE -noout -pubkey > key.pem`"
_REQUEST_IN_DER = (
    "a certificate request",
    "run `openssl req -inform DER -in FILE -noout -pubkey > key.pem`",
)
_REVOCATION_LIST = "a certificate revocation list", "ask for the certificate of the key"
_NOT_RSA = "ask for an RSA key"
_EC_KEY = "an EC key", _NOT_RSA
_DSA_KEY = "a DSA key", _NOT_RSA
_DH_PARAMETERS = "a file of Diffie-Hellman parameters", _NOT_RSA
_HEX = "the hex of DER", "run `xxd -r -p FILE key.der`"

# The first bytes of a text or file.
_BY_START = {
    b"\xfe\xed\xfe\xed": ("a Java key store (JKS)", _JKS_TO_PKCS12.format("JKS")),
    b"\xce\xce\xce\xce": ("a Java key store (JCEKS)", _JKS_TO_PKCS12.format("JCEKS")),
    b"\0\0\0\1\0\0\0\x14": _BKS,
    b"\0\0\0\2\0\0\0\x14": _BKS,
    b"\xff\xfe": _UTF_16,
    b"\xfe\xff": _UTF_16,
    b"PuTTY-User-Key-File": (
        "a PuTTY key",
        "run `puttygen FILE -O private-openssh -o key.pem`",
    ),
    b"ssh-rsa": _OPENSSH_PUBLIC,  # or a certificate of OpenSSH, whose name starts like this, too
    b"ssh-ed25519": ("an Ed25519 key", _NOT_RSA),
    b"sk-ssh-ed25519": ("an Ed25519 key", _NOT_RSA),
    b"ssh-dss": _DSA_KEY,
    b"ecdsa-sha2-": _EC_KEY,
    b"sk-ecdsa-sha2-": _EC_KEY,
    b"---- BEGIN SSH2 PUBLIC KEY": (
        "an SSH2 public key",
        "run `ssh-keygen -i -f FILE > key.pub; ssh-keygen -e -m PKCS8 -f key.pub > key.pem`",
    ),
    b"<RSAKeyValue": _DOTNET_XML,
    b"<?xml": _DOTNET_XML,
    b"3082": _HEX,
    b"30:82": _HEX,
}

# The label of a PEM block.
_BY_LABEL = {
    "OPENSSH PRIVATE KEY": (
        "an OpenSSH private key",
        "run `ssh-keygen -p -m PKCS8 -f FILE`, which rewrites the file: use a copy",
    ),
    "PKCS7": (_PKCS7, "run `openssl pkcs7 -in FILE -print_certs`, and give one of them"),
    "CMS": (_PKCS7, "run `openssl cms -cmsout -in FILE -inform PEM -noout -certsout certs.pem`"),
    "TRUSTED CERTIFICATE": (
        "a trusted certificate of OpenSSL",
        "run `openssl x509 -in FILE -out certificate.pem`",
    ),
    "X509 CERTIFICATE": (
        "a certificate under an old label",
        "run `openssl x509 -in FILE -out certificate.pem`",
    ),
    "CERTIFICATE REQUEST": _REQUEST,
    "NEW CERTIFICATE REQUEST": _REQUEST,
    "X509 CRL": _REVOCATION_LIST,
    "EC PRIVATE KEY": _EC_KEY,
    "EC PARAMETERS": _EC_KEY,
    "DSA PRIVATE KEY": _DSA_KEY,
    "DSA PUBLIC KEY": _DSA_KEY,
    "DSA PARAMETERS": _DSA_KEY,
    "DH PARAMETERS": _DH_PARAMETERS,
    "X9.42 DH PARAMETERS": _DH_PARAMETERS,
    "PGP PUBLIC KEY BLOCK": ("an OpenPGP key", "ask for the key as PKCS#8 or as a certificate"),
    "PGP PRIVATE KEY BLOCK": ("an OpenPGP key", "ask for the key as PKCS#8 or as a certificate"),
}

# The tags of a DER structure and its members, as in `key_text.Form`.
_BY_OUTLINE = {
    "30 06 a0": (
        _PKCS7,
        "run `openssl pkcs7 -inform DER -in FILE -print_certs`, and give one of them",
    ),
    "30 02 04 a0": _EC_KEY,
    "30 02 04 a0 a1": _EC_KEY,
    "30 02 02 02 02 02 02": _DSA_KEY,
}

# A certificate, a request for one and a revocation list have the same outline; the outline of their
# first member tells them apart (RFC 2986, 4.1; RFC 5280, 5.1). The last ones have dates, 17 or 18.
_REQUEST_OUTLINE = re.compile("30 02 30 30( a0)?")
_REVOCATION_LIST_OUTLINE = re.compile("30( 02)? 30 30 1[78].*")


def refuse_foreign_start(data: bytes) -> None:
    """Raise InvalidKey, with the way out, for data that starts like a form that is not taken."""
    for start, (title, way_out) in _BY_START.items():
        if data.startswith(start):
            raise _foreign(title, way_out)
    # UTF-16 without a byte order mark: of each two bytes of ASCII one is zero.
    zeros = [byte == 0 for byte in data[:4]]
    if zeros in ([False, True] * 2, [True, False] * 2):
        raise _foreign(*_UTF_16)


def refuse_foreign_label(labels: list[str]) -> None:
    """Raise InvalidKey, with the way out, if all PEM labels are of forms that are not taken.

    Parameters stand before the key that they belong to, so the last one is named.
    """
    if labels and all(label in _BY_LABEL for label in labels):
        raise _foreign(*_BY_LABEL[labels[-1]])


def refuse_foreign_outline(outline: str) -> None:
    """Raise InvalidKey, with the way out, for the outline of a DER structure that is not taken."""
    if outline in _BY_OUTLINE:
        raise _foreign(*_BY_OUTLINE[outline])


def refuse_foreign_signed(outline: str) -> None:
    """Raise InvalidKey, with the way out, for what is signed as a certificate is, but is none.

    `outline` is that of the first member, which holds what is signed.
    """
    if _REQUEST_OUTLINE.fullmatch(outline):
        raise _foreign(*_REQUEST_IN_DER)
    if _REVOCATION_LIST_OUTLINE.fullmatch(outline):
        raise _foreign(*_REVOCATION_LIST)


def _foreign(title: str, way_out: str) -> InvalidKey:
    return InvalidKey(f"{title} is not taken (S4.5): {way_out}")
