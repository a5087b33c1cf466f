"""Every mistake that diagnose knows: what is expected in its place, why, and what mends it.

The order is that in which a receiver meets the mistakes (S12), answers last. Of two findings that
are equally sure, the one that comes first here is told first, because the later one often follows
from it.
"""

from typing import NamedTuple


class Mistake(NamedTuple):
    """The texts of a mistake that are the same each time."""

    expected: str
    why: str
    change: str


_MAC_OVER_BODY = "HMAC-SHA256 over the exact bytes of the HTTP body, and nothing else"
_MAC_TEXT = "standard base64 with padding: 44 characters"
_SECRET = "the UTF-8 bytes of the secret key's text, exactly as it was issued"  # noqa: S105
_SAME_BYTES = "the very bytes that were signed"
_SERIALISE_ONCE = "serialise the body once, sign those bytes, and send the same bytes"
_COPY_SECRET = "load the secret key without what was added to it"  # noqa: S105
_ONE_VALUE = "each X-KM-* header once, with one value"
_OAEP = "RSA-OAEP with SHA-256 for the hash and for MGF1"
_JWE = "a compact JWE of the profile: RSA-OAEP-256, and A128GCM or A256GCM"

HEADERS = {
    "redirect-changed-method": Mistake(
        "the POST with its body",
        "a client that follows 301, 302 or 303 sends a GET without a body (RFC 9110, 15.4), to"
        " which the token does not belong (S3.6)",
        "call the address that the redirect leads to, and follow no redirects",
    ),
    "body-lost": Mistake(
        "the body that was signed",
        "an empty body has a MAC of its own (S3.2), and most receivers refuse it (S3.7)",
        "hand on the body as it came: something read it before, or the sender left it out",
    ),
    "body-cut": Mistake(
        "as many bytes as Content-Length says",
        "the MAC covers the whole body (S3.2)",
        "record the whole body, and count bytes, not characters, for Content-Length",
    ),
    "body-too-large": Mistake(
        "at most 1,048,576 bytes", "the limit of a body (S13)", "send less in one request"
    ),
    "header-doubled": Mistake(
        _ONE_VALUE,
        "of two values nobody knows which one counts (S1.11)",
        "set the header in one place, and replace it where a library adds to it",
    ),
    "header-joined": Mistake(
        _ONE_VALUE,
        "a server or proxy joined two headers of one name by a comma (S1.11)",
        "send the header once",
    ),
    "header-folded": Mistake(
        "each header on one line",
        "a value that goes on in the next line is obsolete (RFC 9112, 5.2) and not visible ASCII"
        " (S1.11)",
        "remove the line break from the value, which an encoder of base64 may have put there",
    ),
    "header-blanks": Mistake(
        "visible ASCII alone",
        "values are read as they came, without a blank cut off (S1.11)",
        "strip the value before it is set",
    ),
    "header-quoted": Mistake(
        "the bare value",
        "quotes around a value are part of it (S1.11)",
        "remove the quotes, which a settings file or a shell left there",
    ),
    "header-empty": Mistake(
        "a value",
        "a header that is there and empty is malformed (S1.11)",
        "set the value, or leave out a header that is not required",
    ),
    "header-underscores": Mistake(
        "names with hyphens",
        "names with underscores are other headers (S1)",
        "write the names as S1 has them, and look at proxies that change names",
    ),
    "header-missing": Mistake(
        "all headers of S1",
        "a receiver needs them to find the sender and to check the time (S1)",
        "send the header",
    ),
    "access-key-on-callback": Mistake(
        "no X-KM-Access-Key on a callback", "the platform calls without it (S10.1)", "leave it out"
    ),
    "tran-time-length": Mistake(
        "14 digits: yyyyMMddHHmmss",
        "newer pages say 16, which is the length of the mask YYYYMMDDHH24MISS; the time with"
        " milliseconds belongs into the token (S1.6)",
        "write X-KM-Tran-Time to the second",
    ),
    "tran-time-form": Mistake(
        "14 digits of a real date and time",
        "the time is read as yyyyMMddHHmmss (S1.6)",
        "write the time without separators, zone or letters",
    ),
    "zone-unknown": Mistake(
        "UTC, KST, or another three letters that the receiver knows",
        "a table of names gives the offset (S1.7)",
        "name the zone of the digits: KST or UTC",
    ),
    "asp-id-form": Mistake(
        "15 letters and digits",
        "the asp id is compared exactly (S1.1)",
        "copy the asp id as it was issued",
    ),
    "correlation-id-length": Mistake(
        "20 characters: yyMMddHHmmss, a hyphen, 7 hex digits",
        "ids of 21 or 23 characters made the sandbox answer a bare HTTP 500 (S2.2)",
        "write the year with two digits and no milliseconds",
    ),
    "correlation-id-form": Mistake(
        "20 characters: yyMMddHHmmss of a real time, a hyphen, 7 hex digits",
        "the id is the number of the transaction (S2.1)",
        "write the id in that form",
    ),
    "crypto-key-id-form": Mistake(
        "32 letters and digits",
        "the id is compared exactly (S1.4)",
        "copy the id of the crypto key as it was issued",
    ),
    "access-key-form": Mistake(
        "40 letters, digits and hyphens",
        "the access key names the project (S1.3)",
        "copy the access key as it was issued",
    ),
}

TOKEN_FORM = {
    "token-prefix": Mistake(
        "KMV1: before the time", "the prefix is the version of the token (S3)", "write KMV1:"
    ),
    "token-time": Mistake(
        "17 digits of a real time: yyyyMMddHHmmssSSS",
        "the token's time has milliseconds (S3.1)",
        "write the time of the token in 17 digits",
    ),
    "mac-hex": Mistake(
        _MAC_TEXT,
        "the 32 bytes of the MAC were written in hexadecimal (S3.4)",
        "encode the bytes of the MAC in base64, not in hex",
    ),
    "mac-hex-padded": Mistake(
        _MAC_TEXT,
        "the documents say 66, which is no length of the MAC: the token has 67 characters (S3.4)",
        "encode the bytes of the MAC in base64, and add nothing",
    ),
    "mac-base64-of-hex": Mistake(
        _MAC_TEXT,
        "the hexadecimal text of the MAC was encoded, not its bytes (S3.4)",
        "encode the 32 bytes of the MAC in base64",
    ),
    "mac-base64-unpadded": Mistake(
        _MAC_TEXT,
        "32 bytes end in one = (S3.4)",
        "use the encoder of base64 that writes padding",
    ),
    "mac-base64url": Mistake(
        _MAC_TEXT,
        "the token has the standard alphabet, with + and / (S3.4)",
        "use the standard encoder of base64, not the URL-safe one",
    ),
    "mac-hash": Mistake(
        "a MAC of 32 bytes",
        "the MAC is HMAC with SHA-256 (S3)",
        "use HMAC-SHA256",
    ),
    "token-form": Mistake(
        "KMV1:, 17 digits, a colon and 44 characters of base64",
        "the token has one form (S3.5)",
        "write the token in that form",
    ),
}

TIMES = {
    "times-in-two-zones": Mistake(
        "both times in the zone that X-KM-Time-Zone names",
        "tran time and token time are one instant (S1.10)",
        "write both times from one reading of the clock, in one zone",
    ),
    "times-disagree": Mistake(
        "at most 5 s between tran time and token time",
        "both are the moment of this request (S1.10)",
        "make a new token and a new tran time for each request, from one reading of the clock",
    ),
}

SENDER = {
    "access-key-of-another": Mistake(
        "the access key of the project whose secret key signs",
        "the secret key is found by the access key (S1.3)",
        "take access key and secret key from the same project and kind",
    ),
    "asp-id-of-another": Mistake(
        "the asp id of the project",
        "the asp id must be the project's own (S1.1)",
        "take the asp id of the same project as the access key",
    ),
    "body-gzip": Mistake(
        "a body that is not compressed",
        "the MAC covers the bytes that travel (S3.2), and these must be JSON (S4.10)",
        "switch the compression of request bodies off",
    ),
    "body-bom": Mistake(
        "UTF-8 without a byte order mark",
        "strict JSON has none (S4.10), and its three bytes are part of what is signed (S3.2)",
        "write the body in UTF-8 without a byte order mark, before it is signed",
    ),
    "body-line-end": Mistake(
        _SAME_BYTES,
        "a line feed at the end belongs to the body (S3.2)",
        "sign and send the same bytes: echo and editors add a line feed, curl -d @file removes it"
        " (use --data-binary)",
    ),
    "body-crlf": Mistake(
        _SAME_BYTES,
        "LF and CRLF are different bytes (S3.2)",
        "sign after line ends were converted, or convert none",
    ),
    "body-white-space": Mistake(
        _SAME_BYTES,
        "the body was serialised again after it was signed, with other white space (S3.2)",
        _SERIALISE_ONCE,
    ),
    "body-key-order": Mistake(
        _SAME_BYTES,
        "the body was serialised again after it was signed, with its members in another order"
        " (S3.2)",
        _SERIALISE_ONCE,
    ),
    "body-escapes": Mistake(
        _SAME_BYTES,
        "the body was serialised again after it was signed, with other escapes: \\u and / have"
        " several spellings in JSON (S3.2)",
        _SERIALISE_ONCE,
    ),
    "body-serialised-again": Mistake(
        _SAME_BYTES,
        "the body was serialised again after it was signed (S3.2)",
        _SERIALISE_ONCE,
    ),
    "body-of-earlier-token": Mistake(
        "a token of this body",
        "each body has its own MAC (S3.2)",
        "make the token when the body is complete, for each request anew",
    ),
    "body-changed": Mistake(
        _SAME_BYTES,
        "the MAC is that of the payload that was meant (S3.2): another body travelled",
        "look for a proxy or a middleware that changes bodies",
    ),
    "mac-over-base64-of-body": Mistake(
        _MAC_OVER_BODY,
        "the body was encoded in base64 before it was signed (S3.2)",
        "give the body's own bytes to HMAC",
    ),
    "mac-over-plaintext": Mistake(
        _MAC_OVER_BODY,
        "of an encrypted request that is the text with encData, never the plaintext (S3.2)",
        "encrypt first, then sign the body that is sent",
    ),
    "mac-over-jwe": Mistake(
        _MAC_OVER_BODY,
        'the body is the whole text {"encData":"..."}, not the JWE in it (S3.2)',
        "sign the whole body",
    ),
    "mac-over-access-key-and-time": Mistake(
        _MAC_OVER_BODY,
        "neither access key nor time is in the MAC (S3.6)",
        "sign the body alone",
    ),
    "mac-over-more": Mistake(
        _MAC_OVER_BODY,
        "neither the time nor the method nor the path is in the MAC (S3.6)",
        "sign the body alone",
    ),
    "mac-over-digest": Mistake(
        _MAC_OVER_BODY,
        "HMAC takes the body itself, not a digest of it (S3)",
        "give the body's own bytes to HMAC",
    ),
    "mac-over-nothing": Mistake(
        _MAC_OVER_BODY,
        "the MAC is that of an empty body (S3.2)",
        "make the token when the body is complete",
    ),
    "secret-hex-decoded": Mistake(
        _SECRET, "it is not decoded from hexadecimal (S3.3)", "use the text's bytes"
    ),
    "secret-base64-decoded": Mistake(
        _SECRET, "it is not decoded from base64 (S3.3)", "use the text's bytes"
    ),
    "secret-quoted": Mistake(_SECRET, "quotes around it are no part of it (S5.4)", _COPY_SECRET),
    "secret-white-space": Mistake(
        _SECRET, "a line feed or a blank at an end is no part of it (S5.4)", _COPY_SECRET
    ),
    "secret-bom": Mistake(
        _SECRET, "a byte order mark before it is no part of it (S5.4)", _COPY_SECRET
    ),
    "secret-other-encoding": Mistake(
        _SECRET, "the text is encoded in UTF-8 (S3.3)", "encode the secret key in UTF-8"
    ),
    "secret-of-another-key": Mistake(
        "the secret key of the project that the access key names",
        "each project and each kind, sandbox, UAT or SI, has its own (S5.1)",
        "take access key and secret key from the same project and kind",
    ),
    "secret-is-access-key": Mistake(
        _SECRET, "the access key is no secret (S1.3)", "sign with the secret key"
    ),
    "mac-of-several-mistakes": Mistake(
        f"{_MAC_OVER_BODY}, under {_SECRET}",
        "two mistakes of the list together give this MAC (S3)",
        "mend both",
    ),
    "mac-plain-hash": Mistake(
        "HMAC-SHA256 (RFC 2104)",
        "a hash over the secret key and the body is no HMAC (S3)",
        "use the HMAC of the platform's cryptographic library",
    ),
    "mac-arguments-swapped": Mistake(
        "the secret key as the key of HMAC, the body as its message",
        "they were given in the other order (S3)",
        "swap the two arguments",
    ),
    "mac-unknown": Mistake(
        f"{_MAC_OVER_BODY}, under {_SECRET}",
        "neither a usual mistake with the body nor one with the secret key gives this MAC (S3)",
        "compare with the sender the length of the bytes that were signed and sent, then replace"
        " the secret key by a fresh copy",
    ),
}

LATER = {
    "key-not-active": Mistake(
        "an active key",
        "an inactive key is refused unless the receiver accepts it, a discarded one always (S5.1)",
        "use an active key",
    ),
    "zone-contradicted": Mistake(
        "digits of the zone that X-KM-Time-Zone names",
        "the digits and the clock differ by the offset of another zone (S1.13)",
        "write the digits in the zone that the header names, or name the zone of the digits",
    ),
    "clock-skew": Mistake(
        "a time within 300 s of the receiver's clock",
        "the receiver refuses other times, before and after (S3.6)",
        "set the sender's clock by NTP",
    ),
    "correlation-id-used-before": Mistake(
        "an id that no other request has",
        "it is the number of the transaction (S2.3)",
        "draw a new id for each request, a repeated call included",
    ),
    "sent-before": Mistake(
        "each request once",
        "a receiver takes a request once (S11)",
        "seal a new request for each call; a repetition by a library or proxy is a replay",
    ),
    "body-json": Mistake(
        "one strict JSON object in UTF-8",
        "nothing else is read (S4.10)",
        "write the body with an encoder of JSON",
    ),
    "envelope-form": Mistake(
        'a JSON object with the one member encData, a text: {"encData":"..."}',
        "with another member beside it or in another spelling, the body is a plain one (S4.1)",
        "send encData alone, spelled like that",
    ),
    "plain-where-encrypted": Mistake(
        "an encrypted body",
        "each API says whether its requests are encrypted (S4.6), and the other kind is refused"
        " (S4.8)",
        "encrypt the body, then sign it",
    ),
    "encrypted-where-plain": Mistake(
        "a plain body",
        "each API says whether its requests are encrypted (S4.6), and the other kind is refused"
        " (S4.8)",
        "send the body plain",
    ),
    "crypto-key-id-missing": Mistake(
        "X-KM-Crypto-Key-Id",
        "the receiver finds the key by its id (S1.4)",
        "send the id of the key that encrypts the request, or else its answer",
    ),
    "crypto-key-id-unknown": Mistake(
        "the id of a crypto key of the project",
        "ids are compared exactly, and belong to one project (S5.2)",
        "send the id of the key that the body is encrypted to",
    ),
    "callback-key-not-first": Mistake(
        "the id of the crypto key that was issued first",
        "callbacks use that key, so that it is kept when a second is added (S5.3, S10.3)",
        "encrypt callbacks to the first key, or let the receiver take any key",
    ),
    "crypto-key-id-of-other-key": Mistake(
        "the id of the key that the body is encrypted to",
        "the receiver decrypts with the key of that id and tries no other (D4)",
        "take id and public key from the same crypto key",
    ),
    "jwe-size": Mistake(_JWE, "the limit of a JWE (S13)", "send less in one message"),
    "jwe-parts": Mistake(
        "five segments and four dots", "the compact form (S4.11)", "send the compact form alone"
    ),
    "jwe-base64url": Mistake(
        "base64url without padding", "each segment has one spelling (S4.11)", "encode it like that"
    ),
    "jwe-header": Mistake(_JWE, "the header is strict JSON (S4.10)", "write the header as JSON"),
    "jwe-alg": Mistake(_JWE, "the key is encrypted with OAEP (S4.2)", "set alg to RSA-OAEP-256"),
    "jwe-enc": Mistake(
        _JWE, "the content is encrypted with AES-GCM (S4.3)", "set enc to A128GCM or A256GCM"
    ),
    "jwe-parameter": Mistake(
        "no such member in the header",
        "it changes what the token means, or brings its own key (S4.9)",
        "leave the member out",
    ),
    "jwe-kid": Mistake(
        "no kid, or the id in X-KM-Crypto-Key-Id",
        "both name the key (S4.4)",
        "write the same id in both places",
    ),
    "jwe-encrypted-key": Mistake(
        "an encrypted key of the length of the modulus", "RSA-OAEP (S4.2)", "encrypt with RSA-OAEP"
    ),
    "jwe-iv": Mistake("an IV of 12 bytes", "AES-GCM (S4.3)", "draw 12 random bytes each time"),
    "jwe-tag": Mistake("a tag of 16 bytes", "AES-GCM (S4.3)", "append the whole tag"),
    "jwe-field": Mistake(
        "a JWE without km-path",
        "a field of FieldCipher is no message (S9.4)",
        "encrypt the whole body as a message",
    ),
    "jwe-mgf1-sha1": Mistake(
        _OAEP,
        "Java's OAEPWithSHA-256AndMGF1Padding leaves MGF1 at SHA-1 (S4.2)",
        "give the cipher an OAEPParameterSpec with MGF1ParameterSpec.SHA256",
    ),
    "jwe-oaep-sha1": Mistake(
        _OAEP, "the padding has SHA-1, whatever the header says (S4.2)", "use SHA-256 for both"
    ),
    "jwe-pkcs1": Mistake(
        _OAEP, "the padding is that of PKCS#1 v1.5 (S4.2)", "use OAEP with SHA-256 for both"
    ),
    "jwe-own-public-key": Mistake(
        "the other party's public key",
        "requests are encrypted to the platform's pair, answers and callbacks to the client's"
        " (S4.5)",
        "take the public key of the other party, not your own",
    ),
    "jwe-other-key": Mistake(
        "the public key of the named crypto key",
        "only its private key decrypts (S4.5)",
        "take the public key under the id that X-KM-Crypto-Key-Id names",
    ),
    "jwe-aad": Mistake(
        "the encoded header as AAD",
        "the tag covers the first segment as it stands in the token (S4.3)",
        "give the ASCII bytes of the first segment to AES-GCM as AAD",
    ),
    "jwe-changed": Mistake(
        "the token as it was made",
        "the content key decrypts, and the tag does not match (S4.3)",
        "look for what changes, cuts or mixes the segments of the token",
    ),
    "plaintext-json": Mistake(
        "one strict JSON object",
        "the plaintext is the JSON of the whole body (S4.1)",
        "encrypt the bytes of the JSON text, once",
    ),
    "content-type": Mistake(
        "Content-Type: application/json",
        "a server may read another type as a form (S1.8)",
        "set the header",
    ),
    "refused": Mistake(
        "a request that a receiver takes",
        "a Gateway refuses it at this step (S12)",
        "mend what the text of the error says",
    ),
}

ANSWERS = {
    "answer-redirect": Mistake(
        "an answer of the API",
        "a redirect is none, and a client that follows it may turn POST into GET (RFC 9110, 15.4)",
        "call the address that it leads to, if it is the platform's",
    ),
    "answer-proxy-page": Mistake(
        "JSON with response.code",
        "a page of HTML or text is a proxy's or a server's, not the API's (S4.8)",
        "look at the address, the proxy and the HTTP status; the call may have been carried out",
    ),
    "answer-empty": Mistake(
        "JSON with response.code",
        "an empty body has no result (S4.8)",
        "ask whether the call was carried out, before it is repeated",
    ),
    "answer-compressed": Mistake(
        "a body that was decompressed",
        "a compressed body is no JSON (S4.8)",
        "decompress it by its Content-Encoding, or ask for no compression",
    ),
    "answer-json": Mistake(
        "JSON with response.code", "nothing else has a result (S4.8)", "look at what sent it"
    ),
    "answer-result-code": Mistake(
        "the code 000_000",
        "the platform took the request and said no (S6)",
        "do what the meaning of the code asks for",
    ),
    "answer-refusal": Mistake(
        "the code 000_000",
        "the code is one of a Gateway's refusals (S6.3), which do not tell the reason to strangers",
        "diagnose the request with its secret key",
    ),
    "answer-status": Mistake(
        "000_000 with HTTP 200", "one of the two is wrong (S4.8)", "look for what changed either"
    ),
    "answer-plain": Mistake(
        "an encrypted answer",
        "a successful answer that is plain has lost its protection (S4.8)",
        "look for what decrypts answers on their way, and whether this API encrypts them",
    ),
    "answer-encrypted": Mistake(
        "a plain answer",
        "each API says whether its answers are encrypted (S4.6)",
        "say that this API's answers are encrypted",
    ),
    "answer-key-unknown": Mistake(
        "the id of a crypto key that this side holds",
        "the answer's key is the one that it names, else the request's (S4.7)",
        "load the crypto key of that id",
    ),
    "answer-id-missing": Mistake(
        "the request's X-KM-Correlation-Id, once",
        "the id belongs on every answer, and proxies drop or double it (S1.9)",
        "let the proxy hand on X-KM-* headers",
    ),
    "answer-id-other": Mistake(
        "the request's X-KM-Correlation-Id",
        "another id is that of another call (S1.9)",
        "look for a cache, or for answers that were mixed up",
    ),
}

# All of them, by their codes.
MISTAKES = {**HEADERS, **TOKEN_FORM, **TIMES, **SENDER, **LATER, **ANSWERS}
ORDER = {code: position for position, code in enumerate(MISTAKES)}
