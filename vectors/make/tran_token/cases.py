"""tran_token_v1.json: the tran token alone, a MAC over a body with one spelling (S3).

The base of most cases is one token, over one JSON body under one secret. The last groups have a
secret each.
"""

from typing import NamedTuple

from ..common.encode import (
    ARABIC_INDIC_ZERO,
    FULLWIDTH_ZERO,
    Json,
    as_bytes,
    as_hex,
    as_repeat,
    as_text,
    b64,
    flip_bit,
    in_script,
    read_bytes,
    sha256_hex,
)
from ..common.errors import MALFORMED_TOKEN, SIGNATURE_MISMATCH
from ..common.jwe import check_jwe, envelope, make_jwe
from ..common.vector_file import Case, Group, VectorFile
from ..common.wire import compute_mac, make_token
from .notes import NOTES

TIME = "20261123091509123"
SECRET = "Made-up-secret-0123456789"
BODY_TEXT = '{"cardNo":"0000111122223333","type":"ATM","amount":1500}'
BODY = BODY_TEXT.encode()
MAC = compute_mac(SECRET, BODY)
MAC_TEXT = b64(MAC)
HEAD = f"KMV1:{TIME}:"
TOKEN = HEAD + MAC_TEXT

EUC_KR_BODY = '{"이름":"비밀"}'.encode("euc-kr")
BASE64_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def tran_token_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "tran_token",
        about="the tran token over exact bytes (S3)",
        description=[
            "verify: read the token in its one form, then compare its MAC with that of the body "
            "under the secret.",
            "A valid test is also one of signing: secret, body and time give exactly this token.",
        ],
        notes=NOTES,
    )
    group = file.group(secret=SECRET)
    base = positive_token(group, "a JSON body", "Normal", as_text(BODY_TEXT))
    add_bodies(group)
    add_times(group)
    add_scripts(group, base)
    add_mac_spellings(group, base)
    add_mac_lengths(group, base)
    add_forms(group, base)
    add_wrong_macs(group, base)
    add_wrong_bytes(group, base)
    add_wrong_mac_texts(group, base)
    add_reserialised_bodies(group, base)
    add_secrets_that_look_encoded(file)
    add_secret_lengths(file)
    return file


def positive_token(
    group: Group, comment: str, flags: str, body: Json, time: str = TIME, rule: str | None = None
) -> Case:
    """Add the right token of a body, under the group's secret."""
    secret = group.shared["secret"]
    raw = read_bytes(body)
    return group.positive(
        comment,
        flags,
        rule=rule,
        operation="verify",
        token=make_token(secret, time, raw),
        body=body,
        outputs={"time": time},
        intermediate={"bodySha256": sha256_hex(raw), "mac": compute_mac(secret, raw).hex()},
    )


class BodyPair(NamedTuple):
    """A body, and another one that is easily taken for it."""

    comment: str
    body: Json
    other_comment: str
    other: Json


BODY_PAIRS = [
    BodyPair("no body", as_text(""), "a blank for no body", as_text(" ")),
    BodyPair("one byte", as_text("a"), "no body for one byte", as_text("")),
    BodyPair(
        "a body of 1 MiB",
        as_repeat(b"a", 1 << 20),
        "1 MiB less a byte",
        as_repeat(b"a", (1 << 20) - 1),
    ),
    BodyPair(
        "UTF-8 Hangul",
        as_text('{"이름":"비밀"}'),
        "the same text in EUC-KR",
        as_hex(EUC_KR_BODY),
    ),
    BodyPair(
        "bytes that are no UTF-8",
        as_hex(EUC_KR_BODY),
        "the same text in UTF-8",
        as_text('{"이름":"비밀"}'),
    ),
    BodyPair("composed Hangul", as_text('"가"'), "decomposed Hangul", as_text('"\u1100\u1161"')),
    BodyPair("an emoji", as_text('"\U0001f600"'), "it as escapes", as_text('"\\ud83d\\ude00"')),
    BodyPair("a byte order mark", as_hex(b"\xef\xbb\xbf{}"), "without the mark", as_text("{}")),
    BodyPair("a NUL within", as_hex(b"{}\0x"), "cut at the NUL", as_text("{}")),
    BodyPair("a line feed at the end", as_hex(b"{}\n"), "without the line feed", as_text("{}")),
    BodyPair("CR LF within", as_hex(b"{\r\n}"), "LF within", as_hex(b"{\n}")),
    BodyPair(
        "every byte once",
        as_hex(bytes(range(256))),
        "one byte missing",
        as_hex(bytes(range(255))),
    ),
    BodyPair("64 bytes, a block", as_repeat(b"\0", 64), "65", as_repeat(b"\0", 65)),
]


def add_bodies(group: Group) -> None:
    """Add bodies of every kind, each with another body that its token does not fit."""
    for pair in BODY_PAIRS:
        base = positive_token(group, pair.comment, "BodyBytes", pair.body)
        group.negative(base, pair.other_comment, "BodyBytes", SIGNATURE_MISMATCH, body=pair.other)


REAL_TIMES = {
    "leap day": "20280229120000000",
    "leap day of a century that has one": "20000229000000000",
    "first millisecond of a year": "20270101000000000",
    "last millisecond of a year": "20261231235959999",
    "the last of 2099": "20991231235959999",
    "30 April": "20260430010203004",
    "midnight": "20261123000000000",
}
IMPOSSIBLE_TIMES = {
    "29 February of a common year": "20260229120000000",
    "29 February 2100": "21000229120000000",
    "month 13": "20261315093045123",
    "month 0": "20260015093045123",
    "day 0": "20261100093045123",
    "31 November": "20261131093045123",
    "day 32": "20261232093045123",
    "hour 24": "20261123240000000",
    "minute 60": "20261123096000000",
    "second 60": "20261231235960000",
    "second 99": "20261123091599123",
    "year 0": "00001123091509123",
}
NOT_17_DIGITS = {
    "16 digits": TIME[:16],
    "18 digits": TIME + "0",
    "14 digits": TIME[:14],
    "no digits": "",
    "Arabic-Indic digits": in_script(TIME, ARABIC_INDIC_ZERO),
    "fullwidth digits": in_script(TIME, FULLWIDTH_ZERO),
    "one Devanagari digit": TIME[:16] + "\u0969",
    "a superscript digit": TIME[:16] + "\xb3",
    "a plus sign": "+" + TIME[1:],
    "a minus sign": "-" + TIME[1:],
    "an underscore": TIME[:16] + "_",
    "a leading blank": " " + TIME[1:],
    "a blank at the end": TIME[:16] + " ",
    "a letter O": TIME[:16] + "O",
    "a point before the milliseconds": TIME[:14] + "." + TIME[14:16],
    "hex digits": TIME[:15] + "0x",
}


def add_times(group: Group) -> None:
    """Add real times and texts that are no time. The MAC covers the body alone, so it is right."""
    body = as_text(BODY_TEXT)
    for comment, time in REAL_TIMES.items():
        positive_token(group, comment, "TokenTime", body, time)
    base = positive_token(
        group, "28 February of a common year", "TokenTime", body, "20260228235959999"
    )
    for comment, time in IMPOSSIBLE_TIMES.items():
        token = make_token(SECRET, time, BODY)
        group.negative(base, comment, "ImpossibleTime", MALFORMED_TOKEN, token=token)
    for comment, time in NOT_17_DIGITS.items():
        token = make_token(SECRET, time, BODY)
        group.negative(base, comment, "TimeDigits", MALFORMED_TOKEN, token=token)


ZEROS_OF_SCRIPTS = {
    "Extended Arabic-Indic": 0x6F0,
    "Bengali": 0x9E6,
    "Tamil": 0xBE6,
    "Thai": 0xE50,
    "Tibetan": 0xF20,
    "Myanmar": 0x1040,
    "Khmer": 0x17E0,
    "Mongolian": 0x1810,
    "mathematical": 0x1D7CE,
    "segmented": 0x1FBF0,
}


def add_scripts(group: Group, base: Case) -> None:
    """Add one digit of another script, which int() and isdigit() take (Unicode's category Nd)."""
    for script, zero in ZEROS_OF_SCRIPTS.items():
        time = TIME[:9] + in_script(TIME[9], zero) + TIME[10:]
        token = make_token(SECRET, time, BODY)
        group.negative(base, f"a {script} digit", "TimeDigits", MALFORMED_TOKEN, token=token)


MAC_SPELLINGS = {
    "bits beyond the MAC set": (
        MAC_TEXT[:42] + BASE64_ALPHABET[BASE64_ALPHABET.index(MAC_TEXT[42]) + 1] + "="
    ),
    "padding twice": MAC_TEXT + "=",
    "a blank inside": MAC_TEXT[:20] + " " + MAC_TEXT[20:],
    "no padding, a point": MAC_TEXT[:-1] + ".",
    "a line feed inside": MAC_TEXT[:20] + "\n" + MAC_TEXT[20:],
    "a character that lenient readers skip": MAC_TEXT[:20] + "!" + MAC_TEXT[20:],
    "a line feed for the padding": MAC_TEXT[:-1] + "\n",
    "a blank for the padding": MAC_TEXT[:-1] + " ",
}
OTHER_ALPHABETS = {
    "the URL-safe alphabet": str.maketrans("+/", "-_"),
    "a blank for the +, as form data has it": str.maketrans("+", " "),
}


def add_mac_spellings(group: Group, base: Case) -> None:
    """Add the right MAC in other spellings."""
    for comment, text in MAC_SPELLINGS.items():
        group.negative(base, comment, "MacSpelling", MALFORMED_TOKEN, token=HEAD + text)
    body = as_text(find_body_with_both_signs())
    signs = positive_token(group, "a MAC with + and /", "MacSpelling", body, rule="S3.4")
    for comment, alphabet in OTHER_ALPHABETS.items():
        token = signs.inputs["token"].translate(alphabet)
        group.negative(signs, comment, "MacSpelling", MALFORMED_TOKEN, token=token)


def find_body_with_both_signs() -> str:
    """Find a body whose MAC has a + and a / in base64."""
    for number in range(99):
        body = f'{{"number":{number}}}'
        mac_text = b64(compute_mac(SECRET, body.encode()))
        if "+" in mac_text and "/" in mac_text:
            return body
    raise LookupError("no such body")


OTHER_LETTERS = {
    "Cyrillic": "\u0430",
    "fullwidth": "\uff21",
    "Latin-1": "\xe9",
    "NUL": "\0",
    "Hangul": "가",
}


def add_mac_lengths(group: Group, base: Case) -> None:
    """Add MACs of other lengths and letters."""
    for length in (31, 16, 1, 0):
        token = HEAD + b64(MAC[:length])
        group.negative(
            base, f"{length} bytes of the MAC", "MacLength", MALFORMED_TOKEN, token=token
        )
    longer = {"a byte more": MAC + b"\0", "the MAC twice": MAC * 2}
    for comment, mac in longer.items():
        group.negative(base, comment, "MacLength", MALFORMED_TOKEN, token=HEAD + b64(mac))
    for script, letter in OTHER_LETTERS.items():
        comment = f"a {script} letter in the MAC"
        token = HEAD + letter + MAC_TEXT[1:]
        group.negative(base, comment, "MacCharacters", MALFORMED_TOKEN, token=token)


OTHER_FORMS = {
    "lower-case prefix": "kmv1" + TOKEN[4:],
    "version 2": "KMV2" + TOKEN[4:],
    "no prefix": TOKEN[5:],
    "no second colon": TOKEN[:22] + TOKEN[23:],
    "a semicolon": TOKEN[:22] + ";" + TOKEN[23:],
    "nothing": "",
    "only the prefix": "KMV1:",
    "twice, joined as a proxy does": f"{TOKEN},{TOKEN}",
    "a third part": TOKEN + ":x",
    "a fullwidth colon": TOKEN[:22] + "\uff1a" + TOKEN[23:],
    "a Cyrillic K": "\u041a" + TOKEN[1:],
}
WRAPPINGS = {
    "a line feed at the end": TOKEN + "\n",
    "a blank at the end": TOKEN + " ",
    "a leading blank": " " + TOKEN,
    "CR LF at the end": TOKEN + "\r\n",
    "a no-break space at the end": TOKEN + "\xa0",
    "quotes": f'"{TOKEN}"',
    "a NUL at the end": TOKEN + "\0",
    "a byte order mark": "\ufeff" + TOKEN,
    "a tab before it": "\t" + TOKEN,
}


def add_forms(group: Group, base: Case) -> None:
    """Add other prefixes and colons, and something around the token."""
    for comment, token in OTHER_FORMS.items():
        group.negative(base, comment, "TokenForm", MALFORMED_TOKEN, token=token)
    for comment, token in WRAPPINGS.items():
        group.negative(base, comment, "Wrapping", MALFORMED_TOKEN, token=token)


DOCUMENTED_SAMPLE = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
WRONG_MACS = {
    "the first bit flipped": flip_bit(MAC, 0, 0x80),
    "the last bit flipped": flip_bit(MAC, 31),
    "a byte in the middle changed": flip_bit(MAC, 15, 0xFF),
    "zeros": bytes(32),
    "under an empty secret": compute_mac("", BODY),
    "the MAC of no body": compute_mac(SECRET, b""),
    "the bytes reversed": MAC[::-1],
    "under the secret in lower case": compute_mac(SECRET.lower(), BODY),
    "secret and body exchanged": compute_mac(BODY, SECRET.encode()),
    "under the secret and a line feed": compute_mac(SECRET + "\n", BODY),
    "under another secret": compute_mac("Another-secret", BODY),
}
PLAIN_HASHES = {
    "secret then body": SECRET.encode() + BODY,
    "body then secret": BODY + SECRET.encode(),
}


def add_wrong_macs(group: Group, base: Case) -> None:
    """Add well-formed tokens with another MAC, and other times, which the MAC does not cover."""
    body = as_text(BODY_TEXT)
    other_time = "20200101000000000"
    positive_token(group, "the same MAC under another time", "NotCovered", body, other_time)
    sample_time = DOCUMENTED_SAMPLE[5:22]
    comment = "at the time of the documents' sample"
    at_sample_time = positive_token(group, comment, "Normal", body, sample_time, rule="S3.4")
    comment = "the documents' sample, whose secret nobody knows"
    group.negative(
        at_sample_time,
        comment,
        "WrongMac",
        SIGNATURE_MISMATCH,
        rule="S3.4",
        token=DOCUMENTED_SAMPLE,
    )
    for comment, mac in WRONG_MACS.items():
        group.negative(
            base,
            comment,
            "WrongMac",
            SIGNATURE_MISMATCH,
            token=HEAD + b64(mac),
            intermediate={"mac": mac.hex()},
        )
    for comment, hashed in PLAIN_HASHES.items():
        token = HEAD + b64(bytes.fromhex(sha256_hex(hashed)))
        comment = f"SHA-256 of {comment}"
        group.negative(base, comment, "LengthExtension", SIGNATURE_MISMATCH, token=token)


ACCESS_KEY = "1a2b3c4-00112233445566778899aabbccddeeff"
WRONG_BYTES = {
    "over base64 of the body": b64(BODY).encode(),
    "over access key and time": (ACCESS_KEY + TIME).encode(),
    "over time and body": TIME.encode() + BODY,
    "over hex of the body": BODY.hex().encode(),
    "over the SHA-256 of the body in hex": sha256_hex(BODY).encode(),
    "over the body and its line feed": BODY + b"\n",
}


def add_wrong_bytes(group: Group, base: Case) -> None:
    """Add tokens over something else than the body (S3.8)."""
    for comment, signed in WRONG_BYTES.items():
        token = make_token(SECRET, TIME, signed)
        group.negative(base, comment, "WrongBytesSigned", SIGNATURE_MISMATCH, token=token)
    jwe = make_jwe("tran_token/message/1", BODY)
    check_jwe(jwe, BODY)
    body = as_bytes(envelope(jwe.compact))
    encrypted = positive_token(group, "an encrypted body", "Normal", body, rule="S3.2")
    parts = {
        "over the plaintext of an encrypted body": BODY,
        "over the JWE without its envelope": jwe.compact.encode(),
    }
    for comment, signed in parts.items():
        token = make_token(SECRET, TIME, signed)
        group.negative(encrypted, comment, "WrongBytesSigned", SIGNATURE_MISMATCH, token=token)


WRONG_MAC_TEXTS = {
    "hex": MAC.hex(),
    "hex in capitals": MAC.hex().upper(),
    "base64 of the hex text": b64(MAC.hex().encode()),
}


def add_wrong_mac_texts(group: Group, base: Case) -> None:
    """Add the right MAC, not written as base64 (S3.8), and the length that the documents state."""
    for comment, text in WRONG_MAC_TEXTS.items():
        group.negative(base, comment, "WrongMacText", MALFORMED_TOKEN, token=HEAD + text)
    flags = "WrongMacText DocumentedLength"
    padded_hex = MAC.hex() + "00"
    comment = "the MAC in hex, padded with 00 to 66"
    group.negative(base, comment, flags, MALFORMED_TOKEN, token=HEAD + padded_hex)
    comment = "nothing but hex, padded with 00 to 66"
    group.negative(base, comment, flags, MALFORMED_TOKEN, token=padded_hex)
    comment = "base64 without padding: 66 characters"
    group.negative(base, comment, flags, MALFORMED_TOKEN, rule="S3.4", token=TOKEN[:66])


RESERIALISED_BODIES = {
    "white space added": BODY_TEXT.replace(":", ": ").replace(",", ", "),
    "key order changed": '{"amount":1500,' + BODY_TEXT[1:-15] + "}",
    "indented": BODY_TEXT.replace("{", "{\n ").replace("}", "\n}"),
    "a digit escaped": BODY_TEXT.replace("ATM", "\\u0041TM"),
    "a number written otherwise": BODY_TEXT.replace("1500", "1500.0"),
    "a line feed added": BODY_TEXT + "\n",
}


def add_reserialised_bodies(group: Group, base: Case) -> None:
    """Add bodies that were written again after they were signed (S3.8)."""
    for comment, text in RESERIALISED_BODIES.items():
        body = as_bytes(text.encode())
        group.negative(base, comment, "Reserialised", SIGNATURE_MISMATCH, body=body)
    slash = as_text('{"url":"a/b"}')
    with_slash = positive_token(group, "a slash as it is", "Normal", slash, rule="S3.2")
    escaped = as_text('{"url":"a\\/b"}')
    group.negative(
        with_slash, "the slash escaped", "Reserialised", SIGNATURE_MISMATCH, body=escaped
    )


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
    EncodedSecret(
        "hex", HEX_SECRET, "the secret hex-decoded", HEX_SECRET_BYTES, "WrongSecretBytes"
    ),
    EncodedSecret(
        "hex in capitals", HEX_SECRET.upper(), "the secret in lower case", HEX_SECRET.encode()
    ),
    EncodedSecret(
        "base64",
        b64(HEX_SECRET_BYTES),
        "the secret base64-decoded",
        HEX_SECRET_BYTES,
        "WrongSecretBytes",
    ),
    EncodedSecret("Hangul", "비밀 열쇠", "the secret in EUC-KR", "비밀 열쇠".encode("euc-kr")),
    EncodedSecret(
        "Latin-1 letters",
        "clé-secrète",
        "the secret in Latin-1",
        "clé-secrète".encode("latin-1"),
    ),
    EncodedSecret("a blank within", "two words", "the secret without its blank", b"twowords"),
]


def add_secrets_that_look_encoded(file: VectorFile) -> None:
    """Add secrets that look like something else than text, each with the mistake it invites."""
    body = as_text(BODY_TEXT)
    for row in ENCODED_SECRETS:
        group = file.group(secret=row.secret)
        base = positive_token(group, f"a secret that is {row.comment}", "SecretText", body)
        token = make_token(row.wrong_bytes, TIME, BODY)
        group.negative(base, row.mistake, row.flag, SIGNATURE_MISMATCH, token=token)


def add_secret_lengths(file: VectorFile) -> None:
    """Add secrets around SHA-256's block length; HMAC hashes longer keys first (RFC 2104)."""
    body = as_text(BODY_TEXT)
    for length in (1, 63, 64, 65, 128, 200):
        secret = ("0123456789abcdefghijklmnopqrstuvwxyz" * 6)[:length]
        mistake = "the secret and a 0"
        wrong_secret = secret + "0"
        if length > 64:
            mistake = "the secret cut to a block"
            wrong_secret = secret[:64]
        group = file.group(secret=secret)
        base = positive_token(group, f"a secret of {length} bytes", "HmacKey", body, rule="S3.3")
        token = make_token(wrong_secret, TIME, BODY)
        group.negative(base, mistake, "HmacKey", SIGNATURE_MISMATCH, rule="S3.3", token=token)
