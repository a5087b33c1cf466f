"""Values of every type, which come back with their digits (S9.2)."""

from ..common.encode import compact_text
from ..common.vector_file import VectorFile
from .maker import field_group, make_field, positive_document

VALUES = {
    "an empty string": '""',
    "Hangul": '"비밀"',
    "an escape": '"\\ud83d\\ude00\\n"',
    "zero": "0",
    "a negative number": "-15",
    "1.10, not 1.1": "1.10",
    "an exponent": "1.10E+0",
    "a number beyond 2^53": "9007199254740993",
    "64 digits": "1" * 64,
    "many decimals": "0." + "1234567890" * 4,
    "true": "true",
    "false": "false",
    "null": "null",
    "an empty object": "{}",
    "an empty list": "[]",
    "an object": '{"b":[1,{"a":2.50}],"a":null}',
    "blanks within": " [ 1 , 2 ]\n",
    "text like a JWE": '"a.b.c.d.e"',
}


def add_values(file: VectorFile) -> None:
    """Add a field with each value."""
    group = field_group(file, selectors=["$.value"])
    for number, (name, value) in enumerate(VALUES.items()):
        field = make_field(f"fields/value/{number}", value, "$['value']")
        positive_document(
            group,
            f"a value: {name}",
            "Value",
            document={"before": 1, "value": field.text, "after": [1]},
            plain='{"before":1,"value":' + value + ',"after":[1]}',
            report={"$.value": 1},
            fields=[field],
        )


def add_whole_document(file: VectorFile) -> None:
    """Add a document that is nothing but a field."""
    group = field_group(file, selectors=["$"])
    field = make_field("fields/whole/1", '{"a":1}', "$")
    positive_document(
        group,
        "the whole document",
        "Value",
        document=compact_text(field.text),
        plain={"a": 1},
        report={"$": 1},
        fields=[field],
        rule="S9.1",
    )


def add_digits(file: VectorFile) -> None:
    """Add numbers that are not selected, and that a double could not hold."""
    group = field_group(file, selectors=["$.value"], plain=["$.value"])
    big = "1234567890" * 5
    document = '{"value":"x","price":1.10,"big":' + big + "}"
    positive_document(
        group,
        "digits of values that are not selected",
        "Digits",
        document=document,
        plain=document,
        report={"$.value": 0},
        fields=[],
    )
