"""tran_token_v1.json: the tran token alone (S3). A MAC over a body, and its one spelling."""

from collections.abc import Iterator
from functools import lru_cache

from ..common.base import (
    Json,
    b64,
    compact,
    hex_bytes,
    mac_of,
    raw_of,
    sha256,
    show,
    text_bytes,
    token_of,
)
from ..common.jwe import message
from ..common.vector_file import Book, Group
from .notes import NOTES

MALFORMED, MISMATCH = "token malformed-token", "token signature-mismatch"
TIME = "20261123091509123"
SECRET = "Made-up-secret-0123456789"
BODY = '{"cardNo":"0000111122223333","type":"ATM","amount":1500}'
MIB = {"repeat": {"hex": "61", "times": 1 << 20}}


def good(
    group: Group, secret: str, comment: str, flags: str, rule: str, body: Json, time: str = TIME
) -> Json:
    """A valid test."""
    raw = raw_of(body)
    values = {
        "operation": "verify",
        "token": token_of(secret, time, raw),
        "body": body,
        "time": time,
    }
    middle = {"bodySha256": sha256(raw), "mac": mac_of(secret, raw).hex()}
    return group.valid(comment, flags, rule, **values, intermediate=middle)


@lru_cache
def book() -> Book:
    """The whole file."""
    made = Book(
        "tran_token",
        [
            "verify: read the token in its one form, then compare its MAC with that of the body under the secret.",
            "A valid test is also one of signing: secret, body and time give exactly this token.",
        ],
        NOTES,
        ["time"],
    )
    group = made.group(secret=SECRET)
    twin = good(group, SECRET, "a JSON body", "Normal", "S3", text_bytes(BODY))
    bodies(group)
    times(group)
    scripts(group, twin)
    malformed(group, twin)
    wrong(group, twin)
    mistakes(group, twin)
    secrets(made)
    return made.numbered()


def bodies(group: Group) -> None:
    """Bodies of every kind, and the ones that they are taken for."""
    euc, flags, rule = '{"이름":"비밀"}'.encode("euc-kr"), "BodyBytes", "S3.2"
    pairs: list[tuple[str, Json, str, Json]] = [
        ("no body", text_bytes(""), "a blank for no body", text_bytes(" ")),
        ("one byte", text_bytes("a"), "no body for one byte", text_bytes("")),
        (
            "a body of 1 MiB",
            MIB,
            "1 MiB less a byte",
            {"repeat": {"hex": "61", "times": (1 << 20) - 1}},
        ),
        ("UTF-8 Hangul", text_bytes('{"이름":"비밀"}'), "the same text in EUC-KR", hex_bytes(euc)),
        (
            "bytes that are no UTF-8",
            hex_bytes(euc),
            "the same text in UTF-8",
            text_bytes('{"이름":"비밀"}'),
        ),
        ("composed Hangul", text_bytes('"가"'), "decomposed Hangul", text_bytes('"\u1100\u1161"')),
        ("an emoji", text_bytes('"\U0001f600"'), "it as escapes", text_bytes('"\\ud83d\\ude00"')),
        ("a byte order mark", hex_bytes(b"\xef\xbb\xbf{}"), "without the mark", text_bytes("{}")),
        ("a NUL within", hex_bytes(b"{}\0x"), "cut at the NUL", text_bytes("{}")),
        ("a line feed at the end", hex_bytes(b"{}\n"), "without the line feed", text_bytes("{}")),
        ("CR LF within", hex_bytes(b"{\r\n}"), "LF within", hex_bytes(b"{\n}")),
        (
            "every byte once",
            hex_bytes(bytes(range(256))),
            "one byte missing",
            hex_bytes(bytes(range(255))),
        ),
        (
            "64 bytes, a block",
            {"repeat": {"hex": "00", "times": 64}},
            "65",
            {"repeat": {"hex": "00", "times": 65}},
        ),
    ]
    for comment, body, fault, other in pairs:
        twin = good(group, SECRET, comment, flags, rule, body)
        group.fault(twin, fault, flags, rule, MISMATCH, body=other)


def times(group: Group) -> None:
    """Real times, and times that are none."""
    body = text_bytes(BODY)
    for comment, time in {
        "leap day": "20280229120000000", "leap day of a century that has one": "20000229000000000",
        "first millisecond of a year": "20270101000000000", "last millisecond of a year": "20261231235959999",
        "the last of 2099": "20991231235959999", "30 April": "20260430010203004", "midnight": "20261123000000000",
    }.items():  # fmt: skip
        good(group, SECRET, comment, "TokenTime", "S3.1", body, time)
    twin = good(
        group,
        SECRET,
        "28 February of a common year",
        "TokenTime",
        "S3.1",
        body,
        "20260228235959999",
    )
    for comment, time in {
        "29 February of a common year": "20260229120000000", "29 February 2100": "21000229120000000",
        "month 13": "20261315093045123", "month 0": "20260015093045123", "day 0": "20261100093045123",
        "31 November": "20261131093045123", "day 32": "20261232093045123", "hour 24": "20261123240000000",
        "minute 60": "20261123096000000", "second 60": "20261231235960000", "second 99": "20261123091599123",
        "year 0": "00001123091509123",
    }.items():  # fmt: skip
        token = token_of(SECRET, time, raw_of(body))
        group.fault(twin, comment, "ImpossibleTime", "S3.5", MALFORMED, token=token)
    for comment, time in {
        "16 digits": TIME[:16], "18 digits": TIME + "0", "14 digits": TIME[:14], "no digits": "",
        "Arabic-Indic digits": TIME.translate({48 + n: 0x660 + n for n in range(10)}),
        "fullwidth digits": TIME.translate({48 + n: 0xFF10 + n for n in range(10)}),
        "one Devanagari digit": TIME[:16] + "\u0969", "a superscript digit": TIME[:16] + "\xb3",
        "a plus sign": "+" + TIME[1:], "a minus sign": "-" + TIME[1:], "an underscore": TIME[:16] + "_",
        "a leading blank": " " + TIME[1:], "a blank at the end": TIME[:16] + " ", "a letter O": TIME[:16] + "O",
        "a point before the milliseconds": TIME[:14] + "." + TIME[14:16], "hex digits": TIME[:15] + "0x",
    }.items():  # fmt: skip
        token = token_of(SECRET, time, raw_of(body))
        group.fault(twin, comment, "TimeDigits", "S3.5", MALFORMED, token=token)


def scripts(group: Group, twin: Json) -> None:
    """One digit of another script, each of which int() and isdigit() take (Unicode's category Nd)."""
    for script, zero in {
        "Extended Arabic-Indic": 0x6F0, "Bengali": 0x9E6, "Tamil": 0xBE6, "Thai": 0xE50, "Tibetan": 0xF20, "Myanmar": 0x1040, "Khmer": 0x17E0,
        "Mongolian": 0x1810, "mathematical": 0x1D7CE, "segmented": 0x1FBF0,
    }.items():  # fmt: skip
        time = TIME[:9] + chr(zero + int(TIME[9])) + TIME[10:]
        token = token_of(SECRET, time, raw_of(twin["body"]))
        group.fault(twin, f"a {script} digit", "TimeDigits", "S3.5", MALFORMED, token=token)


def malformed(group: Group, twin: Json) -> None:
    """The MAC is right, its text or what is around it is not."""
    token, body = twin["token"], raw_of(twin["body"])
    _mac, head = mac_of(SECRET, body), token[:23]
    text = token[23:]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for comment, other in {
        "bits beyond the MAC set": text[:42] + last[last.index(text[42]) + 1] + "=",
        "padding twice": text + "=", "a blank inside": text[:20] + " " + text[20:], "no padding, a point": text[:-1] + ".",
        "a line feed inside": text[:20] + "\n" + text[20:], "a character that lenient readers skip": text[:20] + "!" + text[20:],
        "a line feed for the padding": text[:-1] + "\n", "a blank for the padding": text[:-1] + " ",
    }.items():  # fmt: skip
        group.fault(twin, comment, "MacSpelling", "S3.5", MALFORMED, token=head + other)
    both = next(
        one
        for one in (f'{{"number":{number}}}' for number in range(99))
        if {"+", "/"} <= set(b64(mac_of(SECRET, one.encode())))
    )
    signs = good(group, SECRET, "a MAC with + and /", "MacSpelling", "S3.4", text_bytes(both))
    for comment, table in {
        "the URL-safe alphabet": "-_",
        "a blank for the +, as form data has it": " /",
    }.items():
        other = signs["token"].translate(str.maketrans("+/", table))
        group.fault(signs, comment, "MacSpelling", "S3.5", MALFORMED, token=other)
    lengths(group, twin)
    for comment, other in {
        "lower-case prefix": "kmv1" + token[4:], "version 2": "KMV2" + token[4:], "no prefix": token[5:],
        "no second colon": token[:22] + token[23:], "a semicolon": token[:22] + ";" + token[23:], "nothing": "",
        "only the prefix": "KMV1:", "twice, joined as a proxy does": f"{token},{token}", "a third part": token + ":x",
        "a fullwidth colon": token[:22] + "\uff1a" + token[23:], "a Cyrillic K": "\u041a" + token[1:],
    }.items():  # fmt: skip
        group.fault(twin, comment, "TokenForm", "S3.5", MALFORMED, token=other)
    for comment, other in {
        "a line feed at the end": token + "\n", "a blank at the end": token + " ", "a leading blank": " " + token,
        "CR LF at the end": token + "\r\n", "a no-break space at the end": token + "\xa0", "quotes": f'"{token}"',
        "a NUL at the end": token + "\0", "a byte order mark": "\ufeff" + token, "a tab before it": "\t" + token,
    }.items():  # fmt: skip
        group.fault(twin, comment, "Wrapping", "S1.11", MALFORMED, token=other)


def lengths(group: Group, twin: Json) -> None:
    """MACs of other lengths and letters."""
    mac, head = mac_of(SECRET, raw_of(twin["body"])), twin["token"][:23]
    text = twin["token"][23:]
    for length in (31, 16, 1, 0):
        change = {"token": head + b64(mac[:length])}
        group.fault(twin, f"{length} bytes of the MAC", "MacLength", "S3.4", MALFORMED, **change)
    group.fault(twin, "a byte more", "MacLength", "S3.4", MALFORMED, token=head + b64(mac + b"\0"))
    group.fault(twin, "the MAC twice", "MacLength", "S3.4", MALFORMED, token=head + b64(mac * 2))
    for comment, letter in {
        "Cyrillic": "\u0430",
        "fullwidth": "\uff21",
        "Latin-1": "\xe9",
        "NUL": "\0",
        "Hangul": "가",
    }.items():
        changed = head + letter + text[1:]
        group.fault(
            twin,
            f"a {comment} letter in the MAC",
            "MacCharacters",
            "S3.5",
            MALFORMED,
            token=changed,
        )


def wrong(group: Group, twin: Json) -> None:
    """Well-formed, with another MAC; and what the MAC does not cover."""
    body, head = raw_of(twin["body"]), twin["token"][:23]
    mac = mac_of(SECRET, body)
    good(
        group,
        SECRET,
        "the same MAC under another time",
        "NotCovered",
        "S3.6",
        twin["body"],
        "20200101000000000",
    )
    sample = "KMV1:20221108120814608:uLD+mU8mz9K95neGiSJTSsF3zzAQJglCggZAOSs5Fkg="
    dated = good(
        group,
        SECRET,
        "at the time of the documents' sample",
        "Normal",
        "S3.4",
        twin["body"],
        sample[5:22],
    )
    group.fault(
        dated,
        "the documents' sample, whose secret nobody knows",
        "WrongMac",
        "S3.4",
        MISMATCH,
        token=sample,
    )
    for comment, other in {
        "the first bit flipped": bytes([mac[0] ^ 0x80]) + mac[1:], "the last bit flipped": mac[:31] + bytes([mac[31] ^ 1]),
        "a byte in the middle changed": mac[:15] + bytes([mac[15] ^ 0xFF]) + mac[16:], "zeros": bytes(32),
        "under an empty secret": mac_of("", body), "the MAC of no body": mac_of(SECRET, b""), "the bytes reversed": mac[::-1],
        "under the secret in lower case": mac_of(SECRET.lower(), body), "secret and body exchanged": mac_of(body, SECRET.encode()),
        "under the secret and a line feed": mac_of(SECRET + "\n", body), "under another secret": mac_of("Another-secret", body),
    }.items():  # fmt: skip
        group.fault(
            twin,
            comment,
            "WrongMac",
            "S3",
            MISMATCH,
            token=head + b64(other),
            intermediate={"mac": other.hex()},
        )
    for comment, message_ in {
        "secret then body": SECRET.encode() + body,
        "body then secret": body + SECRET.encode(),
    }.items():
        plain = bytes.fromhex(sha256(message_))
        group.fault(
            twin,
            f"SHA-256 of {comment}",
            "LengthExtension",
            "S3",
            MISMATCH,
            token=head + b64(plain),
        )


def mistakes(group: Group, twin: Json) -> None:
    """S3.8, as far as one token and its body can show it."""
    body, head = raw_of(twin["body"]), twin["token"][:23]
    mac, rule = mac_of(SECRET, body), "S3.8"
    access = "1a2b3c4-00112233445566778899aabbccddeeff"
    for comment, signed in {
        "over base64 of the body": b64(body).encode(), "over access key and time": (access + TIME).encode(),
        "over time and body": TIME.encode() + body, "over hex of the body": body.hex().encode(),
        "over the SHA-256 of the body in hex": sha256(body).encode(), "over the body and its line feed": body + b"\n",
    }.items():  # fmt: skip
        token = head + b64(mac_of(SECRET, signed))
        group.fault(twin, comment, "WrongBytesSigned", rule, MISMATCH, token=token)
    sealed = {"encData": message("tran_token/message/1", BODY.encode()).token}
    encrypted = good(group, SECRET, "an encrypted body", "Normal", "S3.2", show(compact(sealed)))
    plain = head + b64(mac_of(SECRET, BODY.encode()))
    group.fault(
        encrypted,
        "over the plaintext of an encrypted body",
        "WrongBytesSigned",
        rule,
        MISMATCH,
        token=plain,
    )
    jwe_only = head + b64(mac_of(SECRET, sealed["encData"].encode()))
    group.fault(
        encrypted,
        "over the JWE without its envelope",
        "WrongBytesSigned",
        rule,
        MISMATCH,
        token=jwe_only,
    )
    for comment, text in {
        "hex": mac.hex(), "hex in capitals": mac.hex().upper(),
        "base64 of the hex text": b64(mac.hex().encode()),
    }.items():  # fmt: skip
        group.fault(twin, comment, "WrongMacText", rule, MALFORMED, token=head + text)
    flags = "WrongMacText DocumentedLength"
    group.fault(
        twin,
        "the MAC in hex, padded with 00 to 66",
        flags,
        rule,
        MALFORMED,
        token=head + mac.hex() + "00",
    )
    group.fault(
        twin,
        "nothing but hex, padded with 00 to 66",
        flags,
        rule,
        MALFORMED,
        token=mac.hex() + "00",
    )
    group.fault(
        twin,
        "base64 without padding: 66 characters",
        flags,
        "S3.4",
        MALFORMED,
        token=twin["token"][:66],
    )
    reserialised(group, twin)


def reserialised(group: Group, twin: Json) -> None:
    """The body written again after it was signed."""
    rule = "S3.8"
    for comment, other in {
        "white space added": BODY.replace(":", ": ").replace(",", ", "), "key order changed": '{"amount":1500,' + BODY[1:-15] + "}",
        "indented": BODY.replace("{", "{\n ").replace("}", "\n}"), "a digit escaped": BODY.replace("ATM", "\\u0041TM"),
        "a number written otherwise": BODY.replace("1500", "1500.0"), "a line feed added": BODY + "\n",
    }.items():  # fmt: skip
        group.fault(
            twin,
            comment,
            "Reserialised",
            rule,
            MISMATCH,
            body=show(other.encode()) if "\n" in other else text_bytes(other),
        )
    slash = good(group, SECRET, "a slash as it is", "Normal", "S3.2", text_bytes('{"url":"a/b"}'))
    group.fault(
        slash,
        "the slash escaped",
        "Reserialised",
        rule,
        MISMATCH,
        body=text_bytes('{"url":"a\\/b"}'),
    )


def secrets(made: Book) -> None:
    """Secrets that look like something else, or are of unusual length; each with the mistake that it invites."""
    body = text_bytes(BODY)
    raw = raw_of(body)
    looks = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"
    coded = b64(bytes.fromhex(looks))
    for comment, secret, mistake, used in (
        ("hex", looks, "the secret hex-decoded", bytes.fromhex(looks)),
        ("hex in capitals", looks.upper(), "the secret in lower case", looks.encode()),
        ("base64", coded, "the secret base64-decoded", bytes.fromhex(looks)),
        ("Hangul", "비밀 열쇠", "the secret in EUC-KR", "비밀 열쇠".encode("euc-kr")),
        ("Latin-1 letters", "clé-secrète", "the secret in Latin-1", "clé-secrète".encode("latin-1")),
        ("a blank within", "two words", "the secret without its blank", b"twowords"),
    ):  # fmt: skip
        group = made.group(secret=secret)
        twin = good(group, secret, f"a secret that is {comment}", "SecretText", "S3.3", body)
        token = token_of(used, TIME, raw)
        flags = "WrongSecretBytes" if "decoded" in mistake else "SecretText"
        group.fault(
            twin, mistake, flags, "S3.8" if "decoded" in mistake else "S3.3", MISMATCH, token=token
        )
    for length in (1, 63, 64, 65, 128, 200):
        secret = ("0123456789abcdefghijklmnopqrstuvwxyz" * 6)[:length]
        group = made.group(secret=secret)
        twin = good(group, secret, f"a secret of {length} bytes", "HmacKey", "S3.3", body)
        cut = secret[:64] if length > 64 else secret + "0"
        fault = "the secret cut to a block" if length > 64 else "the secret and a 0"
        group.fault(twin, fault, "HmacKey", "S3.3", MISMATCH, token=token_of(cut, TIME, raw))


def table() -> bytes:
    """The tests for a check with openssl alone: tcId, result, secret in hex, token, body, by tabs."""
    return "".join(line for group in book().groups for line in lines(group)).encode()


def lines(group: Json) -> Iterator[str]:
    """The lines of one group."""
    for test in group["tests"]:
        token, body = test["token"], test["body"]
        visible = (
            token
            if token and all("!" <= character <= "~" for character in token)
            else "hex:" + token.encode().hex()
        )
        repeat = body.get("repeat")
        shown = (
            f"repeat:{repeat['hex']}:{repeat['times']}" if repeat else "hex:" + raw_of(body).hex()
        )
        yield (
            "\t".join(
                [str(test["tcId"]), test["result"], group["secret"].encode().hex(), visible, shown]
            )
            + "\n"
        )
