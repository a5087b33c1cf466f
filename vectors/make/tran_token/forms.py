"""Tokens of another form than the one of S3.5; the MAC that they were made of is right."""

from ..common.encode import as_text, b64
from ..common.errors import MALFORMED_TOKEN
from ..common.vector_file import Case, Group
from ..common.wire import compute_mac
from .maker import HEAD, MAC, MAC_TEXT, SECRET, TOKEN, positive_token

BASE64_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
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
        group.negative(
            base, f"the MAC: {comment}", "MacSpelling", MALFORMED_TOKEN, token=HEAD + text
        )
    body = as_text(find_body_with_both_signs())
    signs = positive_token(group, "a MAC with + and /", "MacSpelling", body, rule="S3.4")
    for comment, alphabet in OTHER_ALPHABETS.items():
        token = signs.inputs["token"].translate(alphabet)
        group.negative(signs, f"the MAC: {comment}", "MacSpelling", MALFORMED_TOKEN, token=token)


def find_body_with_both_signs() -> str:
    """Find a body whose MAC has a + and a / in base64."""
    for number in range(99):
        body = f'{{"number":{number}}}'
        mac_text = b64(compute_mac(SECRET, body.encode()))
        if "+" in mac_text and "/" in mac_text:
            return body
    raise LookupError("no such body")


MAC_LENGTHS = {
    "31 bytes of the MAC": MAC[:31],
    "16 bytes of the MAC": MAC[:16],
    "1 byte of the MAC": MAC[:1],
    "0 bytes of the MAC": b"",
    "a byte more than the MAC": MAC + b"\0",
    "the MAC twice": MAC * 2,
}
OTHER_LETTERS = {
    "Cyrillic": "\u0430",
    "fullwidth": "\uff21",
    "Latin-1": "\xe9",
    "NUL": "\0",
    "Hangul": "가",
}


def add_mac_lengths(group: Group, base: Case) -> None:
    """Add MACs of other lengths and letters."""
    for comment, mac in MAC_LENGTHS.items():
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
    "a Kelvin sign for its K": "\u212a" + TOKEN[1:],
    "a hyphen for the first colon": "KMV1-" + TOKEN[5:],
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
        group.negative(base, f"the token: {comment}", "TokenForm", MALFORMED_TOKEN, token=token)
    for comment, token in WRAPPINGS.items():
        group.negative(base, f"the token: {comment}", "Wrapping", MALFORMED_TOKEN, token=token)
