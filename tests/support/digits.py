"""Characters that `int`, `str.isdigit` or people take for ASCII digits (S1.11)."""

from __future__ import annotations

# The zero of each script's decimal digits: int() and str.isdigit() take them like ASCII ones.
ZEROES = {
    "Arabic-Indic": 0x0660,
    "extended Arabic-Indic": 0x06F0,
    "NKo": 0x07C0,
    "Devanagari": 0x0966,
    "Bengali": 0x09E6,
    "Gurmukhi": 0x0A66,
    "Tamil": 0x0BE6,
    "Telugu": 0x0C66,
    "Thai": 0x0E50,
    "Lao": 0x0ED0,
    "Tibetan": 0x0F20,
    "Myanmar": 0x1040,
    "Khmer": 0x17E0,
    "Mongolian": 0x1810,
    "full-width": 0xFF10,
    "mathematical bold": 0x1D7CE,
    "Adlam": 0x1E950,
}
# One character each, which is not a decimal digit.
LIKE_A_DIGIT = {
    "superscript two": "\u00b2",
    "subscript two": "\u2082",
    "circled two": "\u2461",
    "vulgar half": "\u00bd",
    "ideograph two": "\u4e8c",
    "Roman two": "\u2161",
    "letter O": "O",
    "plus": "+",
    "minus": "-",
    "underscore": "_",
    "full stop": ".",
    "space": " ",
    "tab": "\t",
    "line feed": "\n",
    "NUL": "\0",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "zero-width space": "\u200b",
    "half a surrogate pair": "\ud835",
}


def in_script(digits: str, zero: int) -> str:
    """The same digits in another script."""
    return "".join(chr(zero + int(digit)) for digit in digits)
