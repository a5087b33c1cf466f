"""Changes of verify_independent.mjs that files other than order and claims must show.

Each takes the place of a piece of text that occurs once in the program.
"""

from __future__ import annotations

from typing import NamedTuple


class NodeWeakness(NamedTuple):
    """A weakness: its name, the file that must show it, and what stands for what."""

    name: str
    subject: str
    before: str
    after: str


def without(name: str, subject: str, text: str) -> NodeWeakness:
    """A check that is left out."""
    return NodeWeakness(name, subject, text, "")


HEADER_SEGMENT = 'const raw = decodeCanonical(parts[0], "base64url"); // step 2'
TAG_SEGMENT = "decodePart(jwe.tag, 16),"
JWE_LIMIT = "parseJwe(text, MAX_BODY)"
MESSAGE_LIMIT = "const jwe = parseJwe(token, Infinity);\n  refuseIf(jwe.header.has"
FIRST_ISSUED = "ring === null ? undefined : ring.keys[0];"
NAMED = "cryptoKeyId === null && this.isCallback ? first : findKey(ring, cryptoKeyId)"
CANDIDATES = "...(this.isCallback ? this.settings.callbackSecrets : [])"
ECHO = "refuseIf(answer.requireEcho && !echoed"
SUCCESS = 'refuseIf(code !== "000_000", "result"'
OF_PROJECT = "receivers.find(({ project }) => project.accessKey === named) ?? receivers[0]"
KNOWN_SENDER = "const known = this.isCallback || read.accessKey === this.project.accessKey;"
FIELD_PATH = 'jwe.header.get("km-path") !== path'
FIELD_CONTEXT = 'jwe.header.get("km-ctx") === context;'
CHILD = "value instanceof Map && value.has(key) ? [[key, value.get(key)]] : [];"
SELECTOR_LENGTH = "reader.must(reader.characters.length <= MAX_SELECTOR, MAX_SELECTOR);"
DECIMAL_MARKS = "(first < 0n ? 1 : 2)"
DECIMAL_LENGTH = "return this.sign.length + this.digits.length + marks + `${first}`.length;"
REAL_YEAR = "year > 0 && date.getUTCMonth()"
CLOCK_YEAR = "    writeDigits(this.clockMs, { offsetMinutes: 0 });"
TOKEN_YEAR = "    writeDigits(sentMs, zone);"
WHITE_SPACE = '  refuseIf(WRAPPED.test(secret), "key", "white space around a secret");\n'
CONTROLS = '  refuseIf(CONTROLS.test(secret), "key", "a control character in a secret");\n'
EMPTY_SECRET = '  refuseIf(secret === "", "key", "an empty secret");\n'
SECRET_BYTES = 'createHmac("sha256", Buffer.from(secret, "utf8"))'

SEGMENTS = [
    NodeWeakness(
        "the header's base64url is read leniently",
        "jwe",
        HEADER_SEGMENT,
        HEADER_SEGMENT.replace("decodeCanonical", "Buffer.from"),
    ),
    NodeWeakness(
        "a tag that is too short is filled up with zeros",
        "jwe",
        TAG_SEGMENT,
        'Buffer.concat([Buffer.from(jwe.tag, "base64url"), Buffer.alloc(16)], 16),',
    ),
    NodeWeakness(
        "a tag of another spelling is read",
        "jwe",
        TAG_SEGMENT,
        'Buffer.from(jwe.tag.replace(/=/g, ""), "base64url").subarray(0, 16),',
    ),
]
SIZES = [
    NodeWeakness("a JWE may have any length", "jwe", JWE_LIMIT, "parseJwe(text, Infinity)"),
    NodeWeakness("a JWE is shorter than 1 MiB", "jwe", JWE_LIMIT, "parseJwe(text, MAX_BODY - 1)"),
    NodeWeakness(
        "a JWE in a message has at most 1 MiB",
        "message",
        MESSAGE_LIMIT,
        MESSAGE_LIMIT.replace("Infinity", "MAX_BODY"),
    ),
    NodeWeakness(
        "a body may be a byte longer",
        "message",
        'body.length > (test.maxBody ?? MAX_BODY), "headers"',
        'body.length > (test.maxBody ?? MAX_BODY) + 1, "headers"',
    ),
    NodeWeakness("a modulus of 2047 bits", "jwe", "bits < 2048 ||", "bits < 2047 ||"),
    NodeWeakness("a modulus of 8193 bits", "jwe", "|| bits > 8192", "|| bits > 8193"),
    NodeWeakness("the exponent 3", "jwe", "exponent >= 65537n", "exponent >= 3n"),
    NodeWeakness(
        "a selector's UTF-16 units are counted",
        "fields",
        SELECTOR_LENGTH,
        SELECTOR_LENGTH.replace("reader.characters", "text"),
    ),
    NodeWeakness(
        "a selector's bytes are counted",
        "fields",
        SELECTOR_LENGTH,
        SELECTOR_LENGTH.replace("reader.characters.length", "Buffer.byteLength(text)"),
    ),
    NodeWeakness(
        "a position counts UTF-16 units",
        "fields",
        "this.characters = [...text];",
        'this.characters = text.split("");',
    ),
    NodeWeakness("no plus sign is counted in a decimal", "fields", DECIMAL_MARKS, "1"),
    NodeWeakness("a plus sign is always counted", "fields", DECIMAL_MARKS, "2"),
    NodeWeakness(
        "a decimal's sign is not counted",
        "fields",
        DECIMAL_LENGTH,
        DECIMAL_LENGTH.replace("this.sign.length + ", ""),
    ),
    NodeWeakness(
        "zeros at a decimal's end are not counted",
        "fields",
        DECIMAL_LENGTH,
        DECIMAL_LENGTH.replace("this.digits.length", 'this.digits.replace(/0+$/, "").length'),
    ),
    NodeWeakness(
        "a decimal counts as it came",
        "fields",
        DECIMAL_LENGTH,
        "return this.sign.length + Number(-this.exponent) + 2;",
    ),
]
CALLBACKS = [
    NodeWeakness(
        "the primary key stands for the first issued",
        "exchange",
        FIRST_ISSUED,
        "ring === null ? undefined : findKey(ring, ring.primary);",
    ),
    NodeWeakness(
        "the first that is not discarded is the first issued",
        "exchange",
        FIRST_ISSUED,
        'ring?.keys.find((key) => key.state !== "discarded");',
    ),
    NodeWeakness(
        "the last issued is the first",
        "exchange",
        FIRST_ISSUED,
        "ring === null ? undefined : ring.keys.at(-1);",
    ),
    NodeWeakness(
        "a callback that names no key has none",
        "exchange",
        NAMED,
        "findKey(ring, cryptoKeyId)",
    ),
    NodeWeakness(
        "the first candidate alone",
        "exchange",
        CANDIDATES,
        CANDIDATES.replace("callbackSecrets :", "callbackSecrets.slice(0, 1) :"),
    ),
    NodeWeakness(
        "candidates for a gateway, too",
        "exchange",
        CANDIDATES,
        "...this.settings.callbackSecrets",
    ),
    NodeWeakness(
        "candidates in the own secret's place",
        "exchange",
        "const secrets = [\n      this.project.secret,\n",
        "const secrets = [\n      "
        "...(this.settings.callbackSecrets.length ? [] : [this.project.secret]),\n",
    ),
    NodeWeakness(
        "an unknown access key is the first project's",
        "exchange",
        KNOWN_SENDER,
        "const known = true;",
    ),
    NodeWeakness("the first project alone", "exchange", OF_PROJECT, "receivers[0]"),
]
ANSWERS = [
    NodeWeakness(
        "no echo is asked of an encrypted answer",
        "exchange",
        ECHO,
        ECHO.replace("&& !echoed", "&& token === null && !echoed"),
    ),
    NodeWeakness(
        "the echo of an encrypted answer is always asked for",
        "exchange",
        ECHO,
        "refuseIf((answer.requireEcho || token !== null) && !echoed",
    ),
    NodeWeakness(
        "blanks around a code are cut off",
        "exchange",
        SUCCESS,
        SUCCESS.replace("code !==", "code.trim() !=="),
    ),
    NodeWeakness(
        "a code is compared by its digits",
        "exchange",
        SUCCESS,
        SUCCESS.replace('code !== "000_000"', "Number(code.replace(/[^0-9]/g, '')) !== 0"),
    ),
    NodeWeakness(
        "a code is compared in its compatibility form",
        "exchange",
        SUCCESS,
        SUCCESS.replace("code !==", 'code.normalize("NFKC") !=='),
    ),
    NodeWeakness(
        "a code is told without its blanks",
        "exchange",
        "{ resultCode: code }",
        "{ resultCode: code.trim() }",
    ),
]
NORMAL_FORMS = [
    NodeWeakness(
        "paths are compared in NFC",
        "fields",
        FIELD_PATH,
        'String(jwe.header.get("km-path")).normalize() !== path.normalize()',
    ),
    NodeWeakness(
        "contexts are compared in NFC",
        "fields",
        FIELD_CONTEXT,
        'String(jwe.header.get("km-ctx")).normalize() === context.normalize();',
    ),
    NodeWeakness(
        "a selector finds names of another normal form",
        "fields",
        CHILD,
        "value instanceof Map ? [...value].filter(([name]) => "
        "name.normalize() === key.normalize()) : [];",
    ),
    NodeWeakness(
        "names of two normal forms are one name",
        "message",
        "this.must(!members.has(name) &&",
        "this.must(![...members.keys()].some((other) => other.normalize() === name.normalize()) &&",
    ),
    NodeWeakness(
        "selectors are read in NFC",
        "fields",
        "const reader = new SelectorReader(text);",
        "const reader = new SelectorReader(text.normalize());",
    ),
]
SECRETS_AND_YEARS = [
    without("white space around a secret is taken", "tran_token", WHITE_SPACE),
    without("control characters in a secret are taken", "tran_token", CONTROLS),
    without("an empty secret is taken", "tran_token", EMPTY_SECRET),
    NodeWeakness(
        "a byte order mark around a secret is taken",
        "tran_token",
        '"[\\\\p{White_Space}\\\\ufeff]"',
        '"[\\\\p{White_Space}]"',
    ),
    NodeWeakness(
        "ASCII blanks alone are white space",
        "tran_token",
        '"[\\\\p{White_Space}\\\\ufeff]"',
        '"[ \\\\t\\\\n\\\\r\\\\ufeff]"',
    ),
    NodeWeakness(
        "white space anywhere in a secret is refused",
        "tran_token",
        "new RegExp(`^${WHITE}|${WHITE}$`",
        "new RegExp(`${WHITE}`",
    ),
    NodeWeakness(
        "a secret is trimmed",
        "tran_token",
        WHITE_SPACE + CONTROLS,
        "  secret = secret.trim();\n",
    ),
    NodeWeakness(
        "C1 control characters are taken", "tran_token", "[\\0-\\x1f\\x7f-\\x9f]", "[\\0-\\x1f]"
    ),
    NodeWeakness(
        "a token's year is 2000 or later",
        "tran_token",
        REAL_YEAR,
        REAL_YEAR.replace("year > 0", "year >= 2000"),
    ),
    NodeWeakness(
        "a token's year is 2099 or earlier",
        "tran_token",
        REAL_YEAR,
        REAL_YEAR.replace("year > 0", "year > 0 && year <= 2099"),
    ),
    NodeWeakness(
        "the year 0 is a year",
        "tran_token",
        REAL_YEAR,
        REAL_YEAR.replace("year > 0", "year >= 0"),
    ),
    NodeWeakness(
        "the year 9999 is the end of time",
        "tran_token",
        REAL_YEAR,
        REAL_YEAR.replace("year > 0", "year > 0 && year < 9999"),
    ),
]
CLOCKS = [
    without("the clock may be of any year", "headers", CLOCK_YEAR),
    NodeWeakness(
        "the clock's year is that of the request's zone",
        "headers",
        CLOCK_YEAR,
        CLOCK_YEAR.replace("{ offsetMinutes: 0 }", "zone"),
    ),
    without("a token that is read may be of any year", "headers", TOKEN_YEAR),
]
MORE_WEAKNESSES = [
    *SEGMENTS,
    *SIZES,
    *CALLBACKS,
    *ANSWERS,
    *NORMAL_FORMS,
    *SECRETS_AND_YEARS,
    *CLOCKS,
]
