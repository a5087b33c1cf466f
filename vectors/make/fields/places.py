"""The place of a field: its path and its context, and the selectors that find it (S9.1, S9.4)."""

from typing import Any, NamedTuple

from ..common.encode import Json, compact_text
from ..common.errors import DECRYPTION_FAILED, MALFORMED_PAYLOAD
from ..common.jwe import header_with, make_jwe
from ..common.requests import KEY_ID
from ..common.vector_file import Case, Group, VectorFile
from .maker import (
    SELECTOR,
    Field,
    field_group,
    field_header,
    make_field,
    make_fields,
    negative_document,
    negative_value,
    positive_document,
)

VALUE = b'"v"'

SEVERAL_VALUES = {"$['a']": "1", "$['m'][0]['c']": '"x"', "$['m'][1]['c']": '"y"'}


def add_several_fields(file: VectorFile) -> None:
    """Add three fields of one call, with one CEK and with three."""
    group = field_group(file, selectors=["$.a", "$.m[*].c"])
    shared = make_fields("fields/several/1", SEVERAL_VALUES)
    positive_three_fields(group, "three fields under one CEK", shared)
    apart = [
        make_field(f"fields/several/2/{number}", value, path)
        for number, (path, value) in enumerate(SEVERAL_VALUES.items())
    ]
    positive_three_fields(group, "three fields, each with its own CEK", apart)


def positive_three_fields(group: Group, comment: str, fields: list[Field]) -> None:
    """Add a document with the three values."""
    first, second, third = fields
    positive_document(
        group,
        comment,
        "SharedKey",
        document={"a": first.text, "m": [{"c": second.text}, {"c": third.text}]},
        plain={"a": 1, "m": [{"c": "x"}, {"c": "y"}]},
        report={"$.a": 1, "$.m[*].c": 2},
        fields=fields,
    )


class NameRow(NamedTuple):
    """A name, and its spelling in a normalized path."""

    comment: str
    path: str
    name: str


NAMES = [
    NameRow("Hangul", "$['이름']", "이름"),
    NameRow("a single quote", "$['it\\'s']", "it's"),
    NameRow("a line feed", "$['\\n']", "\n"),
    NameRow("a control character", "$['\\u0001']", "\u0001"),
    NameRow("a double quote", "$['\"']", '"'),
    NameRow("empty", "$['']", ""),
    NameRow("a backslash", "$['\\\\']", "\\"),
    NameRow("an emoji", "$['\U0001f600']", "\U0001f600"),
    NameRow("a slash", "$['a/b']", "a/b"),
    NameRow("a dot", "$['a.b']", "a.b"),
    NameRow("a delete character", "$['\x7f']", "\x7f"),
]


def add_names(file: VectorFile) -> None:
    """Add names that a normalized path escapes or does not, and other ways to a place."""
    group = field_group(file, selectors=["$.*"])
    for number, row in enumerate(NAMES):
        field = make_field(f"fields/name/{number}", "1", row.path)
        positive_document(
            group,
            f"a name in the path: {row.comment}",
            "Path",
            document={row.name: field.text},
            plain={row.name: 1},
            report={"$.*": 1},
            fields=[field],
        )
    group = field_group(file, selectors=["$..c"])
    outer, inner = make_fields("fields/deep/1", {"$['c']": "1", "$['a'][0]['c']": "2"})
    positive_document(
        group,
        "fields among descendants",
        "Path",
        document={"c": outer.text, "a": [{"c": inner.text}]},
        plain={"c": 1, "a": [{"c": 2}]},
        report={"$..c": 2},
        fields=[outer, inner],
    )
    group = field_group(file, selectors=["$.m[-1]", "$.m[1]"])
    field = make_field("fields/last/1", "2", "$['m'][1]")
    positive_document(
        group,
        "two selectors of one place",
        "Path",
        document={"m": [1, field.text]},
        plain={"m": [1, 2]},
        report={"$.m[-1]": 1, "$.m[1]": 1},
        fields=[field],
    )


def add_lenient_selectors(file: VectorFile) -> None:
    """Add selectors that may find nothing, or plain values."""
    group = field_group(file, selectors=["$.a", "$.b"], optional=["$.b"], plain=["$.a"])
    positive_document(
        group,
        "nothing for an optional selector, a plain value for a lenient one",
        "Lenient",
        document={"a": 1},
        plain={"a": 1},
        report={"$.a": 0, "$.b": 0},
        fields=[],
        rule="S9.8",
    )
    first, second = make_fields("fields/lenient/1", {"$['a']": "1", "$['b']": "2"})
    positive_document(
        group,
        "fields for an optional selector and a lenient one",
        "Lenient",
        document={"a": first.text, "b": second.text},
        plain={"a": 1, "b": 2},
        report={"$.a": 1, "$.b": 1},
        fields=[first, second],
        rule="S9.8",
    )


# What is special about a context whose JSON text does not show it well.
REMARKS = {
    "Record-1": "a capital letter",
    "record-1 ": "a blank at its end",
    "": "empty",
    "고객-1": "Hangul",
    "고객-2": "other Hangul",
}


def describe(context: str | None) -> str:
    """Describe a context by its JSON text."""
    shown = compact_text(context)
    remark = None if context is None else REMARKS.get(context)
    return shown if remark is None else f"{shown} ({remark})"


OTHER_CONTEXTS: list[tuple[str | None, list[str | None]]] = [
    # context of the field, contexts that it must not decrypt under
    ("record-1", ["record-2", "Record-1", "record-1 ", "", None]),
    ("", ["x", None]),
    ("고객-1", ["고객-2", None]),
    (None, ["", "record-1"]),
]


def add_contexts(group: Group) -> None:
    """Add fields that are tied to a record, and every other record (S9.4)."""
    for number, (context, others) in enumerate(OTHER_CONTEXTS):
        shown = describe(context)
        field = make_field(f"fields/context/{number}", '"v"', context=context)
        base = positive_document(
            group,
            f"context: {shown}",
            "Context",
            document={"cardNo": field.text},
            plain={"cardNo": "v"},
            report={SELECTOR: 1},
            fields=[field],
            context=context,
        )
        for other in others:
            comment = f"context {shown} read with {describe(other)}"
            group.negative(base, comment, "Context", DECRYPTION_FAILED, context=other)


WRONG_PATHS: dict[str, Any] = {
    "another name": "$['cardno']",
    "shorthand": "$.cardNo",
    "double quotes": '$["cardNo"]',
    "a blank": "$['cardNo'] ",
    "the root": "$",
    "an escape more than needed": "$['card\\u004eo']",
    "empty": "",
    "null": None,
    "a number": 1,
    "a list": ["$['cardNo']"],
    "in capitals": "$['CARDNO']",
    "an index": "$[0]",
}


def add_wrong_paths(group: Group, base: Case) -> None:
    """Add paths of another place, in another spelling, or of another type, and no path."""
    for number, (reason, path) in enumerate(WRONG_PATHS.items()):
        jwe = make_jwe(f"fields/place/{number}", VALUE, field_header(path))
        comment = f"km-path: {reason}"
        negative_value(group, base, comment, "Moved", DECRYPTION_FAILED, jwe.compact)
    message = make_jwe("fields/place/message", VALUE, header_with({"kid": KEY_ID}))
    comment = "a message's JWE, without km-path"
    negative_value(group, base, comment, "Moved", DECRYPTION_FAILED, message.compact)


CONTEXTS_OF_OTHER_TYPES: Json = {"a number": 1, "a list": [], "false": False}


def add_wrong_contexts(group: Group, base: Case) -> None:
    """Add contexts that are no strings."""
    for number, (reason, context) in enumerate(CONTEXTS_OF_OTHER_TYPES.items()):
        label = f"fields/context/type/{number}"
        jwe = make_jwe(label, VALUE, field_header(context=context))
        comment = f"km-ctx: {reason}"
        negative_value(group, base, comment, "Context", DECRYPTION_FAILED, jwe.compact)
    null_context = field_header()[:-1] + b',"km-ctx":null}'
    jwe = make_jwe("fields/context/null", VALUE, null_context)
    negative_value(group, base, "km-ctx: null", "Context", DECRYPTION_FAILED, jwe.compact)


def add_moved_fields(file: VectorFile) -> None:
    """Add genuine fields that changed places within their document."""
    group = field_group(file, selectors=["$.a", "$.m[*]"])
    zero = make_field("fields/moved/0", "0", "$['a']")
    one = make_field("fields/moved/1", "1", "$['m'][0]")
    two = make_field("fields/moved/2", "2", "$['m'][1]")

    def document(top: Field, *members: Field) -> Json:
        return {"a": top.text, "m": [member.text for member in members]}

    base = positive_document(
        group,
        "three fields in their places",
        "Normal",
        document=document(zero, one, two),
        plain={"a": 0, "m": [1, 2]},
        report={"$.a": 1, "$.m[*]": 2},
        fields=[zero, one, two],
    )
    moves = {
        "two members of a list exchanged": document(zero, two, one),
        "a field twice": document(zero, one, one),
        "a member of the list at the top": document(one, one, two),
        "all three shifted": document(two, zero, one),
        "the first member of the list removed": document(zero, two),
    }
    for comment, moved in moves.items():
        negative_document(
            group, base, f"fields moved: {comment}", "Moved", DECRYPTION_FAILED, moved
        )


EMPTY_SELECTIONS = {
    "a name that is not there": "$.A",
    "a member of a list": "$.list[0]",
    "a name in a field": "$.a.b",
    "nothing in a list": "$.list[*]",
}


def add_empty_selections(file: VectorFile) -> None:
    """Add selectors that select nothing, or a value within another selected one."""
    field = make_field("fields/selected/1", '{"b":1}', "$['a']")
    base = positive_document(
        field_group(file, selectors=["$.a"]),
        "a field that holds an object",
        "Normal",
        document={"a": field.text, "list": []},
        plain={"a": {"b": 1}, "list": []},
        report={"$.a": 1},
    )
    for reason, selector in EMPTY_SELECTIONS.items():
        group = field_group(file, selectors=[selector])
        comment = f"nothing selected: {reason}"
        group.negative(base, comment, "NothingSelected", MALFORMED_PAYLOAD)
    group = field_group(file, selectors=["$.a", "$"])
    group.negative(base, "the root and a member of it", "Overlap", MALFORMED_PAYLOAD)


def add_plain_overlaps(file: VectorFile) -> None:
    """Add values that may stay plain, one of them within the other."""
    group = field_group(
        file,
        selectors=["$.a", "$.a.b"],
        optional=["$.a.b"],
        plain=["$.a", "$.a.b"],
    )
    base = positive_document(
        group,
        "a plain value and nothing within it",
        "Lenient",
        document={"a": {"c": "x"}},
        plain={"a": {"c": "x"}},
        report={"$.a": 0, "$.a.b": 0},
        fields=[],
    )
    overlap = {"a": {"b": "x"}}
    comment = "a plain value within a plain value"
    negative_document(group, base, comment, "Overlap", MALFORMED_PAYLOAD, overlap)
