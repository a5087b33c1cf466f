"""Inputs that are made to cost a reader as much as they can, and the readers (D11).

`python -m tests.support.hostile` draws 10,000 inputs of 1 MiB for each reader and prints the
costliest: its CPU seconds as a multiple of those of json.loads for an ordinary text of the size, or
of these and an RSA operation where the reader needs one. `--help` says how to try fewer.

An input is a start, a unit again and again, and an end. All three are drawn from tables of what is
known to be dear to some reader; a unit may be made of several.
"""

from __future__ import annotations

from argparse import ArgumentParser
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from math import inf
from random import Random
from typing import Any, NamedTuple

from kmcrypto import (
    KST,
    Client,
    CorrelationId,
    Gateway,
    Signer,
    TranToken,
    decrypt_message,
    errors,
    jwe,
)
from kmcrypto._core.base64url import from_base64, from_base64url
from kmcrypto._core.strict_json import read_json
from kmcrypto.clock.time_zone import BUILT_IN_ZONES
from kmcrypto.encryption import json_path
from kmcrypto.encryption.jwe import OAEP_256, read_parts
from kmcrypto.encryption.message import read_payload
from kmcrypto.exchange.client import SealedRequest
from kmcrypto.signing.headers import Headers, read_request_headers
from tests.support import ACCESS_KEY, KEY_ID, clock
from tests.support.parties import Parties, asking, make_parties
from tests.support.speed import MEBI, cpu_seconds, least, reading_time

Make = Callable[[Random, int], Any]  # draws an input of so many bytes


class Reader(NamedTuple):
    """A reader: what it reads, how its inputs are drawn, and whether it does an RSA operation."""

    read: Callable[[Any], object]
    make: Make
    uses_rsa: bool = False


class Costliest(NamedTuple):
    """The greatest multiple of the unit that an input cost, and how that input begins."""

    multiple: float
    start: str


# --- JSON -----------------------------------------------------------------------------------------

PAIR = "\\ud83d\\ude00"
JSON_STARTS = [
    "",
    "[",
    "{",
    '{"a":[',
    "[" * 63,
    f'["{PAIR}",',
    f'{{"{PAIR}":[',
    '["',
    '["\U0001f600",',
]
JSON_STARTS += ["[[]" + ",[]" * 70 + ","]
JSON_ENDS = ["", "0]", '"]', "]", "}", '"":0}', "0]}", '\\ud83d"]', "NaN]", "\ufeff", '\x01"]']
JSON_UNITS = [
    # Structure
    *("[", "]", "[]", "{", "}", "[],", "{},", '{"a":', '{"":0},', "[{},[]],", "[[]],"),
    "[" * 63 + "]" * 63 + ",",
    '{"":' * 63 + "0" + "}" * 63 + ",",
    "[" * 31 + '"["' + "]" * 31 + ",",
    # Strings
    *('"', '"",', '"a",', '"[",', '"\\"",', "\\", "\\\\", '\\"', "\\n", "\\u0041", "\\\\ud800"),
    *(
        "\\ud83d",
        PAIR,
        f'"{PAIR}",',
        "a",
        "\u00e9",
        "\uac00",
        "\U0001f600",
        "\x7f",
        '"\U0001f600",',
    ),
    # Numbers
    *("1", "1,", "-1,", "-", "0,", "9" * 64 + ",", "9" * 65 + ",", "0.1,", "1e5,", "0e0,", "1E5,"),
    *("1.10,", "1e308,", "1E-310,", "0e-99,", "0e-400,", "1e-400,", "1.7976931348623157e308,"),
    *("2.2250738585072011e-308,", "1." + "1" * 60 + ",", "1." + "1" * 120 + ",", "1e999,"),
    # Members, the same name and others; `#` is a number that counts
    *('"a":0,', '"":0,', '"#":0,', '"' + "a" * 100 + '#":0,', '{"#":0},', '"#":{"#":[#]},'),
    f'"{PAIR}#":0,',
    # White space, words
    *(" ", "\n", "1 , ", "{ } , ", "null,", "true,", "NaN,", "Infinity,"),
]


def json_text(random: Random, size: int) -> bytes:
    """A JSON text, or nearly one."""
    start = random.choice(JSON_STARTS)
    end = random.choice(JSON_ENDS)
    unit = "".join(random.choices(JSON_UNITS, k=random.choice((1, 1, 1, 2, 3))))
    text = start + _repeated(unit, size - len(start) - len(end)) + end
    data = text.encode()[:size]  # which may cut a character
    return data + b"\xff" if random.random() < 0.02 else data


def json_object(random: Random, size: int) -> bytes:
    """A JSON object, or nearly one: what is repeated stands in a list in it."""
    data = json_text(random, size - 7).strip()
    inner = data if data.startswith(b"[") else b"[" + data.rstrip(b",") + b"]"
    return b'{"a":' + inner + b"}"


def _repeated(unit: str, size: int) -> str:
    """A unit as often as it fits, `#` in it replaced by the number of the time."""
    times = max(1, size // len(unit.encode()))
    if "#" not in unit:
        return unit * times
    return "".join(unit.replace("#", f"{number:x}") for number in range(times))[:size]


# --- Headers --------------------------------------------------------------------------------------

HEADER_NAMES = ["a", "X-KM-#", "x-km-#", "X-Km-A", "X-KM-Tran-Token", "x-km-\u212a#", "cookie", "#"]
HEADER_VALUES = ["", "1", "a" * 256, "a" * 257, "\u00e9", " ", "a" * 8000, "#"]


def headers(random: Random, size: int) -> list[tuple[Any, Any]]:
    """Headers of a sound request, and others around them until the size is reached."""
    name = random.choice(HEADER_NAMES)
    value = random.choice(HEADER_VALUES)
    others: list[tuple[Any, Any]] = []
    length = 0
    while length < size:
        number = f"{len(others):x}"
        pair = (name.replace("#", number), value.replace("#", number))
        others.append(pair)
        length += len(pair[0]) + len(pair[1]) + 4  # ": " and the end of the line
    sound = [*sound_headers().items()]
    pairs = [*sound, *others] if random.random() < 0.5 else [*others, *sound]
    if random.random() < 0.3:
        return [(name.encode(), value.encode()) for name, value in pairs]
    return pairs


@cache
def sound_headers(body: bytes = b"{}") -> dict[str, str]:
    """The headers of a request of the tests' provider."""
    return Signer(parties().key, KST, clock=clock).headers(body, KEY_ID)


@cache
def parties() -> Parties:
    """The two sides, made once."""
    return make_parties()


# --- Texts and tokens -----------------------------------------------------------------------------

TEXT_UNITS = [
    "A",
    ".",
    "=",
    "-",
    "_",
    "+",
    "/",
    "\n",
    " ",
    "?",
    "\u00e9",
    "\U0001f600",
    "A.",
    "KMV1:",
]
TEXT_UNITS += ["0", "A=", "AQ==", "\u0660", "261123091509-", "eyJ", "\0"]
SELECTOR_UNITS = [
    ".a",
    "..a",
    "['a']",
    "[0]",
    "[*]",
    ".*",
    "\\u0041",
    PAIR,
    "a",
    " ",
    "'",
    "\\'",
    "9",
]


def text(random: Random, size: int) -> str:
    """A text of a few units, as base64, tokens and ids could be."""
    unit = "".join(random.choices(TEXT_UNITS, k=random.choice((1, 1, 2, 3))))
    start = random.choice(["", "KMV1:20261123091509123:", "261123091509-"])
    return (start + unit * (size // len(unit) + 1))[:size]


def selector(random: Random, size: int) -> str:
    """A selector of the greatest length, or a longer one."""
    unit = "".join(random.choices(SELECTOR_UNITS, k=random.choice((1, 1, 2))))
    start = random.choice(["$", "$['", "$[", "$ "])
    length = random.choice((json_path.MAX_SELECTOR, size))
    return (start + unit * (length // len(unit) + 1))[:length]


def token(random: Random, size: int) -> str:
    """A JWE, one of whose segments is long and of another kind than it should be."""
    segments = list(sound_token().split("."))
    place = random.randrange(5)
    if place == 0 and random.random() < 0.7:  # a header that can be decoded
        header = b'{"enc":"A128GCM","alg":"RSA-OAEP-256","a":%b}' % json_text(random, 6000)
        segments[0] = urlsafe_b64encode(header).rstrip(b"=").decode()
    else:
        segments[place] = text(random, size - len(sound_token()))
    return ".".join(segments)


def envelope(random: Random, size: int) -> bytes:
    """A body of an encrypted call, around such a token or around hostile JSON."""
    if random.random() < 0.3:
        return json_object(random, size)
    start, end = random.choice([('{"encData":"', '"}'), ('{ "encData" : "', '" }')])
    return f"{start}{token(random, size - 20)}{end}".encode()


@cache
def sound_token() -> str:
    """A JWE to the platform."""
    return jwe.encrypt(b"{}", parties().first.platform.public_key())


# --- The readers ----------------------------------------------------------------------------------


@cache
def gateway() -> Gateway:
    """The platform."""
    return Gateway({ACCESS_KEY: parties().platform}.get, clock=clock)


@cache
def client() -> Client:
    """The provider."""
    return Client(parties().provider, clock=clock)


@cache
def sound_request() -> SealedRequest:
    """A request of the provider."""
    return client().seal({}, encrypted=False)


def decrypt_body(body: bytes) -> object:
    return decrypt_message(body, parties().first.platform)


def decrypt_token(token: str) -> object:
    return jwe.decrypt(token, parties().first.platform)


def read_headers(pairs: Headers) -> object:
    return read_request_headers(pairs, BUILT_IN_ZONES)


def verify_headers(pairs: Headers) -> object:
    return gateway().verify(pairs, b"{}", encrypted=False)


def verify_body_of_a_stranger(body: bytes) -> object:
    return gateway().verify(sound_headers(), body, encrypted=False)


def verify_body_of_the_sender(body: bytes) -> object:
    return gateway().verify(
        Signer(parties().key, KST, clock=clock).headers(body), body, encrypted=False
    )


def refuse(pairs: Headers) -> object:
    return gateway().refuse(errors.SignatureMismatch(), pairs)


def open_answer(body: bytes) -> object:
    request = sound_request()
    answer_headers = {"X-KM-Correlation-Id": str(request.correlation_id)}
    return client().open(400, answer_headers, body, request=asking(request, encrypted=False))


# Every reader of what strangers send.
READERS = {
    "read_json": Reader(read_json, json_text),
    "read_json, exact": Reader(partial(read_json, exact=True), json_text),
    "read_payload": Reader(read_payload, json_object),
    "decrypt_message": Reader(decrypt_body, envelope, uses_rsa=True),
    "jwe.decrypt": Reader(decrypt_token, token, uses_rsa=True),
    "jwe.read_parts": Reader(read_parts, token),
    "from_base64url": Reader(from_base64url, text),
    "from_base64": Reader(from_base64, text),
    "TranToken.parse": Reader(TranToken.parse, text),
    "CorrelationId.parse": Reader(CorrelationId.parse, text),
    "read_request_headers": Reader(read_headers, headers),
    "Gateway.verify, headers": Reader(verify_headers, headers),
    "Gateway.verify, stranger's body": Reader(verify_body_of_a_stranger, json_object),
    "Gateway.verify, sender's body": Reader(verify_body_of_the_sender, json_object),
    "Gateway.refuse": Reader(refuse, headers),
    "Client.open": Reader(open_answer, json_object),
    "selector": Reader(json_path.parse, selector),
}


def unit_seconds(reader: Reader, size: int) -> float:
    """The CPU seconds that a reader's inputs of this size are measured by."""
    return reading_time(size) + (rsa_seconds() if reader.uses_rsa else 0)


@cache
def rsa_seconds() -> float:
    """The CPU seconds of one RSA operation of the tests' platform."""
    private_key = parties().first.platform
    encrypted = private_key.public_key().encrypt(bytes(16), OAEP_256)
    return cpu_seconds(lambda: private_key.decrypt(encrypted, OAEP_256), calls=9)


def costliest(
    reader: Reader, inputs: Sequence[Any] | Iterator[Any], size: int, aim: float = inf
) -> Costliest:
    """The costliest of some inputs. One that exceeds the others is measured three times more.

    One that exceeds the aim is measured again, each time beside the unit.
    """
    unit = unit_seconds(reader, size)
    worst = Costliest(0, "")
    for data in inputs:
        call = partial(reader.read, data)
        if cpu_seconds(call) / unit <= worst.multiple:
            continue
        multiple = cpu_seconds(call, calls=3) / unit
        if multiple > aim:
            multiple = multiple_of(reader, call, size, aim)
        if multiple > worst.multiple:
            worst = Costliest(multiple, repr(data)[:70])
    return worst


def multiple_of(reader: Reader, call: Callable[[], object], size: int, aim: float) -> float:
    """How many times as long as the unit a call takes, by some attempts to reach the aim."""
    return least(lambda: cpu_seconds(call) / unit_seconds(reader, size), aim)


def drawn(reader: Reader, count: int, size: int, seed: int = 0) -> Iterator[Any]:
    """So many inputs of a reader, the same ones for a seed."""
    random = Random(seed)
    for _ in range(count):
        yield reader.make(random, size)


def main() -> None:
    """Print the costliest input of every reader."""
    parser = ArgumentParser(prog="python -m tests.support.hostile")
    parser.add_argument("readers", nargs="*", help="names as they are printed; else all")
    parser.add_argument("--count", type=int, default=10_000, help="inputs of each reader")
    parser.add_argument("--size", type=int, default=MEBI, help="bytes of an input")
    options = parser.parse_args()
    for name, reader in READERS.items():
        if options.readers and name not in options.readers:
            continue
        worst = costliest(reader, drawn(reader, options.count, options.size), options.size)
        unit = "json.loads + RSA" if reader.uses_rsa else "json.loads"
        print(f"{name:32} {worst.multiple:7.2f} times {unit:17} {worst.start}", flush=True)


if __name__ == "__main__":
    main()
