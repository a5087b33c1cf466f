"""fields_v1.json: chosen values of a document, each a JWE in its place (S9)."""

from functools import lru_cache
from typing import Any

from ..common.base import Json, card, compact
from ..common.book import Book, Group
from ..common.jwe_maker import header_of
from ..common.parties import FIRST, KEY_ID, NEXT, NEXT_ID, ring
from . import bad, limits, select
from .maker import CIPHER, PATH, Field, field, tokens
from .notes import NOTES


def good(group: Group, comment: str, flags: str, rule: str, document: Any, plain: Any, report: Json, fields: list[Field],
         context: str | None = None) -> Json:  # fmt: skip
    """A valid test. `document` and `plain` are JSON text, or values to be written as such."""
    shown = {"document": document, "plain": plain}
    text = {
        name: value if isinstance(value, str) else compact(value).decode()
        for name, value in shown.items()
    }
    values = {
        "operation": "decrypt",
        "document": text["document"],
        "context": context,
        "plain": text["plain"],
    }
    middle = {"fields": {one.path: one.made.intermediate for one in fields}}
    return group.valid(comment, flags, rule, **values, report=report, intermediate=middle)


@lru_cache
def fields_vectors() -> Book:
    """The whole file."""
    made = Book(
        "fields",
        [
            "decrypt: the side opens the fields that its selectors select, with the keys of its ring; plain is the "
            "document then (numbers are compared digit by digit in value: 1.10 differs from 1.1, 1.10E+0 equals 1.10), "
            "and report says for each selector how many fields were opened.",
            "select: the normalized paths (RFC 9535, 2.7) of what a selector selects, in document order and each once; an "
            "invalid selector is refused, and position is the index of the first character that fits no rule, where "
            "there is one way to see it.",
        ],
        NOTES,
        ["plain", "report", "paths", "position"],
    )
    group = made.group(**CIPHER)
    twin = one_field(group)
    values(made)
    several(made)
    contexts(group)
    sides(made)
    states(made)
    bad.add(made, group, twin)
    limits.add(made, group, twin)
    select.add(made.group(**CIPHER))
    return made.numbered()


def one_field(group: Group) -> Json:
    """One field in a document."""
    number = card("fields/card/1")
    plain = {"cardNo": number, "amount": 1500}
    one = field("fields/twin/1", compact(number))
    twin = good(
        group, "a field", "Normal", "S9.1", {**plain, "cardNo": one.token}, plain, {PATH: 1}, [one]
    )
    wide = field("fields/twin/2", compact(number), enc="A256GCM")
    good(
        group,
        "A256GCM",
        "Normal",
        "S4.3",
        {**plain, "cardNo": wide.token},
        plain,
        {PATH: 1},
        [wide],
    )
    members = {"km-path": "$['cardNo']", "kid": KEY_ID}
    for label, header in (("other order", compact({**members, "alg": "RSA-OAEP-256", "enc": "A128GCM"})),
                          ("unknown parameter", header_of({"kid": KEY_ID, "km-path": "$['cardNo']", "x": 1})),
                          ("escaped", header_of(members).replace(b"km-path", b"km\\u002dpath"))):  # fmt: skip
        other = field(f"fields/header/{label}", compact(number), header=header)
        good(
            group,
            f"header: {label}",
            "HeaderSpelling",
            "S9.1",
            {"cardNo": other.token},
            {"cardNo": number},
            {PATH: 1},
            [other],
        )
    return twin


def values(made: Book) -> None:
    """Values of every type, and documents that are one field."""
    group = made.group(**{**CIPHER, "selectors": ["$.value"]})
    for number, (comment, text) in enumerate({
        "an empty string": '""', "Hangul": '"비밀"', "an escape": '"\\ud83d\\ude00\\n"', "zero": "0", "a negative number": "-15", "1.10, not 1.1": "1.10",
        "an exponent": "1.10E+0", "a number beyond 2^53": "9007199254740993", "64 digits": "1" * 64, "many decimals": "0." + "1234567890" * 4,
        "true": "true", "false": "false", "null": "null", "an empty object": "{}", "an empty list": "[]", "an object": '{"b":[1,{"a":2.50}],"a":null}',
        "blanks within": ' [ 1 , 2 ]\n', "text like a JWE": '"a.b.c.d.e"',
    }.items()):  # fmt: skip
        one = field(f"fields/value/{number}", text.encode(), path="$['value']")
        document = {"before": 1, "value": one.token, "after": [1]}
        plain = '{"before":1,"value":' + text + ',"after":[1]}'
        good(group, f"a value: {comment}", "Value", "S9.2", document, plain, {"$.value": 1}, [one])
    whole = made.group(**{**CIPHER, "selectors": ["$"]})
    one = field("fields/whole/1", b'{"a":1}', path="$")
    good(
        whole,
        "the whole document",
        "Value",
        "S9.1",
        compact(one.token).decode(),
        '{"a":1}',
        {"$": 1},
        [one],
    )
    exact = made.group(**{**CIPHER, "selectors": ["$.value"], "plain": ["$.value"]})
    good(exact, "digits of values that are not selected", "Digits", "S9.2",
         '{"value":"x","price":1.10,"big":12345678901234567890123456789012345678901234567890}',
         '{"value":"x","price":1.10,"big":12345678901234567890123456789012345678901234567890}', {"$.value": 0}, [])  # fmt: skip


def several(made: Book) -> None:
    """Several fields of one call, places of all kinds, selectors that may find nothing or plain values."""
    paths = {"$['a']": "1", "$['m'][0]['c']": '"x"', "$['m'][1]['c']": '"y"'}
    selectors = ["$.a", "$.m[*].c"]
    group = made.group(**{**CIPHER, "selectors": selectors})
    shared = tokens("fields/several/1", paths)
    document = {"a": shared[0].token, "m": [{"c": shared[1].token}, {"c": shared[2].token}]}
    plain = {"a": 1, "m": [{"c": "x"}, {"c": "y"}]}
    good(
        group,
        "three fields under one CEK",
        "SharedKey",
        "S9.3",
        document,
        plain,
        {"$.a": 1, "$.m[*].c": 2},
        shared,
    )
    apart = [
        field(f"fields/several/2/{n}", text.encode(), path=path)
        for n, (path, text) in enumerate(paths.items())
    ]
    document = {"a": apart[0].token, "m": [{"c": apart[1].token}, {"c": apart[2].token}]}
    good(
        group,
        "three fields, each with its own CEK",
        "SharedKey",
        "S9.3",
        document,
        plain,
        {"$.a": 1, "$.m[*].c": 2},
        apart,
    )
    paths_of_names(made)
    lenient_selectors(made)


def paths_of_names(made: Book) -> None:
    """Names that a normalized path escapes or does not, and places that more than one way leads to."""
    names = {"$['이름']": "이름", "$['it\\'s']": "it's", "$['\\n']": "\n", "$['\\u0001']": "\u0001", "$['\"']": '"', "$['']": "", "$['\\\\']": "\\",
             "$['\U0001f600']": "\U0001f600", "$['a/b']": "a/b", "$['a.b']": "a.b", "$['\x7f']": "\x7f"}  # fmt: skip
    group = made.group(**{**CIPHER, "selectors": ["$.*"]})
    for number, (path, name) in enumerate(names.items()):
        one = field(f"fields/name/{number}", b"1", path=path)
        good(
            group,
            f"the path {compact(path).decode()}",
            "Path",
            "S9.1",
            {name: one.token},
            {name: 1},
            {"$.*": 1},
            [one],
        )
    deep = made.group(**{**CIPHER, "selectors": ["$..c"]})
    fields = tokens("fields/deep/1", {"$['c']": "1", "$['a'][0]['c']": "2"})
    good(
        deep,
        "descendants",
        "Path",
        "S9.1",
        {"c": fields[0].token, "a": [{"c": fields[1].token}]},
        {"c": 1, "a": [{"c": 2}]},
        {"$..c": 2},
        fields,
    )
    last = made.group(**{**CIPHER, "selectors": ["$.m[-1]", "$.m[1]"]})
    one = field("fields/last/1", b"2", path="$['m'][1]")
    good(
        last,
        "two selectors of one place",
        "Path",
        "S9.1",
        {"m": [1, one.token]},
        {"m": [1, 2]},
        {"$.m[-1]": 1, "$.m[1]": 1},
        [one],
    )


def lenient_selectors(made: Book) -> None:
    """Selectors that may find nothing, or plain values."""
    lenient = made.group(
        **{**CIPHER, "selectors": ["$.a", "$.b"], "optional": ["$.b"], "plain": ["$.a"]}
    )
    good(
        lenient,
        "nothing for an optional selector, a plain value for a lenient one",
        "Lenient",
        "S9.1",
        {"a": 1},
        {"a": 1},
        {"$.a": 0, "$.b": 0},
        [],
    )
    both = tokens("fields/lenient/1", {"$['a']": "1", "$['b']": "2"})
    good(
        lenient,
        "fields for both",
        "Lenient",
        "S9.1",
        {"a": both[0].token, "b": both[1].token},
        {"a": 1, "b": 2},
        {"$.a": 1, "$.b": 1},
        both,
    )


def contexts(group: Group) -> None:
    """Fields that are tied to a record, and every other record (S9.4)."""
    written: list[tuple[str | None, list[str | None]]] = [
        ("record-1", ["record-2", "Record-1", "record-1 ", "", None]),
        ("", ["x", None]),
        ("고객-1", ["고객-2", None]),
        (None, ["", "record-1"]),
    ]
    for number, (context, others) in enumerate(written):
        one = field(f"fields/context/{number}", b'"v"', context=context)
        document = {"cardNo": one.token}
        twin = good(
            group,
            f"context: {compact(context).decode()}",
            "Context",
            "S9.4",
            document,
            {"cardNo": "v"},
            {PATH: 1},
            [one],
            context,
        )
        for other in others:
            group.fault(twin, f"context {compact(context).decode()} read with {compact(other).decode()}", "Context", "S9.4",
                        "decrypt decryption-failed", context=other)  # fmt: skip


def sides(made: Book) -> None:
    """Whose private half opens (S4.5)."""
    rows: list[tuple[str, Json, str]] = [
        ("the client's side opens what the platform encrypted", {"side": "client"}, "client_2048"),
        ("the platform's own records", {"side": "storage", "storageSide": "platform"}, "platform_2048"),
        ("the client's own records", {"side": "storage", "storageSide": "client"}, "client_2048"),
    ]  # fmt: skip
    for comment, shared, key in rows:
        group = made.group(**{**CIPHER, **shared})
        one = field(f"fields/side/{comment}", b"1", key=key)
        twin = good(
            group, comment, "Side", "S4.5", {"cardNo": one.token}, {"cardNo": 1}, {PATH: 1}, [one]
        )
        wrong = field(f"fields/side/{comment}/2", b"1", key="other_2048")
        document = compact({"cardNo": wrong.token}).decode()
        group.fault(
            twin,
            f"{comment}: encrypted to a stranger",
            "Side",
            "S4.5",
            "decrypt decryption-failed",
            document=document,
        )


def states(made: Book) -> None:
    """Keys by id, in a ring under rotation (S5.1, S5.2)."""
    rings = {
        "both active": ring(FIRST, NEXT), "first primary": ring(FIRST, NEXT, primary=KEY_ID), "first inactive": ring({**FIRST, "state": "inactive"}, NEXT),
        "first discarded": ring({**FIRST, "state": "discarded"}, NEXT), "first gone": ring(NEXT), "next not there yet": ring(FIRST),
        "next inactive": ring(FIRST, {**NEXT, "state": "inactive"}, primary=KEY_ID), "next discarded": ring(FIRST, {**NEXT, "state": "discarded"}, primary=KEY_ID),
    }  # fmt: skip
    old, new = (
        field("fields/rotation/1", b"1"),
        field("fields/rotation/2", b"1", key="next_platform_2048", kid=NEXT_ID),
    )
    groups = {name: made.group(**{**CIPHER, "ring": shown}) for name, shown in rings.items()}
    twins = {}
    for name, one in (
        ("both active", old),
        ("first primary", old),
        ("both active", new),
        ("first primary", new),
    ):
        under = "first" if one is old else "next"
        comment = f"{name}: a field under the {under} key"
        twins[under] = good(
            groups[name],
            comment,
            "Rotation",
            "S5.2",
            {"cardNo": one.token},
            {"cardNo": 1},
            {PATH: 1},
            [one],
        )
    for name, under, error in (
        ("first inactive", "first", "key inactive-key"), ("first discarded", "first", "key unknown-crypto-key"),
        ("first gone", "first", "key unknown-crypto-key"), ("next not there yet", "next", "key unknown-crypto-key"),
        ("next inactive", "next", "key inactive-key"), ("next discarded", "next", "key unknown-crypto-key"),
    ):  # fmt: skip
        groups[name].fault(
            twins[under], f"{name}: a field under the {under} key", "Rotation", "S5.1", error
        )
    rotated(made, rings["first inactive"], rings["both active"], old)


def rotated(made: Book, resting: Json, both: Json, old: Field) -> None:
    """An inactive key where that is allowed, and both keys in one document."""
    lenient = made.group(**{**CIPHER, "ring": resting, "acceptInactive": True})
    good(
        lenient,
        "an inactive key, where that is allowed",
        "Rotation",
        "S5.1",
        {"cardNo": old.token},
        {"cardNo": 1},
        {PATH: 1},
        [old],
    )
    mixed = made.group(**{**CIPHER, "ring": both, "selectors": ["$.a", "$.b"]})
    left, right = (
        field("fields/rotation/3", b"1", path="$['a']"),
        field("fields/rotation/4", b"2", path="$['b']", key="next_platform_2048", kid=NEXT_ID),
    )
    good(
        mixed,
        "fields under both keys",
        "Rotation",
        "S5.2",
        {"a": left.token, "b": right.token},
        {"a": 1, "b": 2},
        {"$.a": 1, "$.b": 1},
        [left, right],
    )
