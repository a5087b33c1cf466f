"""The notes of sealed_v1.json. The layout is that of S14."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note(
        "S14",
        "A blob as it is written: header of 54 bytes, ciphertext, tag; the header is "
        "authenticated, too.",
    ),
    "Passphrase": Note(
        "S14",
        "A passphrase is the UTF-8 of its NFC form, so that Hangul opens however a keyboard "
        "composes it.",
    ),
    "CallersKey": Note(
        "S14",
        "A key of 32 bytes that is the caller's own; the fields of Argon2id are zero then.",
    ),
    "Source": Note(
        "S14",
        "Whether a passphrase or a key opens it is the caller's to say, not the blob's.",
    ),
    "Costs": Note(
        "S14",
        "Argon2id's costs are bounded, and checked before they are spent: a header may not ask "
        "for all memory.",
    ),
    "Header": Note("S14", "Every byte of the header is checked or authenticated."),
    "Damage": Note("S14", "Cut off, lengthened or changed: one failure for every reason."),
    "DocumentJson": Note("S14", "What was sealed is no strict JSON."),
}
