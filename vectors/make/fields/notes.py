"""The notes of fields_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note(
        "S9.1",
        "A string in the value's place: a compact JWE whose header says enc, alg, kid and km-path.",
    ),
    "HeaderSpelling": Note(
        "S9.1",
        "The same header in another order or spelling, or with a parameter that nobody knows.",
    ),
    "Value": Note(
        "S9.2", "The plaintext is the JSON text of the value, whose type and digits come back."
    ),
    "Digits": Note("S9.2", "What is not selected stays as it is, digits included."),
    "SharedKey": Note(
        "S9.3",
        "The fields of one call may share a CEK and its encrypted key; a call reads at most 16 "
        "distinct ones.",
    ),
    "Path": Note(
        "S9.1",
        "km-path is the normalized path of RFC 9535, 2.7: the one spelling of a place.",
    ),
    "Lenient": Note(
        "S9.8",
        "Selectors that may select nothing, and selectors that may find plain values, are named "
        "by the caller.",
    ),
    "Context": Note(
        "S9.4",
        "A field of another record does not open: km-ctx and the context match exactly, or are "
        "both absent.",
    ),
    "Moved": Note("S9.4", "A field in another place of the document does not open."),
    "Side": Note(
        "S4.5",
        "The gateway opens with the platform's private half, the client with its own; storage "
        "with the half it names.",
    ),
    "Rotation": Note(
        "S5.2",
        "Keys are found by the id that the field names; the state of the key decides.",
    ),
    "Kid": Note("S9.1", "A kid that names no key of the ring, or that is none."),
    "PlainValue": Note(
        "S9.8", "A plain value where an encrypted field is due is refused, never passed on."
    ),
    "Token": Note(
        "S9.6",
        "A text is a JWE if a JWE header stands before its first dot: where plain values may be, "
        "it must be a field then. Other texts stay as they are.",
    ),
    "Twice": Note("S9.6", "A field is not encrypted again, whatever its place; other values are."),
    "NothingSelected": Note(
        "S9.8", "A selector that selects nothing is an error, so that a misspelt one is seen."
    ),
    "Overlap": Note("S9.8", "A selected value within another selected one."),
    "ValueJson": Note("S9.2", "What a field holds is no strict JSON text."),
    "BrokenJwe": Note(
        "S4.2",
        "The JWE does not open: one failure for every reason. jwe_v1.json has them all.",
    ),
    "Selector": Note(
        "S9.7",
        "The subset of RFC 9535: names, indices, wildcards, descendants by name; no unions, "
        "slices, filters.",
    ),
    "SelectorSyntax": Note("S9.7", "Outside of the subset, or no JSONPath at all."),
}
