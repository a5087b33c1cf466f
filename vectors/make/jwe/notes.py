"""The notes of jwe_v1.json."""

from ..common.vector_file import Note

NOTES = {
    "Normal": Note("S4.2", "A token as every implementation writes it."),
    "Plaintext": Note("S4.1", "The plaintext is bytes, of any length and content, for this layer."),
    "HeaderSpelling": Note(
        "S4.4",
        "Another spelling of the same header. The AAD is the header's text as it came, never one "
        "built again.",
    ),
    "UnknownParameter": Note(
        "S4.9", "A parameter that nobody knows and that is not critical is ignored (RFC 7516, 4)."
    ),
    "HeaderSize": Note(
        "S13", "A header has at most 8 KiB; longer ones are refused before they are parsed."
    ),
    "Segments": Note(
        "S4.11",
        "Five segments and four dots (RFC 7516, 7.1), counted before anything is split "
        "(CVE-2025-27144 and others).",
    ),
    "EmptySegment": Note(
        "S4.11",
        "A segment that is empty; some readers fail with a panic on it (CVE-2026-34986).",
    ),
    "Wrapping": Note("S4.11", "Something around the token that strip() would hide."),
    "Base64Url": Note(
        "S4.11",
        "Base64url without padding has one spelling of any bytes (RFC 4648, 3.5). Lenient decoders "
        "skip characters, ignore spare bits, or take the standard alphabet, so that one message "
        "has many tokens.",
    ),
    "HeaderJson": Note(
        "S4.10",
        "The header is UTF-8 JSON text of one object (RFC 7516, 5.2 step 3); lenient parsers take "
        "more.",
    ),
    "DuplicateParameter": Note(
        "S4.10",
        "A name that comes twice: two readers would see two headers. RFC 7516, 4, lets a reader "
        "take the last one; here it is refused.",
    ),
    "JsonLimits": Note(
        "S4.10",
        "Nesting and numbers that exhaust a parser (CVE-2025-53864, CVE-2020-10735).",
    ),
    "Algorithm": Note(
        "S4.2",
        "Another alg than RSA-OAEP-256 is refused from the header alone, however genuine the rest "
        "is.",
    ),
    "ContentAlgorithm": Note(
        "S4.3", "Another enc than A128GCM and A256GCM is refused from the header alone."
    ),
    "RsaPkcs1": Note(
        "S4.2",
        "PKCS #1 v1.5 padding, whose failures are Bleichenbacher's oracle (CVE-2026-28490 and "
        "others).",
    ),
    "AlgorithmConfusion": Note(
        "S4.2",
        "The public key, which everybody has, used as a symmetric secret (CVE-2024-33663, "
        "CVE-2024-37568).",
    ),
    "Critical": Note(
        "S4.9",
        "crit lists what must be understood, and nothing is (CVE-2025-59420 and others ignored "
        "it).",
    ),
    "Compression": Note(
        "S4.9",
        "zip in whatever form is refused before any work: decompression bombs (CVE-2024-33664 and "
        "others).",
    ),
    "EmbeddedKey": Note(
        "S4.9",
        "A key, or where to get one, in the header (CVE-2018-0114). Keys come from the caller.",
    ),
    "WorkFactor": Note("S4.9", "p2c asks the reader for work (CVE-2026-27932 and others)."),
    "Size": Note(
        "S13",
        "A JWE that is opened alone has at most 1 MiB; in a message, only the body has a limit.",
    ),
    "KeyNumbers": Note("S4.2", "RSA of 2048 to 8192 bits, with an odd exponent of 65537 or more."),
    "Jws": Note(
        "S4.11",
        "A signed or unsecured token where an encrypted one is due (CVE-2022-3102, "
        "CVE-2024-33531).",
    ),
    "Kid": Note(
        "S4.4",
        "A kid in the header equals the id that is due, exactly; where none is due it is only a "
        "name.",
    ),
    "KidType": Note("S4.4", "A kid that is no string is refused, due or not."),
    "OaepHash": Note(
        "S4.2",
        "OAEP with another hash, MGF or label. MGF1 with SHA-1 is Java's default, a classic "
        "partner mistake.",
    ),
    "OaepPadding": Note(
        "S4.2",
        "The padding is wrong in one place, and the content is genuine. Which place it was must "
        "not show (Manger 2001).",
    ),
    "EncryptedKeyRange": Note(
        "S4.2",
        "A ciphertext representative outside of 0 to n - 1, or trivial (RFC 8017, 5.1.2).",
    ),
    "EncryptedKeyLength": Note(
        "S4.2",
        "The encrypted key has exactly the modulus' length (RFC 8017, 7.1.2 step 1).",
    ),
    "WrongKey": Note("S4.5", "Encrypted to somebody else's key."),
    "CekLength": Note(
        "S4.3",
        "The CEK has exactly the length that enc says; the content may be genuine under another "
        "(CVE-2026-28490).",
    ),
    "FallbackCek": Note(
        "S4.2",
        "The encrypted key is broken, and the content is encrypted under a CEK that a careless "
        "reader falls back to (CVE-2026-53939).",
    ),
    "IvLength": Note(
        "S4.3",
        "The IV has 96 bits; the tag may be right for another length (RFC 7518, 5.3).",
    ),
    "TagLength": Note(
        "S4.3",
        "The tag has 128 bits. A reader that takes the length from the token can be guessed "
        "(CVE-2025-54887).",
    ),
    "TagBits": Note("S4.3", "The tag is another one."),
    "Boundary": Note(
        "S4.3",
        "Bytes moved between ciphertext and tag: APIs that join the two don't notice.",
    ),
    "Ciphertext": Note("S4.3", "The ciphertext was changed, cut or lengthened."),
    "Aad": Note(
        "S4.3",
        "The header's text is authenticated as it came. One that means the same is another text.",
    ),
}
