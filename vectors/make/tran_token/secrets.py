"""Secrets that look like something else, or are of unusual length (S3.3)."""

from typing import NamedTuple

from ..common.encode import as_text, b64
from ..common.errors import INVALID_KEY, SIGNATURE_MISMATCH
from ..common.vector_file import Case, VectorFile
from ..common.wire import make_token
from .maker import BODY, BODY_TEXT, TIME, positive_token


class EncodedSecret(NamedTuple):
    """A secret that looks encoded, and the bytes that a mistake makes of it."""

    comment: str
    secret: str
    mistake: str
    wrong_bytes: bytes
    flag: str = "SecretText"


HEX_SECRET = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
HEX_SECRET_BYTES = bytes.fromhex(HEX_SECRET)
ENCODED_SECRETS = [
    EncodedSecret("hex", HEX_SECRET, "a hex secret, decoded", HEX_SECRET_BYTES, "WrongSecretBytes"),
    EncodedSecret(
        "hex in capitals", HEX_SECRET.upper(), "a secret in capitals, lowered", HEX_SECRET.encode()
    ),
    EncodedSecret(
        "base64",
        b64(HEX_SECRET_BYTES),
        "a base64 secret, decoded",
        HEX_SECRET_BYTES,
        "WrongSecretBytes",
    ),
    EncodedSecret("Hangul", "비밀 열쇠", "a Hangul secret in EUC-KR", "비밀 열쇠".encode("euc-kr")),
    EncodedSecret(
        "Latin-1 text",
        "clé-secrète",
        "a secret in Latin-1, not UTF-8",
        "clé-secrète".encode("latin-1"),
    ),
    EncodedSecret("two words", "two words", "a secret of two words without its blank", b"twowords"),
    EncodedSecret(
        "decomposed text",
        "cle\u0301-secre\u0300te",
        "a decomposed secret, composed",
        "clé-secrète".encode(),
    ),
    EncodedSecret(
        "beyond U+FFFF",
        "\U0001f511-secret",
        "a secret beyond U+FFFF as two surrogates in UTF-8",
        b"\xed\xa0\xbd\xed\xb4\x91-secret",
    ),
]


def add_secrets_that_look_encoded(file: VectorFile) -> None:
    """Add secrets that look like something else than text, each with the mistake it invites."""
    body = as_text(BODY_TEXT)
    for row in ENCODED_SECRETS:
        group = file.group(secret=row.secret)
        base = positive_token(group, f"a secret that is {row.comment}", "SecretText", body)
        token = make_token(row.wrong_bytes, TIME, BODY)
        group.negative(base, row.mistake, row.flag, SIGNATURE_MISMATCH, token=token)


QUOTES = {
    # comment: an opening and a closing quote
    "in double quotes": ('"', '"'),
    "in single quotes": ("'", "'"),
    "in typographic double quotes": ("\u201c", "\u201d"),
    "in typographic single quotes": ("\u2018", "\u2019"),
}
SINGLE_QUOTES = {
    "a secret that begins with a quote": '"not quoted',
    "a secret that ends in a quote": "not quoted'",
    "a secret between two quotes that are no pair": "\"not quoted'",
    "a secret that is one quote": '"',
    "a secret that is one single quote": "'",
    "a secret between two closing double quotes": "\u201dnot quoted\u201d",
    "a secret between two closing single quotes": "\u2019not quoted\u2019",
    "a secret from a typographic quote to a straight one": '\u201cnot quoted"',
    "a secret from a straight quote to a typographic one": '"not quoted\u201d',
    "a secret between guillemets": "\xabnot quoted\xbb",
    "a secret between German quotes": "\u201enot quoted\u201c",
    "a secret between backticks": "`not quoted`",
}


def add_secrets_in_quotes(file: VectorFile) -> None:
    """Add secrets in a pair of quotes, with the token under the secret without them.

    Other quotes belong to a secret.
    """
    body = as_text(BODY_TEXT)
    secret = "not quoted"
    base = positive_token(
        file.group(secret=secret), "a secret without quotes", "QuotedSecret", body
    )
    for comment, (opening, closing) in QUOTES.items():
        group = file.group(secret=f"{opening}{secret}{closing}")
        group.negative(base, f"the secret {comment}", "QuotedSecret", INVALID_KEY)
    for comment, whole in SINGLE_QUOTES.items():
        positive_token(file.group(secret=whole), comment, "QuotedSecret", body)
    for comment, (opening, closing) in QUOTES.items():
        group = file.group(secret=opening + closing)
        group.negative(base, f"no secret, {comment}", "QuotedSecret", INVALID_KEY)


WRAPPED_SECRETS = {
    # comment: what stands before the secret, and behind it
    "a leading blank": (" ", ""),
    "a blank at the end": ("", " "),
    "a line feed at the end": ("", "\n"),
    "CR LF at the end": ("", "\r\n"),
    "a leading tab": ("\t", ""),
    "a no-break space at the end": ("", "\xa0"),
    "an ideographic space before it": ("\u3000", ""),
    "a line separator at the end": ("", "\u2028"),
    "a next-line character at the end": ("", "\x85"),
    "an Ogham space at the end": ("", "\u1680"),
    "a byte order mark before it": ("\ufeff", ""),
    "a byte order mark at the end": ("", "\ufeff"),
    "a NUL at the end": ("", "\0"),
    "a delete character at the end": ("", "\x7f"),
    "a C1 control character before it": ("\x9b", ""),
}
SECRETS_WITH_SIGNS_INSIDE = {
    "a blank inside": "not wrapped",
    "a no-break space inside": "not\xa0wrapped",
    "a byte order mark inside": "not\ufeffwrapped",
    "a zero-width space at the end": "not-wrapped\u200b",
    "a zero-width space before it": "\u200bnot-wrapped",
}
CONTROLS_INSIDE = {"a tab": "\t", "a line feed": "\n", "a NUL": "\0", "U+0080": "\x80"}


def add_secrets_in_white_space(file: VectorFile) -> None:
    """Add secrets with white space around them, with the token under the secret without it."""
    flag = "SecretForm"
    body = as_text(BODY_TEXT)
    secret = "not-wrapped"
    base = positive_token(file.group(secret=secret), "a secret without blanks", flag, body)
    for comment, (before, behind) in WRAPPED_SECRETS.items():
        group = file.group(secret=before + secret + behind)
        group.negative(base, f"a secret with {comment}", flag, INVALID_KEY)
    for comment, control in CONTROLS_INSIDE.items():
        group = file.group(secret=f"not-{control}wrapped")
        group.negative(
            base, f"a secret with a control character inside: {comment}", flag, INVALID_KEY
        )
    for comment, whole in SECRETS_WITH_SIGNS_INSIDE.items():
        positive_token(file.group(secret=whole), f"a secret with {comment}", flag, body)
    group = file.group(secret="")
    group.negative(base, "an empty secret", flag, INVALID_KEY)
    add_malformed_token(file, base)


def add_malformed_token(file: VectorFile, base: Case) -> None:
    """Add a malformed token under a secret that is refused before it (S5.4): two faults."""
    group = file.group(secret="not-wrapped ")
    token = base.inputs["token"][:-1]
    comment = "a secret with a blank at the end, and a token cut short"
    group.negative(base, comment, "SecretFirst", INVALID_KEY, token=token)


def add_secret_lengths(file: VectorFile) -> None:
    """Add secrets around SHA-256's block length; HMAC hashes longer keys first (RFC 2104)."""
    body = as_text(BODY_TEXT)
    for length in (1, 63, 64, 65, 128, 200, 1025):
        unit = "byte" if length == 1 else "bytes"
        secret = ("0123456789abcdefghijklmnopqrstuvwxyz" * 29)[:length]
        mistake = f"a secret of {length} {unit} and a 0"
        wrong_secret = secret + "0"
        if length > 64:
            mistake = f"a secret of {length} bytes cut to a block"
            wrong_secret = secret[:64]
        group = file.group(secret=secret)
        base = positive_token(group, f"a secret of {length} {unit}", "HmacKey", body, rule="S3.3")
        token = make_token(wrong_secret, TIME, BODY)
        group.negative(base, mistake, "HmacKey", SIGNATURE_MISMATCH, rule="S3.3", token=token)
