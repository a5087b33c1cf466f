"""Names and contexts that differ in their normal form alone: they are others (S9.8).

NFC and NFD of a Hangul syllable, and of a letter with an accent, look the same on every screen.
"""

import unicodedata

from ..common.encode import compact_text
from ..common.errors import DECRYPTION_FAILED, MALFORMED_PAYLOAD
from ..common.vector_file import Group, VectorFile
from .maker import (
    SELECTOR,
    field_group,
    make_field,
    make_fields,
    negative_document,
    positive_document,
)

TEXTS = {"Hangul": "가", "an accent": "é"}


def decompose(text: str) -> str:
    """Write a text in NFD."""
    return unicodedata.normalize("NFD", text)


def add_normal_forms(file: VectorFile, group: Group) -> None:
    """Add names and contexts in NFC and NFD; `group` has the usual selector."""
    for number, (kind, composed) in enumerate(TEXTS.items()):
        label = f"fields/normal/{number}"
        add_names_by_wildcard(file, label, kind, composed)
        add_names_by_selector(file, label, kind, composed)
        add_normal_contexts(group, label, kind, composed)
        add_selections(file, kind, composed)


def add_names_by_wildcard(file: VectorFile, label: str, kind: str, composed: str) -> None:
    """Add fields whose names are selected in either form, and paths in the other one."""
    group = field_group(file, selectors=["$.*"])
    forms = {"NFC": composed, "NFD": decompose(composed)}
    paths = {name: f"$['{text}']" for name, text in forms.items()}
    for form, text in forms.items():
        other = "NFD" if form == "NFC" else "NFC"
        field = make_field(f"{label}/{form}", "1", paths[form])
        base = positive_document(
            group,
            f"a name in the path: {kind} in {form}",
            "Path",
            document={text: field.text},
            plain={text: 1},
            report={"$.*": 1},
            fields=[field],
            rule="S9.8",
        )
        crossed = make_field(f"{label}/{form}", "1", paths[other])
        comment = f"km-path: {kind} in {other}, the name in {form}"
        document = {text: crossed.text}
        negative_document(group, base, comment, "Moved", DECRYPTION_FAILED, document, rule="S9.8")
    first, second = make_fields(f"{label}/both", dict.fromkeys(paths.values(), "1"))
    positive_document(
        group,
        f"two names: {kind} in NFC and in NFD",
        "Path",
        document={forms["NFC"]: first.text, forms["NFD"]: second.text},
        plain={forms["NFC"]: 1, forms["NFD"]: 1},
        report={"$.*": 2},
        fields=[first, second],
        rule="S9.8",
    )


def add_names_by_selector(file: VectorFile, label: str, kind: str, composed: str) -> None:
    """Add a field whose name the selector has in one form, and a document with the other."""
    selector = f"$['{composed}']"
    group = field_group(file, selectors=[selector])
    field = make_field(f"{label}/selected", "1", selector)
    other = decompose(composed)
    base = positive_document(
        group,
        f"a selector of {kind} in NFC, and in the document",
        "Path",
        document={composed: field.text},
        plain={composed: 1},
        report={selector: 1},
        fields=[field],
        rule="S9.8",
    )
    comment = f"nothing selected: {kind} in NFC, and NFD alone in the document"
    document = {other: field.text}
    negative_document(
        group, base, comment, "NothingSelected", MALFORMED_PAYLOAD, document, rule="S9.8"
    )


def add_normal_contexts(group: Group, label: str, kind: str, composed: str) -> None:
    """Add contexts that are read in the other form."""
    forms = {"NFC": composed, "NFD": decompose(composed)}
    for form, context in forms.items():
        other = "NFD" if form == "NFC" else "NFC"
        field = make_field(f"{label}/context/{form}", '"v"', context=context)
        base = positive_document(
            group,
            f"context: {kind} in {form}",
            "Context",
            document={"cardNo": field.text},
            plain={"cardNo": "v"},
            report={SELECTOR: 1},
            fields=[field],
            context=context,
            rule="S9.8",
        )
        comment = f"context {kind} in {form} read with {other}"
        group.negative(
            base, comment, "Context", DECRYPTION_FAILED, rule="S9.8", context=forms[other]
        )


def add_selections(file: VectorFile, kind: str, composed: str) -> None:
    """Add selectors in either form, of a document with both."""
    group = field_group(file)
    forms = {"NFC": composed, "NFD": decompose(composed)}
    document = compact_text({forms["NFC"]: 1, forms["NFD"]: 2})
    for form, text in forms.items():
        for written, selector in {"behind a dot": f"$.{text}", "quoted": f"$['{text}']"}.items():
            group.positive(
                f"a selector: {kind} in {form}, {written}",
                "Selector",
                rule="S9.8",
                operation="select",
                selector=selector,
                document=document,
                outputs={"paths": [f"$['{text}']"]},
            )
