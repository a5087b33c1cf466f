"""Fields at their limits: the keys of one call, the length of a decimal, the use of one CEK."""

from ..common.derive import derive
from ..common.errors import DECRYPTION_FAILED, INVALID_PAYLOAD, MALFORMED_PAYLOAD
from ..common.jwe import make_jwe
from ..common.vector_file import Group, VectorFile
from .maker import (
    SELECTOR,
    field_group,
    field_header,
    make_field,
    negative_document,
    positive_document,
)


def add_many_keys(file: VectorFile) -> None:
    """Add 16 distinct encrypted keys, and one more (S9.3)."""
    group = field_group(file, selectors=["$[*]"])
    texts = [
        make_field(f"fields/counted/{number}", str(number), f"$[{number}]").text
        for number in range(17)
    ]
    base = positive_document(
        group,
        "16 encrypted keys",
        "SharedKey",
        document=texts[:16],
        plain=list(range(16)),
        report={"$[*]": 16},
    )
    negative_document(group, base, "17 encrypted keys", "SharedKey", MALFORMED_PAYLOAD, texts)


# A decimal has at most 128 characters, written with one digit before its point and an exponent.
MAX_DECIMAL = 128


def add_long_decimals(group: Group) -> None:
    """Add decimals of the longest length, and of one character more (S9.2)."""
    add_long_decimal(group, 0, "decimal", "1.", "E+0")
    add_long_decimal(group, 1, "negative decimal", "-1.", "E-7")


def add_long_decimal(group: Group, number: int, name: str, start: str, end: str) -> None:
    """Add a decimal of the longest length, and one of a character more."""
    digits = "1234567890" * 12 + "1" * 8
    fraction = digits[: MAX_DECIMAL - len(start) - len(end)]
    longest = start + fraction + end
    too_long = start + fraction + "1" + end
    field = make_field(f"fields/decimal/{number}", longest)
    base = positive_document(
        group,
        f"a {name} of {MAX_DECIMAL} characters",
        "Value",
        document={"cardNo": field.text},
        plain='{"cardNo":' + longest + "}",
        report={SELECTOR: 1},
        fields=[field],
    )
    field = make_field(f"fields/decimal/{number}/long", too_long)
    comment = f"a {name} of {MAX_DECIMAL + 1} characters"
    document = {"cardNo": field.text}
    negative_document(group, base, comment, "ValueJson", MALFORMED_PAYLOAD, document)


DECIMALS_IN_RANGE = ["1.7976931348623157E+308", "-4.9E-324", "3E-324", "0E+308", "-0E-324", "0.00"]
DECIMALS_OUT_OF_RANGE = [
    "1.8E+308",
    "-1E+400",
    "2E-324",
    "-1E-400",
    "1E-99999",
    "0E+309",
    "0.0E-324",
    "0e-99999",
]


def add_decimal_ranges(group: Group) -> None:
    """Add decimals at both ends of a double's range, and beyond them; 0 has its exponent (S9.2)."""
    for number, text in enumerate(DECIMALS_IN_RANGE):
        field = make_field(f"fields/range/{number}", text)
        base = positive_document(
            group,
            f"a decimal in a double's range: {text}",
            "Value",
            document={"cardNo": field.text},
            plain='{"cardNo":' + text + "}",
            report={SELECTOR: 1},
            fields=[field],
        )
    for number, text in enumerate(DECIMALS_OUT_OF_RANGE):
        field = make_field(f"fields/range/out/{number}", text)
        comment = f"a decimal out of a double's range: {text}"
        document = {"cardNo": field.text}
        negative_document(group, base, comment, "ValueJson", MALFORMED_PAYLOAD, document)


# A number counts by the form in which it would be written: 1.10E+0, say (S9.2).
WRITTEN_IN_128 = {
    "300 zeros before its digit": "0." + "0" * 300 + "1",
    "300 zeros and no other digit": "0." + "0" * 300,
    "an exponent with 200 leading zeros": "1.5e+" + "0" * 200 + "7",
    "126 characters that would be 128": "0." + "1" * 124,
    "a lower-case e and no plus sign": "1." + "1" * 123 + "e5",
    "63 digits before its point": "1" * 63 + "." + "1" * 60,
}
WRITTEN_IN_MORE = {
    "127 characters that would be 129": "0." + "1" * 125,
    "127 characters that would be 131": "1" * 64 + "." + "1" * 62,
    "128 characters without a plus sign": "1." + "1" * 124 + "e5",
    "zeros at its end": "1." + "0" * 125 + "E+0",
    "a minus sign more": "-0." + "1" * 124,
    "1,000 digits": "0." + "1" * 1000,
}


def add_written_lengths(file: VectorFile, group: Group) -> None:
    """Add decimals whose length as it came is not the one that counts (S9.2)."""
    for number, (reason, text) in enumerate(WRITTEN_IN_128.items()):
        field = make_field(f"fields/written/{number}", text)
        base = positive_document(
            group,
            f"a decimal of 128 characters at most: {reason}",
            "Value",
            document={"cardNo": field.text},
            plain='{"cardNo":' + text + "}",
            report={SELECTOR: 1},
            fields=[field],
        )
    for number, (reason, text) in enumerate(WRITTEN_IN_MORE.items()):
        field = make_field(f"fields/written/more/{number}", text)
        comment = f"a decimal of more than 128 characters: {reason}"
        document = {"cardNo": field.text}
        negative_document(group, base, comment, "ValueJson", MALFORMED_PAYLOAD, document)
    add_written_lengths_to_encrypt(field_group(file))


def add_written_lengths_to_encrypt(group: Group) -> None:
    """Add the same decimals as values to encrypt (S9.2)."""
    for reason, text in WRITTEN_IN_128.items():
        base = group.positive(
            f"to encrypt, a decimal of 128 characters at most: {reason}",
            "Value",
            operation="encrypt",
            document='{"cardNo":' + text + "}",
            context=None,
            outputs={"report": {SELECTOR: 1}},
        )
    for reason, text in WRITTEN_IN_MORE.items():
        group.negative(
            base,
            f"to encrypt, a decimal of more than 128 characters: {reason}",
            "Value",
            INVALID_PAYLOAD,
            document='{"cardNo":' + text + "}",
        )


def add_shared_ceks(file: VectorFile) -> None:
    """Add a CEK of 16 bytes for two fields: it is for A128GCM alone, whichever is read first."""
    group = field_group(file, selectors=["$.a", "$.b"])
    cek = derive("fields/shared/cek", 16)
    seed = derive("fields/shared/seed", 64)
    first = make_field("fields/shared/0", "1", "$['a']", cek=cek, seed=seed)
    second = make_field("fields/shared/1", "1", "$['b']", cek=cek, seed=seed)
    base = positive_document(
        group,
        "two fields under one CEK",
        "SharedKey",
        document={"a": first.text, "b": second.text},
        plain={"a": 1, "b": 1},
        report={"$.a": 1, "$.b": 1},
        fields=[first, second],
    )
    header = field_header("$['a']", enc="A256GCM")
    wrong_first = make_jwe("fields/shared/256/0", b"1", header, cek=cek, seed=seed)
    header = field_header("$['b']", enc="A256GCM")
    wrong_second = make_jwe("fields/shared/256/1", b"1", header, cek=cek, seed=seed)
    documents = {
        "first": {"a": wrong_first.compact, "b": second.text},
        "second": {"a": first.text, "b": wrong_second.compact},
    }
    for name, document in documents.items():
        comment = f"the {name} of two fields says A256GCM, under one CEK of 16 bytes"
        negative_document(group, base, comment, "SharedKey", DECRYPTION_FAILED, document)
