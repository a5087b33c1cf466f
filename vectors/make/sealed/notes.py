"""The notes of sealed_v1.json. The rule `blob` is the layout that vectors/README.md describes."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note(
        "blob",
        "A blob as it is written: header of 54 bytes, ciphertext, tag; the header is "
        "authenticated, too.",
    ),
    "Passphrase": Note(
        "blob",
        "A passphrase is the UTF-8 of its NFC form, so that Hangul opens however a keyboard "
        "composes it.",
    ),
    "CallersKey": Note(
        "blob",
        "A key of 32 bytes that is the caller's own; the fields of Argon2id are zero then.",
    ),
    "Source": Note(
        "blob",
        "Whether a passphrase or a key opens it is the caller's to say, not the blob's.",
    ),
    "Costs": Note(
        "blob",
        "Argon2id's costs are bounded, and checked before they are spent: a header may not ask "
        "for all memory.",
    ),
    "Header": Note("blob", "Every byte of the header is checked or authenticated."),
    "Damage": Note("blob", "Cut off, lengthened or changed: one failure for every reason."),
    "DocumentJson": Note("blob", "What was sealed is no strict JSON."),
}
