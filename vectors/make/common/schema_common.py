"""common.json: the definitions that several schemas share, each of them written once."""

from .encode import Json
from .schema_parts import (
    BOOL,
    NATURAL,
    NULL,
    NUMBER,
    POSITIVE,
    TEXT,
    all_ref,
    choice,
    const,
    described,
    items,
    mapping,
    matching,
    nullable,
    operation,
    record,
    ref,
)

_BASE64URL = "[A-Za-z0-9_-]"
_WORDS = "[a-z0-9]+(-[a-z0-9]+)*"
_NAMES_OF_NOTES = "^[A-Z][A-Za-z0-9]*$"

FORMS: Json = {
    "hex": described("Bytes in lower-case hex.", matching("([0-9a-f]{2})*")),
    "sha256": described("32 bytes in lower-case hex.", matching("[0-9a-f]{64}")),
    "jsonText": described(
        "JSON text, so that digits and names that come twice survive.", {**TEXT, "minLength": 1}
    ),
    "aspIdText": described("The form of an asp id (S1.1).", matching("[0-9A-Za-z]{15}")),
    "accessKeyText": described("The form of an access key (S1.3).", matching("[0-9A-Za-z-]{40}")),
    "keyId": described("The id of a crypto key (S1.4).", matching("[0-9A-Za-z]{32}")),
    "correlationIdText": described(
        "The form of a correlation id (S2.1).", matching("[0-9]{12}-[0-9A-Fa-f]{7}")
    ),
    "zoneName": described("The label of a time zone (S1.7).", matching("[A-Z]{3}")),
    "keyName": described("The name of a key pair in keys/.", matching("[a-z_]+_[0-9]{4}")),
    "state": described("The state of a key (S5.1).", choice("active", "inactive", "discarded")),
    "stageName": described(
        "The step of a reader that refuses.",
        choice("headers", "token", "time", "replay", "key", "decrypt", "payload", "result"),
    ),
}

VALUES: Json = {
    "bytes": described(
        "Bytes: as UTF-8 text, in hex, repeated, one after the other, or as a large JWE's parts.",
        {
            "oneOf": [
                record({"text": described("The bytes as UTF-8 text.", TEXT)}),
                record({"hex": described("The bytes in hex.", ref("hex"))}),
                record(
                    {
                        "repeat": described(
                            "Some bytes, many times.",
                            record(
                                {
                                    "hex": described("The bytes that are repeated.", ref("hex")),
                                    "times": described("How often they come.", POSITIVE),
                                }
                            ),
                        )
                    }
                ),
                record(
                    {
                        "join": described(
                            "Bytes that come one after the other.",
                            items(ref("bytes"), minItems=2),
                        )
                    }
                ),
                record({"jwe": ref("largeJwe")}),
            ]
        },
    ),
    "largeJwe": described(
        "A compact JWE in ASCII. Its ciphertext and tag are those of AES-GCM over the plaintext, "
        "with the header's text as the AAD.",
        record(
            {
                "header": described("The first segment.", matching(f"{_BASE64URL}+")),
                "encryptedKey": described("The second one.", matching(f"{_BASE64URL}+")),
                "iv": described("The third one.", matching(f"{_BASE64URL}{{16}}")),
                "cek": described("The key of AES-GCM.", ref("hex")),
                "plaintext": described("What is encrypted.", ref("bytes")),
            }
        ),
    ),
    "pairs": described(
        "Headers in their order, each a name and a value; a name may come twice.",
        items({"type": "array", "prefixItems": [TEXT, TEXT], "minItems": 2, "maxItems": 2}),
    ),
    "zone": described(
        "A time zone: a label and a fixed offset from UTC.",
        record(
            {
                "name": described("The label that headers have.", ref("zoneName")),
                "offsetMinutes": described(
                    "Minutes east of UTC.", {**NUMBER, "minimum": -720, "maximum": 840}
                ),
            }
        ),
    ),
    "zones": described("Zones that the reader knows beside UTC and KST.", items(ref("zone"))),
    "ring": described(
        "The crypto keys of a project.",
        record(
            {
                "primary": described("The id of the key that encrypts.", ref("keyId")),
                "keys": described(
                    "The keys, first issued first.",
                    items(
                        record(
                            {
                                "id": described("The id that headers and kid name.", ref("keyId")),
                                "state": described("The state of this key.", ref("state")),
                                "platform": described("The platform's key pair.", ref("keyName")),
                                "client": described("The provider's key pair.", ref("keyName")),
                            }
                        ),
                        minItems=1,
                    ),
                ),
            }
        ),
    ),
    "project": described(
        "The project, as both sides hold it.",
        record(
            {
                "aspId": described("Its asp id.", ref("aspIdText")),
                "accessKey": described("Its access key.", ref("accessKeyText")),
                "secret": described(
                    "Its secret key, whose UTF-8 is the key of the MAC (S3.3).",
                    {**TEXT, "minLength": 1},
                ),
                "state": described("The state of its project key.", ref("state")),
                "zone": described("The zone in which it writes times.", ref("zone")),
                "ring": described(
                    "Its crypto keys, or null where it has none.", nullable(ref("ring"))
                ),
            }
        ),
    ),
    "clockMs": described("The reader's clock: milliseconds since 1970 in UTC.", NUMBER),
    "privateKey": described(
        "The PEM file of the private key.", matching(r"keys/[a-z_]+_[0-9]{4}\.pem")
    ),
    "publicKey": described(
        "The PEM file of its public key.", matching(r"keys/[a-z_]+_[0-9]{4}\.pub\.pem")
    ),
    "kid": described(
        "The crypto key id that the reader expects, or null where it expects none.",
        nullable(ref("keyId")),
    ),
    "body": described("The body of the message.", ref("bytes")),
    "request": described("The headers of the request that is answered.", ref("pairs")),
    "payload": described("What was sent, as JSON text.", ref("jsonText")),
}

_SETTINGS: Json = {
    "toleranceS": described("How far its clock may differ, in seconds.", NATURAL),
    "anyKey": described("Whether any key decrypts callbacks (S10.3).", BOOL),
}

CALLS: Json = {
    **_SETTINGS,
    "settings": described(
        "The settings of the reader.",
        record(
            {
                **all_ref(*_SETTINGS),
                "acceptInactive": described("Whether inactive keys are accepted.", BOOL),
                "allowEmptyBody": described("Whether an empty body is accepted.", BOOL),
                "maxBody": described("The longest body that is read, in bytes.", POSITIVE),
                "callbackSecrets": described("Further secrets of callbacks.", items(TEXT)),
                "zones": ref("zones"),
            }
        ),
    ),
    "headers": described("The headers of the message.", ref("pairs")),
    "encrypted": described("Whether the API says that the message is encrypted.", BOOL),
    "answerEncrypted": described("Whether the answer is to be encrypted.", BOOL),
    "uniqueBody": described("Whether the API says that its bodies are unique.", BOOL),
    "before": described(
        "Requests that the same receiver took before.",
        items(
            record(
                {
                    **all_ref("body", "headers", "encrypted", "answerEncrypted", "uniqueBody"),
                    "stage": described(
                        "Where this one was refused, or null if it was accepted.",
                        nullable(ref("stageName")),
                    ),
                }
            )
        ),
    ),
    "status": described("The HTTP status.", {**NUMBER, "minimum": 100, "maximum": 599}),
    "requireEcho": described("Whether another correlation id is refused.", BOOL),
    "cryptoKeyId": described("The id of the key that was used.", nullable(ref("keyId"))),
    "replayProtected": described("Whether no copy of the request can pass again.", BOOL),
    "claim": described(
        "What the receiver claims in its replay guard (S11).",
        record(
            {
                "key": described("The key of the claim.", ref("sha256")),
                "lifetimeS": described("How long it lasts, in seconds.", POSITIVE),
                "owner": described("The owner of the claim.", matching("[0-9a-f]{16}")),
            }
        ),
    ),
    "resultCode": described("The code of the error that the answer tells.", TEXT),
    "maxBody": described(
        "The longest body that is read, in bytes; null stands for 1 MiB.", nullable(POSITIVE)
    ),
}

FIELDS: Json = {
    "side": described("Who reads or writes.", choice("gateway", "client", "storage")),
    "acceptInactive": described("Whether inactive keys decrypt.", BOOL),
    "selectors": described("Selectors of the values that are encrypted.", items(TEXT)),
    "optionalSelectors": described("Those that may select nothing.", items(TEXT)),
    "plainSelectors": described("Those whose values may be plain.", items(TEXT)),
    "storageSide": described(
        "Whose key pair encrypts stored records, else null.", choice(None, "platform", "client")
    ),
    **operation("decrypt", "Decrypt the fields of the document."),
    "document": described("The document.", ref("jsonText")),
    "context": described("The record that the document belongs to, or null.", nullable(TEXT)),
    "plainDocument": described("The decrypted document.", ref("jsonText")),
}

INTERMEDIATES: Json = {
    "header": described("The JSON text of the JWE's header.", TEXT),
    "aad": described("What the content is authenticated with, in hex.", ref("hex")),
    "cek": described("The content encryption key, in hex.", ref("hex")),
    "iv": described("The initialization vector, in hex.", ref("hex")),
    "encryptedKey": described("The encrypted CEK, in hex.", ref("hex")),
    "ciphertext": described("The ciphertext, in hex.", ref("hex")),
    "tag": described("The authentication tag, in hex.", ref("hex")),
    "mac": described("The MAC of the body, in hex.", ref("sha256")),
    "plaintextText": described("What is encrypted, as text.", TEXT),
}

HEAD: Json = {
    "tcId": described(
        "The number of the test within its file: assigned once, never reused or moved.", POSITIVE
    ),
    "id": described(
        "What the test is: file, topic and subject. It never changes.",
        matching(f"{_WORDS}(/{_WORDS}){{2}}"),
    ),
    "comment": described(
        "What is special about a valid test, or wrong with an invalid one.",
        {**TEXT, "minLength": 1},
    ),
    "flags": described(
        "The names of the notes that apply.", items(TEXT, minItems=1, uniqueItems=True)
    ),
    "rule": described(
        "The rule that the test is about.",
        matching("(S[0-9]+(\\.[0-9]+)?|blob|RFC [0-9]+(, [0-9]+(\\.[0-9]+)*)?)"),
    ),
    "valid": described("The test must succeed, with its outputs.", const("valid")),
    "invalid": described("The test must fail, at its stage.", const("invalid")),
    "none": described("Null, because a valid test has none.", NULL),
    "stage": described("The stage at which it must fail.", ref("stageName")),
    "code": described("The code of kmcrypto's error.", matching("[a-z]+(-[a-z]+)*")),
    "twin": described("The tcId of the valid test that this one is but for one thing.", POSITIVE),
}

FILE: Json = {
    "version": described("The version of the format.", const(1)),
    "license": described("The licence, as SPDX names it.", const("CC0-1.0")),
    "numberOfTests": described("How many tests the file has.", POSITIVE),
    "about": described("What its tests ask of a reader.", items(TEXT, minItems=1)),
    "notes": described(
        "What each flag stands for, by its name.",
        {
            "type": "object",
            "patternProperties": {
                _NAMES_OF_NOTES: record(
                    {
                        "description": described("What the tests of the flag show.", TEXT),
                        "rule": described("The rule that they are about.", TEXT),
                    }
                )
            },
            "additionalProperties": False,
        },
    ),
    "counts": described("How many fields each selector found.", mapping(NUMBER)),
}

DEFINITIONS: Json = {**FILE, **HEAD, **FORMS, **VALUES, **CALLS, **FIELDS, **INTERMEDIATES}
