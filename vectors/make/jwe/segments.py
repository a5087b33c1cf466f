"""Tokens whose text is wrong: other numbers of segments, other spellings of base64url."""

from ..common.encode import b64url
from ..common.jwe import make_jwe
from ..common.vector_file import Case, Group
from .maker import BASE_JWE, PLAINTEXT, SEGMENTS, negative_jwe, positive_jwe, with_segment

TEXT = BASE_JWE.compact
PROTECTED, ENCRYPTED_KEY, IV, CIPHERTEXT, TAG = BASE_JWE.segments
FLATTENED_JSON = (
    f'{{"protected":"{PROTECTED}","encrypted_key":"{ENCRYPTED_KEY}","iv":"{IV}",'
    f'"ciphertext":"{CIPHERTEXT}","tag":"{TAG}"}}'
)
GENERAL_JSON = (
    f'{{"protected":"{PROTECTED}","recipients":[{{"encrypted_key":"{ENCRYPTED_KEY}"}}],'
    f'"iv":"{IV}","ciphertext":"{CIPHERTEXT}","tag":"{TAG}"}}'
)
WRONG_SEGMENTS = {
    "nothing": "",
    "one segment": PROTECTED,
    "two segments": f"{PROTECTED}.{ENCRYPTED_KEY}",
    "three segments": f"{PROTECTED}.{ENCRYPTED_KEY}.{IV}",
    "four segments": f"{PROTECTED}.{ENCRYPTED_KEY}.{IV}.{CIPHERTEXT}",
    "a sixth segment": f"{TEXT}.{TAG}",
    "a sixth segment, empty": TEXT + ".",
    "an empty segment before": "." + TEXT,
    "four dots": "....",
    "4,096 dots": "." * 4096,
    "commas": TEXT.replace(".", ","),
    "a dot doubled": TEXT.replace(".", "..", 1),
    "JSON serialization, flattened": FLATTENED_JSON,
    "JSON serialization, general": GENERAL_JSON,
}
WRAPPINGS = {
    "a line feed at the end": TEXT + "\n",
    "a leading blank": " " + TEXT,
    "quotes": f'"{TEXT}"',
    "a byte order mark": "\ufeff" + TEXT,
    "a NUL at the end": TEXT + "\0",
    "Bearer before it": "Bearer " + TEXT,
}


def add_segments(group: Group, base: Case) -> None:
    """Add other numbers of segments, empty segments, and something around the token."""
    for comment, compact in WRONG_SEGMENTS.items():
        negative_jwe(group, base, f"the token: {comment}", "Segments", compact)
    for index, name in enumerate(SEGMENTS):
        compact = with_segment(BASE_JWE, index, "")
        negative_jwe(group, base, f"an empty segment: no {name}", "EmptySegment", compact)
    for comment, compact in WRAPPINGS.items():
        negative_jwe(group, base, f"the token: {comment}", "Wrapping", compact)


def add_spellings(group: Group, base: Case) -> None:
    """Add other spellings of each segment, which lenient readers take for the same bytes."""
    for index, name in enumerate(SEGMENTS):
        for reason, text in other_spellings(BASE_JWE.segments[index]).items():
            compact = with_segment(BASE_JWE, index, text)
            negative_jwe(group, base, f"{reason} in the {name}", "Base64Url", compact)


BASE64URL_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def other_spellings(segment: str) -> dict[str, str]:
    """Spell the bytes of a segment in every other way that is possible for it."""
    missing_padding = -len(segment) % 4
    spellings = {
        "padding": segment + "=" * (missing_padding or 1),
        "a line feed inside": segment[:4] + "\n" + segment[4:],
        "a character that lenient readers skip": segment[:4] + "!" + segment[4:],
        "a letter more": segment + "A",
        "four characters that lenient readers skip": segment[:4] + "\r\n\r\n" + segment[4:],
    }
    if missing_padding:
        # The last character has bits beyond the last byte, which must be zero.
        last = BASE64URL_ALPHABET.index(segment[-1])
        spellings["bits beyond the last byte set"] = segment[:-1] + BASE64URL_ALPHABET[last | 1]
    if "-" in segment or "_" in segment:
        standard = segment.replace("-", "+").replace("_", "/")
        spellings["the standard alphabet"] = standard
    return spellings


CIPHERTEXTS_FOR_NOTHING = {
    "a letter": "A",
    "a sign of no alphabet": "!",
    "padding": "==",
    "a dash of another kind": "\u2010",
}
IVS_FOR_ZEROS = {
    # The IV of the base is 12 zero bytes, which is 16 times the letter A.
    "a sign of no alphabet at its end": "A" * 15 + "!",
    "a letter more": "A" * 17,
    "a sign of no alphabet alone": "!",
}


def add_stand_ins(group: Group) -> None:
    """Add segments that are no base64url; the tag fits what lenient readers make of them."""
    empty = make_jwe("jwe/StandIn/1", b"")
    base = positive_jwe(group, "an empty ciphertext", "Plaintext", empty, b"")
    zero_iv = make_jwe("jwe/zeros/1", PLAINTEXT, iv=bytes(12))
    zero_base = positive_jwe(group, "an IV of zeros", "IvLength", zero_iv)
    for reason, text in CIPHERTEXTS_FOR_NOTHING.items():
        comment = f"the ciphertext is {reason}, the tag right for none"
        negative_jwe(group, base, comment, "Base64Url", with_segment(empty, 3, text))
    without_dot = ".".join([*empty.segments[:3], empty.segments[4]])
    comment = "an empty ciphertext without its dot"
    negative_jwe(group, base, comment, "Segments", without_dot)
    for reason, text in IVS_FOR_ZEROS.items():
        comment = f"the IV: {reason}, the tag right for zeros"
        negative_jwe(group, zero_base, comment, "Base64Url", with_segment(zero_iv, 2, text))
    shorter = with_segment(zero_iv, 2, b64url(bytes(11)))
    comment = "the IV: a byte less, the tag right for zeros"
    negative_jwe(group, zero_base, comment, "IvLength", shorter)
