"""fields_v1.json: chosen values of a document, each a JWE in its place (S9).

The base of most cases is one document with one encrypted field, which a gateway decrypts.
"""

from ..common.derive import derive_card_number
from ..common.encode import compact_json, compact_text
from ..common.jwe import header_with
from ..common.requests import KEY_ID
from ..common.vector_file import Case, Group, VectorFile
from .broken import add_broken_jwes, add_ivs, add_plain_values, add_values_without_json
from .keys import add_kids, add_rotation, add_sides
from .limits import (
    add_decimal_ranges,
    add_long_decimals,
    add_many_keys,
    add_shared_ceks,
    add_written_lengths,
)
from .maker import PATH, SELECTOR, field_group, make_field, positive_document
from .normal_forms import add_normal_forms
from .notes import NOTES
from .places import (
    add_contexts,
    add_empty_selections,
    add_lenient_selectors,
    add_moved_fields,
    add_names,
    add_plain_overlaps,
    add_several_fields,
    add_wrong_contexts,
    add_wrong_paths,
)
from .selectors import add_long_selectors, add_selectors
from .tokens import add_tokens
from .values import add_digits, add_values, add_whole_document


def fields_vectors() -> VectorFile:
    """Make the file."""
    file = VectorFile(
        "fields",
        about="encrypted fields, and the selectors that choose them (S9)",
        description=[
            "decrypt: the side opens the fields that its selectors select, with the keys of its "
            "ring; plain is the document then (numbers are compared digit by digit in value: 1.10 "
            "differs from 1.1, 1.10E+0 equals 1.10), and report says for each selector how many "
            "fields were opened.",
            "encrypt: the side encrypts what its selectors select, or refuses it; report says for "
            "each selector how many values that are.",
            "select: the normalized paths (RFC 9535, 2.7) of what a selector selects, in document "
            "order and each once; an invalid selector is refused, and position is the index of the "
            "first character that fits no rule, where there is one way to see it.",
        ],
        notes=NOTES,
    )
    group = field_group(file)
    base = add_one_field(group)
    add_values(file)
    add_whole_document(file)
    add_digits(file)
    add_several_fields(file)
    add_names(file)
    add_lenient_selectors(file)
    add_contexts(group)
    add_sides(file)
    add_rotation(file)
    add_wrong_paths(group, base)
    add_wrong_contexts(group, base)
    add_kids(file, group, base)
    add_plain_values(group, base)
    add_values_without_json(group, base)
    add_broken_jwes(group, base)
    add_moved_fields(file)
    add_many_keys(file)
    add_empty_selections(file)
    add_ivs(group, base)
    add_long_decimals(group)
    add_shared_ceks(file)
    add_plain_overlaps(file)
    add_selectors(field_group(file))
    add_decimal_ranges(group)
    add_tokens(file)
    add_normal_forms(file, group)
    add_written_lengths(file, group)
    add_long_selectors(field_group(file))
    return file


MEMBERS = {"km-path": PATH, "kid": KEY_ID}
HEADER_SPELLINGS = {
    "other order": compact_json({**MEMBERS, "alg": "RSA-OAEP-256", "enc": "A128GCM"}),
    "unknown parameter": header_with({"kid": KEY_ID, "km-path": PATH, "x": 1}),
    "escaped": header_with(MEMBERS).replace(b"km-path", b"km\\u002dpath"),
}


def add_one_field(group: Group) -> Case:
    """Add one field under both content algorithms and with other headers; the first is the base."""
    number = derive_card_number("fields/card/1")
    value = compact_text(number)
    plain = {"cardNo": number, "amount": 1500}
    field = make_field("fields/twin/1", value)
    base = positive_document(
        group,
        "a field",
        "Normal",
        document={**plain, "cardNo": field.text},
        plain=plain,
        report={SELECTOR: 1},
        fields=[field],
    )
    field = make_field("fields/twin/2", value, enc="A256GCM")
    positive_document(
        group,
        "a field under A256GCM",
        "Normal",
        document={**plain, "cardNo": field.text},
        plain=plain,
        report={SELECTOR: 1},
        fields=[field],
        rule="S4.3",
    )
    for name, header in HEADER_SPELLINGS.items():
        field = make_field(f"fields/header/{name}", value, header=header)
        positive_document(
            group,
            f"a header of a field: {name}",
            "HeaderSpelling",
            document={"cardNo": field.text},
            plain={"cardNo": number},
            report={SELECTOR: 1},
            fields=[field],
        )
    return base
