"""The ways in which a key travels, and what must come of each: the key, or the text that is given.

A key is PEM, DER or JSON. `carriers_of` spells one in 80 ways and more: on files of another editor
or system, in variables, settings, documents and mails, and as base64 of all that. A carrier that
means nothing must give the key; one that changes the key or adds to it must give a text that says
so. Where one carrier changes some keys and leaves others as they are, both may come.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote, quote_plus

TAKEN = "the key"
ALONE = (
    "expected PEM, JWK, or base64 of DER, PEM or a JWK, and nothing around it, got other text; "
    "give a file as a Path (S4.5)"
)
ARMOUR = (
    "the PEM block must start with -----BEGIN, a space, its label and -----, "
    "and its lines were changed: copy the whole file again (S4.5)"
)
CUT_OFF = (
    "the PEM block must end with the label that it begins with: it is cut off, or a line of it was "
    "changed: copy the whole file again (S4.5)"
)
BROKEN = (
    "the lines of the PEM block must be base64, and characters of them are missing, added or "
    "changed: copy the whole file again (S4.5)"
)
DAMAGED = (
    "the DER structure is cut off, or bytes of it were changed: "
    "copy the whole file again, as binary or as base64 (S4.5)"
)
FOLLOWED = (
    "bytes follow the DER structure, more than one key or a bad copy: "
    "give one key, copied as it is (S4.5)"
)
BASE64 = (
    "the base64 must be whole, padded, and in the standard alphabet: "
    "encode the file again by `base64 FILE` (RFC 4648, 4)"
)
TWICE = (
    "expected base64 of DER, PEM or a JWK, got base64 of other bytes: "
    "if the key was encoded twice, decode it once (S4.5)"
)
STRICT = (
    "the JWK must be strict JSON without duplicate members, with nothing around it and nothing "
    "in it escaped: give it as its maker wrote it (RFC 7517, 4)"
)
JWK_SET = "expected one JWK, got a JWK set: give one key of it (RFC 7517, 5)"
UTF_16 = "UTF-16 text is not taken (S4.5): run `iconv -f UTF-16 -t UTF-8 FILE > key.pem`"
HEX = "the hex of DER is not taken (S4.5): run `xxd -r -p FILE key.der`"

Spelling = Callable[[str], str]


class Carrier(NamedTuple):
    """What a key becomes on its way, and what may come of it: TAKEN, or texts of errors."""

    data: bytes
    verdicts: tuple[str, ...]


# What stands between two lines, where line ends are lost or changed.
LINE_ENDS = {
    "line feeds": "\n",
    "CR LF": "\r\n",
    "CR": "\r",
    "CR CR LF": "\r\r\n",
    "blank lines between": "\n\n",
    "blanks at the ends": "  \n",
    "tabs at the ends": "\t\n",
    "a YAML block": "\n    ",
    "a shell's document with tabs": "\n\t",
    "no-break spaces of a web page": "\n\u00a0\u00a0",
    "a line separator": "\u2028",
    "a next line": "\u0085",
    "form feeds": "\f",
    "zero-width spaces": "\u200b\n",
    "blanks": " ",
    "tabs": "\t",
    r"\n": r"\n",
    r"\n twice escaped": r"\\n",
    r"\r\n": r"\r\n",
    r"\r\n twice escaped": r"\\r\\n",
    r"\n and a line feed": "\\n\n",
}
# What stands around a text and means nothing.
MEANINGLESS: dict[str, Spelling] = {
    "a line feed behind": "{}\n".format,
    "CR LF behind": "{}\r\n".format,
    "several line feeds behind": "{}\n\n\n".format,
    "a line feed before": "\n{}".format,
    "blanks around": "  {}  ".format,
    "a tab before": "\t{}".format,
    "no-break spaces around": "\u00a0{}\u00a0".format,
    "an ideographic space behind": "{}\u3000".format,
    "a byte order mark": "\ufeff{}".format,
    "a zero-width space behind": "{}\u200b".format,
    "a word joiner before": "\u2060{}".format,
    "double quotes": '"{}"'.format,
    "single quotes": "'{}'".format,
    "quotes and a line feed": '"{}"\n'.format,
    "blanks inside quotes": "' {} '".format,
    "quotes behind a byte order mark": '\ufeff"{}"'.format,
}
# What stands around a text and says something: PEM has a place for that, nothing else has one.
BEHIND: dict[str, Spelling] = {
    "a comma behind": "{},".format,
    "a semicolon behind": "{};\n".format,
    "a comment behind": "{}\n# made up\n".format,
    "a NUL behind": "{}\0".format,
    "Ctrl-Z behind": "{}\x1a".format,
}
AROUND: dict[str, Spelling] = {
    "a line of docker --env-file": "KEY={}".format,
    "a line of a shell": 'export KEY="{}"\n'.format,
    "a line of systemd": 'Environment="KEY={}"\n'.format,
    "a line of PowerShell": "$env:KEY = '{}'\r\n".format,
    "a line of properties": "my.key = {}\n".format,
    "a YAML document": "key: |\n  {}\n".format,
    "a Kubernetes secret": "apiVersion: v1\nkind: Secret\nstringData:\n  key: {}\n".format,
    "a member of JSON": '"key": "{}",'.format,
    "an element of XML": "<key>{}</key>".format,
    "a block of HTML": "<pre>\n{}\n</pre>".format,
    "a Markdown fence": "```\n{}\n```\n".format,
    "backticks": "`{}`".format,
    "the repr of bytes": "b'{}'".format,
    "typographic quotes": "\u201c{}\u201d".format,
    "quotes inside quotes": "\"'{}'\"".format,
    "triple quotes": '"""{}"""'.format,
    "a comment before": "# made up for a test!\n{}".format,
    "a data URI": "data:application/octet-stream;base64,{}".format,
    "angle brackets": "<{}>".format,
}


def carriers_of(coding: str, key: bytes) -> dict[str, Carrier]:
    """The carriers of a key by name: of `pem` or `json`, its text; of `der`, its bytes."""
    makers = {"pem": _carriers_of_pem, "der": _carriers_of_der, "json": _carriers_of_json}
    return {**makers[coding](key), **_carriers_of_base64(key)}


def _carriers_of_pem(key: bytes) -> dict[str, Carrier]:
    text = key.decode()
    lines = text.split("\n")
    broken: dict[str, str] = {
        "a mail's quotation": "\n".join(f"> {line}" for line in lines),
        "breaks of HTML": text.replace("\n", "<br>\n"),
        "backslashes at the ends": text.replace("\n", "\\\n"),
        r"\n thrice escaped": text.replace("\n", r"\\\\n"),
        "a character missing": "\n".join([*lines[:2], lines[2][1:], *lines[3:]]),
    }
    armour: dict[str, str] = {
        "without any blanks": "".join(text.split()),
        "percent-encoded": quote(text),
        "form-encoded": quote_plus(text),
        "dashes for hyphens": text.replace("--", "\u2013"),
        "small letters": text.lower(),
        "no-break spaces for blanks": text.replace(" ", "\u00a0"),
    }
    return {
        **_in_lines(text.strip()),
        **_wrapped(text.strip(), behind=TAKEN, around=TAKEN),
        "as it is": _taken(text),
        "one long line inside": _taken(_unfolded(lines)),
        "text before, as openssl writes it": _taken(f"Certificate:\n    Data:\n\n{text}"),
        "text in Latin-1 before": Carrier("gem\u00e4\u00df\n".encode("latin-1") + key, (TAKEN,)),
        "text behind": _taken(f"{text}\nissued for a test\n"),
        "a document of XML": _taken(f'<?xml version="1.0"?>\n<key>{text}</key>'),
        "a string of JSON": _taken(json.dumps(text)),
        **{name: _refused(spelt, BROKEN) for name, spelt in broken.items()},
        **{name: _refused(spelt, ARMOUR) for name, spelt in armour.items()},
        "the first half": _refused(text[: len(text) // 2], CUT_OFF),
        "numbered lines": _refused(
            "\n".join(f"{number}\t{line}" for number, line in enumerate(lines)), BROKEN, DAMAGED
        ),
        **_in_utf_16(text),
    }


def _carriers_of_der(key: bytes) -> dict[str, Carrier]:
    hexadecimal = key.hex()
    return {
        "as it is": Carrier(key, (TAKEN,)),
        "the first half": Carrier(key[: len(key) // 2], (DAMAGED,)),
        "a line feed behind": Carrier(key + b"\n", (FOLLOWED,)),
        "read as Latin-1": Carrier(key.decode("latin-1").encode(), (DAMAGED,)),
        "read as UTF-8": Carrier(key.decode("utf-8", "replace").encode(), (DAMAGED,)),
        "hex": _refused(hexadecimal, HEX),
        "hex with colons": _refused(key.hex(":"), HEX),
        "hex in lines": _refused(_folded(hexadecimal, 60, "\n"), HEX),
    }


def _carriers_of_json(key: bytes) -> dict[str, Carrier]:
    text = key.decode()
    jwk = json.loads(text)
    escaped = text.replace("kty", r"\u006bty")
    taken = {
        "as it is": text,
        "compact": json.dumps(jwk, separators=(",", ":")),
        "in lines": json.dumps(jwk, indent=0),
        "indented": json.dumps(jwk, indent=4),
        "indented by tabs": json.dumps(jwk, indent="\t"),
        "indented with CR LF": json.dumps(jwk, indent=2).replace("\n", "\r\n"),
        "sorted": json.dumps(jwk, sort_keys=True),
        "an escaped letter in a name": escaped,
        "zero-width spaces": text.replace(", ", ",\u200b "),
    }
    refused = {
        "a string of JSON": json.dumps(text),
        "a field of CSV": '"{}"'.format(text.replace('"', '""')),
        "the repr of a dict": repr(jwk),
        "escaped line ends": json.dumps(jwk, indent=2).replace("\n", r"\n"),
        "no-break spaces between": text.replace(", ", ",\u00a0"),
        "typographic quotes inside": text.replace('"', "\u201d"),
        "entities of HTML": text.replace('"', "&quot;"),
        "a comment inside": text.replace("{", "{ /* made up */ ", 1),
        "a comma at the end inside": text.replace("}", ",}"),
        "the first half": text[: len(text) // 2],
        "two of them": text * 2,
    }
    return {
        **_wrapped(text, behind=STRICT, around=ALONE),
        **{name: _taken(spelt) for name, spelt in taken.items()},
        **{name: _refused(spelt, STRICT) for name, spelt in refused.items()},
        "percent-encoded": _refused(quote(text), ALONE),
        "a JWK set": _refused(json.dumps({"keys": [jwk]}), JWK_SET),
        "a list": _refused(json.dumps([jwk]), ALONE),
        **_in_utf_16(text),
    }


def _carriers_of_base64(key: bytes) -> dict[str, Carrier]:
    """The base64 of a key's bytes or text, as a secret of Kubernetes is, and what changes it."""
    base64 = b64encode(key).decode()
    in_other_alphabet = urlsafe_b64encode(key).decode()
    carriers = {
        **_in_lines(_folded(base64, 64, "\n")),
        **_wrapped(base64, behind=ALONE, around=ALONE),
        "as it is": _taken(base64),
        "lines of 76": _taken(_folded(base64, 76, "\n")),
        "a string of JSON": _taken(json.dumps(_folded(base64, 76, "\n"))),
        "of the text behind a byte order mark": Carrier(
            b64encode(b"\xef\xbb\xbf" + key), (TAKEN if key[:1] != b"\x30" else TWICE,)
        ),
        "the URL-safe alphabet": _if_changed(base64, in_other_alphabet, BASE64),
        "without padding": _if_changed(base64, base64.rstrip("="), BASE64),
        "without its last character": _refused(base64.rstrip("=")[:-1], BASE64),
        "with needless padding": _refused(f"{base64}====", BASE64),
        "twice": _refused(b64encode(base64.encode()).decode(), TWICE),
        "of gzip": _refused(b64encode(gzip.compress(key)).decode(), TWICE),
        "percent-encoded": _if_changed(base64, quote(base64, safe=""), ALONE),
        **_in_utf_16(base64),
    }
    return {f"base64, {name}": carrier for name, carrier in carriers.items()}


def _in_lines(text: str) -> dict[str, Carrier]:
    """A text of several lines, with each of the line ends."""
    return {name: _taken(text.replace("\n", end)) for name, end in LINE_ENDS.items()}


def _wrapped(text: str, *, behind: str, around: str) -> dict[str, Carrier]:
    """A text in each of its wrappings; two verdicts are those of the wrappings that say much."""
    return {
        **{name: _taken(wrap(text)) for name, wrap in MEANINGLESS.items()},
        **{name: Carrier(wrap(text).encode(), (behind,)) for name, wrap in BEHIND.items()},
        **{name: Carrier(wrap(text).encode(), (around,)) for name, wrap in AROUND.items()},
    }


def _in_utf_16(text: str) -> dict[str, Carrier]:
    """A text as Windows PowerShell redirects it, and without its mark."""
    return {
        coding: Carrier(text.encode(coding), (UTF_16,))
        for coding in ("utf-16", "utf-16-le", "utf-16-be")
    }


def _taken(text: str) -> Carrier:
    return Carrier(text.encode(), (TAKEN,))


def _refused(text: str, *verdicts: str) -> Carrier:
    return Carrier(text.encode(), verdicts)


def _if_changed(text: str, spelt: str, verdict: str) -> Carrier:
    """A spelling that some texts have by themselves."""
    return Carrier(spelt.encode(), (TAKEN if spelt == text else verdict,))


def _folded(text: str, width: int, end: str) -> str:
    return end.join(text[start : start + width] for start in range(0, len(text), width))


def _unfolded(lines: list[str]) -> str:
    """A PEM block whose base64 is one line."""
    first, *inside, last, _ = lines
    return "\n".join([first, "".join(inside), last])
