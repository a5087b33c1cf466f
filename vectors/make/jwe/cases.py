"""jwe_v1.json: compact JWE in the one profile (S4.2 to S4.4), and the attacks on it."""

from functools import lru_cache

from ..common.base import Json, b64url, show
from ..common.book import Book, Group
from ..common.jwe_maker import HEADER, HEADER_256, Made, checked, deflated, header_of, make, message
from . import content, headers, keys
from .notes import DECRYPT, KID, NOTES

PLAIN = b'{"cardNo":"0000111122223333","type":"ATM"}'


def good(group: Group, comment: str, flags: str, rule: str, made: Made, plaintext: bytes, key: str = "platform_2048",
         kid: str | None = None) -> Json:  # fmt: skip
    """A valid test, after `cryptography` opened it."""
    checked(made, plaintext, key)
    values = {"jwe": made.token, "kid": kid, "plaintext": show(plaintext)}
    return group.valid(comment, flags, rule, **values, intermediate=made.intermediate)


@lru_cache
def jwe_vectors() -> Book:
    """The whole file."""
    made = Book(
        "jwe",
        [
            "Decrypt the compact JWE with the private key of the group; kid, where there is one, is the id that is due.",
            "Every failure is one and the same: what failed is in the comment, for people, and never to be told apart.",
        ],
        NOTES,
        ["plaintext"],
    )
    group = made.group(privateKey="keys/platform_2048.pem", publicKey="keys/platform_2048.pub.pem")
    token = message("jwe/twin/1", PLAIN)
    twin = good(group, "A128GCM", "Normal", "S4.3", token, PLAIN)
    wide = message("jwe/twin/2", PLAIN, header=HEADER_256)
    twin_256 = good(group, "A256GCM", "Normal", "S4.3", wide, PLAIN)
    sound(group)
    structure(group, twin, token)
    spelling(group, twin, token)
    headers.add(group, twin)
    kids(group, twin, token)
    keys.add(group, twin, twin_256)
    content.add(group, twin, token, twin_256, wide)
    for bits in (3072, 4096):
        other_size(made, bits)
    return made.numbered()


def sound(group: Group) -> None:
    """Tokens that are unusual and right."""
    rows = [
        ("an empty plaintext", "Plaintext", "S4.1", HEADER, b""),
        ("one byte", "Plaintext", "S4.1", HEADER, b"x"),
        ("every byte once", "Plaintext", "S4.1", HEADER, bytes(range(256))),
        ("an unsecured JWT, which is nothing but bytes", "Plaintext", "S4.1", HEADER, b"eyJhbGciOiJub25lIn0.eyJhZG1pbiI6dHJ1ZX0."),
        ("text as deflate would write it, without zip", "Plaintext", "S4.1", HEADER, deflated(1)),
        ("Hangul", "Plaintext", "S4.1", HEADER, '{"이름":"비밀"}'.encode()),
        ("16 KiB of zeros", "Plaintext", "S4.1", HEADER, bytes(1 << 14)),
        ("alg before enc", "HeaderSpelling", "S4.4", b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}', PLAIN),
        ("blanks and line feeds", "HeaderSpelling", "S4.4", b'{ "enc" : "A128GCM",\n "alg": "RSA-OAEP-256" }\n', PLAIN),
        ("an escaped letter", "HeaderSpelling", "S4.4", b'{"\\u0065nc":"A128GCM","alg":"RSA-OAEP-25\\u0036"}', PLAIN),
        ("typ and cty", "UnknownParameter", "RFC 7516", header_of(typ="JWE", cty="json"), PLAIN),
        ("a parameter that nobody knows", "UnknownParameter", "RFC 7516", header_of(x_none=[1, {"a": None}]), PLAIN),
        ("exp, which means nothing here", "UnknownParameter", "RFC 7516", header_of(exp=0), PLAIN),
        ("an integer of 64 digits", "JsonLimits", "RFC 7516", HEADER[:-1] + b',"x":' + b"1" * 64 + b"}", PLAIN),
        ("64 levels", "JsonLimits", "RFC 7516", HEADER[:-1] + b',"x":' + b"[" * 63 + b"]" * 63 + b"}", PLAIN),
        ("a header of 8 KiB", "HeaderSize", "S4.4", header_of(x="a" * (8192 - len(header_of(x="")))), PLAIN),
        ("a kid where none is due", "Kid", "S4.4", header_of(kid=KID), PLAIN),
        ("a kid of another form where none is due", "Kid", "S4.4", header_of(kid="../../etc/passwd"), PLAIN),
    ]  # fmt: skip
    for number, (comment, flags, rule, header, plaintext) in enumerate(rows):
        good(
            group,
            comment,
            flags,
            rule,
            message(f"jwe/sound/{number}", plaintext, header=header),
            plaintext,
        )
    stand_ins(group)
    good(group, "a CEK that begins and ends with zeros", "CekLength", "S4.3",
         make("jwe/zeros/2", PLAIN, cek=b"\0\1" * 7 + b"\0\0"), PLAIN)  # fmt: skip
    good(
        group,
        "a CEK of zeros",
        "CekLength",
        "S4.3",
        make("jwe/zeros/3", PLAIN, cek=bytes(16)),
        PLAIN,
    )


def stand_ins(group: Group) -> None:
    """Segments that are no base64, with a tag that is right for what a reader might put in their place."""
    empty, zeros = message("jwe/StandIn/1", b""), make("jwe/zeros/1", PLAIN, iv=bytes(12))
    nothing = good(group, "an empty ciphertext", "Plaintext", "S4.1", empty, b"")
    twin = good(group, "an IV of zeros", "IvLength", "S4.3", zeros, PLAIN)
    for comment, part in {
        "a letter": "A",
        "a sign of no alphabet": "!",
        "padding": "==",
        "a dash of another kind": "\u2010",
    }.items():
        text = ".".join([*empty.segments[:3], part, empty.segments[4]])
        group.fault(
            nothing,
            f"the ciphertext is {comment}, the tag right for none",
            "Base64Url",
            "RFC 7516",
            DECRYPT,
            jwe=text,
        )
    text = ".".join([*empty.segments[:3], empty.segments[4]])
    group.fault(
        nothing, "an empty ciphertext without its dot", "Segments", "RFC 7516", DECRYPT, jwe=text
    )
    short = zeros._replace(iv=bytes(11)).segments[2]
    for comment, part in {"a sign of no alphabet at its end": "A" * 15 + "!", "a letter more": "A" * 17,
                          "a sign of no alphabet alone": "!", "a byte less": short}.items():  # fmt: skip
        text = ".".join([*zeros.segments[:2], part, *zeros.segments[3:]])
        flag, rule = ("IvLength", "S4.3") if part == short else ("Base64Url", "RFC 7516")
        group.fault(
            twin, f"the IV: {comment}, the tag right for zeros", flag, rule, DECRYPT, jwe=text
        )


def structure(group: Group, twin: Json, token: Made) -> None:
    """Five segments, four dots, nothing around them."""
    text, parts = token.token, token.segments
    for comment, other in {
        "nothing": "", "one segment": parts[0], "two segments": ".".join(parts[:2]), "three segments": ".".join(parts[:3]),
        "four segments": ".".join(parts[:4]), "a sixth segment": text + "." + parts[4], "a sixth segment, empty": text + ".",
        "an empty segment before": "." + text, "four dots": "....", "4,096 dots": "." * 4096, "commas": text.replace(".", ","),
        "a dot doubled": text.replace(".", "..", 1),
        "JSON serialization, flattened": '{{"protected":"{}","encrypted_key":"{}","iv":"{}","ciphertext":"{}","tag":"{}"}}'.format(*tuple(parts)),
        "JSON serialization, general": '{{"protected":"{}","recipients":[{{"encrypted_key":"{}"}}],"iv":"{}","ciphertext":"{}","tag":"{}"}}'.format(*tuple(parts)),
    }.items():  # fmt: skip
        group.fault(twin, comment, "Segments", "RFC 7516", DECRYPT, jwe=other)
    for at, name in enumerate(("header", "encrypted key", "IV", "ciphertext", "tag")):
        other = ".".join([*parts[:at], "", *parts[at + 1 :]])
        group.fault(twin, f"no {name}", "EmptySegment", "RFC 7516", DECRYPT, jwe=other)
    for comment, other in {
        "a line feed at the end": text + "\n", "a leading blank": " " + text, "quotes": f'"{text}"',
        "a byte order mark": "\ufeff" + text, "a NUL at the end": text + "\0", "Bearer": "Bearer " + text,
    }.items():  # fmt: skip
        group.fault(twin, comment, "Wrapping", "RFC 7516", DECRYPT, jwe=other)


def spelling(group: Group, twin: Json, token: Made) -> None:
    """Base64url that lenient readers take, segment by segment."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for at, name in enumerate(("header", "encrypted key", "IV", "ciphertext", "tag")):
        part = token.segments[at]
        spare = {0: 0, 2: 4, 3: 2}[len(part) % 4]
        others = {"padding": part + "=" * (-len(part) % 4 or 1), "a line feed inside": part[:4] + "\n" + part[4:],
                  "a character that lenient readers skip": part[:4] + "!" + part[4:], "a letter more": part + "A",
                  "four characters that lenient readers skip": part[:4] + "\r\n\r\n" + part[4:]}  # fmt: skip
        if spare:
            others["bits beyond the last byte set"] = (
                part[:-1] + alphabet[alphabet.index(part[-1]) | 1]
            )
        if set(part) & set("-_"):
            others["the standard alphabet"] = part.replace("-", "+").replace("_", "/")
        for comment, other in others.items():
            changed = ".".join([*token.segments[:at], other, *token.segments[at + 1 :]])
            group.fault(
                twin, f"{comment} in the {name}", "Base64Url", "RFC 7516", DECRYPT, jwe=changed
            )


def kids(group: Group, twin: Json, token: Made) -> None:
    """A kid in the header must be the id that is due (S4.4)."""
    good(group, "no kid where one is due", "Kid", "S4.4", token, PLAIN, kid=KID)
    named = message("jwe/kid/1", PLAIN, header=header_of(kid=KID))
    due = good(group, "the kid that is due", "Kid", "S4.4", named, PLAIN, kid=KID)
    for number, (comment, kid) in enumerate({
        "another kid": KID[:-1] + "b", "the kid in capitals": KID.upper(), "an empty kid": "", "a kid cut short": KID[:-1],
        "a blank behind the kid": KID + " ",
    }.items()):  # fmt: skip
        other = make(f"jwe/kid/2/{number}", PLAIN, header_of(kid=kid)).token
        group.fault(due, comment, "Kid", "S4.4", DECRYPT, jwe=other)
    types: dict[str, object] = {
        "null": None,
        "a number": 1,
        "a list": [KID],
        "an object": {},
        "true": True,
    }
    for number, (comment, value) in enumerate(types.items()):
        other = make(f"jwe/kid/3/{number}", PLAIN, header_of(kid=value)).token
        group.fault(twin, f"the kid is {comment}", "KidType", "S4.4", DECRYPT, jwe=other)


def other_size(made: Book, bits: int) -> None:
    """The other sizes of RSA keys."""
    key = f"platform_{bits}"
    group = made.group(privateKey=f"keys/{key}.pem", publicKey=f"keys/{key}.pub.pem")
    for header in (HEADER, HEADER_256):
        token = message(f"jwe/{bits}/{header[8:15].decode()}", PLAIN, key, header)
        twin = good(
            group,
            f"RSA of {bits} bits, {header[8:15].decode()}",
            "Normal",
            "S4.2",
            token,
            PLAIN,
            key,
        )
        broken = token._replace(tag=bytes([token.tag[0] ^ 1]) + token.tag[1:])
        group.fault(twin, "a bit of the tag flipped", "TagBits", "S4.3", DECRYPT, jwe=broken.token)
        short = message(f"jwe/{bits}/short", PLAIN)._replace(head=token.head, header=header)
        group.fault(twin, "an encrypted key of 2048 bits", "EncryptedKeyLength", "S4.2", DECRYPT,
                    jwe=token._replace(ek=short.ek).token)  # fmt: skip
    group.fault(twin, "an encrypted key of zeros", "EncryptedKeyRange", "S4.2", DECRYPT,
                jwe=".".join([token.segments[0], b64url(bytes(bits // 8)), *token.segments[2:]]))  # fmt: skip
