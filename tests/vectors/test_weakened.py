"""What the vectors are for: a verifier that was weakened in one place must not get through them.

Each row is one textual change to a copy of the package, tools included, and the files of vectors that it concerns. The
copy runs them as `kmcrypto vectors check` does, and at least one test must come out otherwise than is due. A change
whose text is no longer there fails, so that the list keeps up with the code. Where a check would be lost altogether
and the vectors' valid tests with it, the change takes what is wrong in addition to what is right: that is the fault
that real programs have.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from nacl.pwhash import argon2id

import kmcrypto
from kmcrypto.tools.vectors.parties import Keys
from tests.support import STANDARD_BASE64
from tests.tools.vectors.test_command import REAL, real_vectors

PACKAGE = Path(kmcrypto.__file__).parent


class Weak(NamedTuple):
    """One weakness: what it is, the subjects whose vectors should show it, and the change that makes it."""

    what: str
    subjects: str
    file: str
    old: str
    new: str = ""


pytestmark = pytest.mark.once
STRICT, INSTANT, IDS, HEADERS = (
    "_strict.py",
    "signing/instant.py",
    "signing/correlation.py",
    "signing/headers.py",
)
TOKEN, JWE, MESSAGE, FIELDS = (
    "signing/tran_token.py",
    "encryption/jwe.py",
    "encryption/message.py",
    "encryption/fields.py",
)
PATHS, INBOUND, GATEWAY = "encryption/json_path.py", "exchange/inbound.py", "exchange/gateway.py"
CALLBACK, CLIENT, RING, SEALED, PROJECT = (
    "exchange/callback.py",
    "exchange/client.py",
    "keys/ring.py",
    "keys/sealed.py",
    "keys/project.py",
)
_MARKS = "if {name: part.header[name] for name in (PLACE, CONTEXT) if name in part.header} != _marks(place, context):"
_IS_VISIBLE = '<= MAX_HEADER_VALUE and value.isascii() and value.isprintable() and " " not in value'
_IS_KNOWN = "        if name in _KNOWN:\n"
_TRAN_TIME = "second_of_digits(found.get(TRAN_TIME) or _missing(TRAN_TIME))"
_ZONE = "zones.get(found.get(TIME_ZONE) or _missing(TIME_ZONE))"
_OPENED = "cek.decrypt(parts.iv if sound else bytes(IV_BYTES), parts.sealed, parts.aad)"
_NOT_VISIBLE = "(name not in formed and not _is_visible(value))"
_DECODED = "    try:\n        data = (text +"
_SURROGATE = 'if "\\\\" in text and ("\\\\ud" in text or "\\\\uD" in text):'
_ENVELOPE = "((message := read_envelope(payload)) is not None) is not encrypted:"
_TWICE = ("len(members := dict(pairs)) != len(pairs)", "(members := dict(pairs)) is None")
_OAEP_FAILED = "    except ValueError:\n        return substitute\n"


_MAC_FAILED = "        except InvalidSignature:\n            raise SignatureMismatch() from None\n"


def also_verifies(key: str = "secret.encode()", body: str = "body") -> str:
    """What takes the MAC under another key or over another body where the right one failed."""
    return (
        "        except InvalidSignature:\n"
        "            import base64, json, unicodedata\n"
        "            from cryptography.hazmat.primitives.hashes import SHA256\n"
        "            from cryptography.hazmat.primitives.hmac import HMAC\n"
        "            try:\n"
        f"                context = HMAC({key}, SHA256())\n"
        f"                context.update({body})\n"
        "                context.verify(self.mac)\n"
        "            except Exception:\n"
        "                raise SignatureMismatch() from None\n"
    )


def also_opens(padding: str) -> str:
    """What takes another padding where the right one failed."""
    return (
        "    except ValueError:\n"
        "        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15\n"
        "        from cryptography.hazmat.primitives.hashes import SHA1\n"
        "        try:\n"
        f"            cek = private_key.decrypt(parts.encrypted_key, {padding})\n"
        "        except ValueError:\n"
        "            return substitute\n"
    )


WEAKENED = [
    # headers
    Weak("a header may come twice", "headers", HEADERS, f"if name in found or {_NOT_VISIBLE}:", f"if {_NOT_VISIBLE}:"),
    Weak("any characters in a header", "headers", HEADERS, _IS_VISIBLE, ""),
    Weak("any asp id", "headers", HEADERS, "if not is_asp_id(asp_id := found.get(ASP_ID) or _missing(ASP_ID)):",
         "if not (asp_id := found.get(ASP_ID) or _missing(ASP_ID)):"),
    Weak("any access key", "headers", HEADERS,
         "is not None and not is_access_key(access_key):", "and False:"),
    Weak("any crypto key id", "headers", HEADERS,
         "is not None and not is_crypto_key_id(key_id):", "and False:"),
    Weak("an unknown zone is KST", "headers", HEADERS, _ZONE,
         'zones.get(found.get(TIME_ZONE) or _missing(TIME_ZONE), zones["KST"])'),
    Weak("no access key is due", "headers exchange", INBOUND,
         "if access_key is None and self.has_access_key:", "if False:"),
    Weak("a callback may carry an access key", "headers exchange", INBOUND,
         "if access_key is not None and not self.has_access_key:", "if False:"),
    Weak("more behind a correlation id", "correlation_id", IDS, "if len(text) != 20 or", "if"),
    Weak("a correlation id at no date", "correlation_id headers", IDS,
         ' or second_of_digits("20" + text[:12]) is None'),
    Weak("no hyphen in a correlation id", "correlation_id", IDS, ' or text[12] != "-"'),
    Weak("correlation ids differ in case", "correlation_id", IDS, "return self.text.lower()", "return self.text"),
    Weak("correlation ids of any century", "correlation_id", INSTANT,
         "if not 946_684_800 <= local < 4_102_444_800:", "if False:"),
    Weak("any echo", "exchange", CLIENT, "if require_echo and", "if False and"),
    Weak("a request of any length", "exchange", INBOUND, "if len(body) > self._max_body:", "if False:"),
    Weak("an answer of any length", "exchange", CLIENT, "if len(body) > self._max_body:", "if False:"),
    Weak("a message of any length", "message", MESSAGE, "if len(body) > max_body:", "if False:"),
    Weak("an empty body", "exchange", INBOUND, "if not body and not self._allow_empty_body:", "if False:"),
    # token
    Weak("a MAC in other base64", "tran_token", TOKEN, "text[23:]", 'text[23:].replace("-", "+").replace("_", "/")'),
    Weak("a MAC with stray bits", "tran_token", TOKEN, '"048AEIMQUYcgkosw"', repr(STANDARD_BASE64)),
    Weak("more behind a token", "tran_token", TOKEN, "text[65:68]", "text[65:67]"),
    Weak("a token of any version", "tran_token", TOKEN, "text[:5] != PREFIX", 'text[:3] != "KMV"'),
    Weak("a token without its second colon", "tran_token", TOKEN, "text[19:23] in", 'text[19:22] + ":" in'),
    Weak("dates that are none", "tran_token", INSTANT, "return None\n    _recent", "second = 0\n    _recent"),
    Weak("digits of every script", "tran_token", TOKEN, "text[19:23] in _MILLISECONDS", "text[19:22].isdecimal()"),
    Weak("any milliseconds", "tran_token", TOKEN, "text[19:23] in _MILLISECONDS", 'text[22:23] == ":"'),
    Weak("any MAC", "tran_token", TOKEN, "raise SignatureMismatch() from None", "return"),
    Weak("the first half of a MAC", "tran_token", TOKEN, "context.verify(self._mac)",
         "if context.finalize()[:16] != self._mac[:16]:\n                raise SignatureMismatch()"),
    Weak("the second half of a MAC", "tran_token", TOKEN, "context.verify(self._mac)",
         "if context.finalize()[16:] != self._mac[16:]:\n                raise SignatureMismatch()"),
    Weak("all but the last byte of a MAC", "tran_token", TOKEN, "context.verify(self._mac)",
         "if context.finalize()[:31] != self._mac[:31]:\n                raise SignatureMismatch()"),
    Weak("64 bytes of a secret", "tran_token", PROJECT,
         "return HMAC(raw, SHA256())", "return HMAC(raw[:64], SHA256())"),
    Weak("a body without the white space at its end", "tran_token", TOKEN,
         "context.update(body)", "context.update(body.rstrip())"),
    Weak("any asp id of a project", "headers exchange", INBOUND,
         "if project is not None and key.asp_id == asp_id:", "if project is not None:"),
    Weak("a discarded project key", "exchange headers", GATEWAY, "project.key.state is DISCARDED or "),
    # time
    Weak("any time", "exchange headers", INBOUND, "if abs(now_ms - then_ms) > self._tolerance_ms:", "if False:"),
    Weak("any future", "exchange headers", INBOUND, "if abs(now_ms - then_ms) >", "if now_ms - then_ms >"),
    Weak("any past", "exchange headers", INBOUND, "if abs(now_ms - then_ms) >", "if then_ms - now_ms >"),
    Weak("a second more than the tolerance", "exchange headers", INBOUND,
         "> self._tolerance_ms:", "> self._tolerance_ms + 1000:"),
    Weak("two times that disagree", "headers exchange", INBOUND, "> MAX_TIMES_APART:", "> 10**12:"),
    Weak("two times 6 s apart", "headers exchange", INBOUND, "> MAX_TIMES_APART:", "> MAX_TIMES_APART + 1:"),
    Weak("two times apart, one way", "headers exchange", INBOUND,
         "if abs(token._second - second) >", "if token._second - second >"),
    Weak("two times apart, the other way", "headers exchange", INBOUND,
         "if abs(token._second - second) >", "if second - token._second >"),
    Weak("every zone is KST", "headers exchange", INBOUND, "- zone.offset_minutes * 60)", "- 540 * 60)"),
    # replay
    Weak("a replay", "exchange", INBOUND, "if not fresh:", "if False:"),
    Weak("a replay under other headers", "exchange", INBOUND,
         '"body:" if unique else', '"body:" if False else'),
    Weak("a replay under the id in other case", "exchange", INBOUND, "correlation_id.text.lower()",
         "correlation_id.text"),
    Weak("a unique body twice", "exchange", INBOUND, "unique = encrypted or unique_body", "unique = encrypted"),
    Weak("a plain body is taken once only", "exchange", INBOUND, "unique = encrypted or unique_body", "unique = True"),
    # key
    Weak("an inactive project key", "exchange headers", INBOUND,
         "if key.state is INACTIVE and not self._accept_inactive:", "if False:"),
    Weak("an inactive crypto key", "exchange", RING,
         "if key.state is INACTIVE and not accept_inactive:", "if False:"),
    Weak("an inactive crypto key of a field", "fields", RING,
         "if key.state is INACTIVE and not accept_inactive:", "if False:"),
    Weak("a discarded crypto key", "exchange", RING,
         "if key is None or key.state is DISCARDED:", "if key is None:"),
    Weak("a discarded crypto key of a field", "fields", RING,
         "if key is None or key.state is DISCARDED:", "if key is None:"),
    Weak("any key for callbacks", "exchange", CALLBACK, "if self._any_key or named is first", "if True"),
    Weak("no crypto key id: the primary", "exchange", INBOUND, "self._named_key(project, named)",
         "self._named_key(project, named or project.ring.primary.id)"),
    Weak("an unknown crypto key id: the primary", "exchange", INBOUND, "project.ring.get(key_id)",
         "(project.ring.get(key_id) or project.ring.primary)"),
    Weak("no crypto key id for an encrypted answer", "exchange", INBOUND,
         "if not (named or encrypted or answer_encrypted):",
         "if not (named or encrypted):"),
    Weak("the answer's key id is not looked at", "exchange", CLIENT, "named or request.headers.get(CRYPTO_KEY_ID)",
         "request.headers.get(CRYPTO_KEY_ID)"),
    Weak("the request's key id is not looked at", "exchange", CLIENT,
         "named or request.headers.get(CRYPTO_KEY_ID)", "named"),
    Weak("an unknown key id of a field: the primary", "fields", FIELDS, "self._ring.get(kid)",
         "(self._ring.get(kid) or self._ring.primary)"),
    # decrypt
    Weak("any tag", "jwe", JWE,
         _OPENED, "cek.encrypt(parts.iv if sound else bytes(IV_BYTES), parts.sealed[:-16], b'')[:-16]"),
    Weak("the AAD built again", "jwe", JWE, _OPENED,
         _OPENED.replace("parts.aad", "to_base64url(write_json(parts.header)).encode()")),
    Weak("an IV of any length", "jwe", JWE, " and len(parts.iv) == IV_BYTES"),
    Weak("a tag of any length", "jwe", JWE, "len(tag) == TAG_BYTES", 'tag != b""'),
    Weak("a CEK of the other length", "jwe", JWE,
         "return cek if sound and len(cek) == len(substitute) else", "return cek if sound else"),
    Weak("an encrypted key without its zeros", "jwe", JWE,
         "    sound = len(parts.encrypted_key) ==",
         "    size = (private_key.key_size + 7) // 8\n"
         '    parts = parts._replace(encrypted_key=parts.encrypted_key.lstrip(b"\\0").rjust(size, b"\\0"))\n'
         "    sound = len(parts.encrypted_key) =="),
    Weak("zeros for a CEK that did not open", "jwe", JWE, "substitute = os.urandom(", "substitute = bytes("),
    Weak("OAEP with SHA-1", "jwe", JWE, _OAEP_FAILED, also_opens("OAEP(MGF1(SHA1()), SHA1(), None)")),
    Weak("MGF1 with SHA-1", "jwe", JWE, _OAEP_FAILED, also_opens("OAEP(MGF1(SHA1()), SHA256(), None)")),
    Weak("MGF1 with SHA-256 in OAEP with SHA-1", "jwe", JWE,
         _OAEP_FAILED, also_opens("OAEP(MGF1(SHA256()), SHA1(), None)")),
    Weak("PKCS#1 v1.5", "jwe", JWE, _OAEP_FAILED, also_opens("PKCS1v15()")),
    Weak("any alg", "jwe", JWE, ' or header.get("alg") != ALG'),
    Weak("A192GCM", "jwe", JWE, '"A256GCM": 32}', '"A256GCM": 32, "A192GCM": 24}'),
    Weak("an enc in other case", "jwe", JWE, 'if not isinstance(enc := header.get("enc"), str)',
         'header["enc"] = str(header.get("enc")).upper()\n    if not isinstance(enc := header.get("enc"), str)'),
    *(Weak(f"{name} is ignored", "jwe", JWE, f'"{name}"', '"nothing"')
      for name in ("crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "epk", "p2c")),
    Weak("what is refused is looked for by its value", "jwe", JWE, "not _REFUSED.isdisjoint(header)",
         "any(header.get(name) for name in _REFUSED)"),
    Weak("any kid", "jwe", JWE, 'parts.header.get("kid", kid) != kid', "False"),
    Weak("any kid in an exchange", "exchange", JWE, 'parts.header.get("kid", kid) != kid', "False"),
    Weak("a kid that is no text", "jwe", JWE, ' or not isinstance(header.get("kid", ""), str)'),
    Weak("a header of any length", "jwe", JWE,
         "len(head := start[1]) > _MAX_HEADER_TEXT:", "(head := start[1]) is None:"),
    Weak("four segments", "jwe", JWE, " or end < start.end()"),
    Weak("segments in other base64", "jwe", STRICT, "len(raw) != len(text) * 3 // 4 or "),
    Weak("segments with stray bits", "jwe", STRICT,
         " or (over and text[-1] not in _LAST[over])"),
    Weak("segments in the standard alphabet", "jwe", STRICT,
         'bytes.maketrans(b"-_+/", b"+/..")', 'bytes.maketrans(b"-_", b"+/")'),
    Weak("segments with padding", "jwe", STRICT, _DECODED, '    text = text.rstrip("=")\n' + _DECODED),
    Weak("a member of a header twice", "jwe", STRICT, *_TWICE),
    Weak("NaN in a header", "jwe", STRICT, "if not abs(value) < _INFINITY:", "if False:"),
    Weak("a header nested deeply", "jwe", STRICT, "return max(accumulate(steps)) > MAX_DEPTH", "return False"),
    Weak("half a surrogate pair in a header", "jwe", STRICT, _SURROGATE, "if False:"),
    Weak("a byte order mark before a header", "jwe", STRICT, "text = data.decode()", 'text = data.decode("utf-8-sig")'),
    Weak("a header that is no UTF-8", "jwe", STRICT, "text = data.decode()", 'text = data.decode(errors="replace")'),
    Weak("a field for a message", "message", MESSAGE, "PLACE in (parts := jwe.read_parts(token, len(token))).header",
         "(parts := jwe.read_parts(token, len(token))) is None"),
    Weak("no km-path", "fields", FIELDS, _MARKS, "if part.header.get(CONTEXT) != context:"),
    Weak("no km-ctx", "fields", FIELDS, _MARKS, "if part.header.get(PLACE) != normalized(place):"),
    Weak("a field need not say its place", "fields", FIELDS, _MARKS,
         "if {PLACE: part.header.get(PLACE, normalized(place)), CONTEXT: part.header.get(CONTEXT)} != "
         "{PLACE: normalized(place), CONTEXT: context}:"),
    Weak("a field need not say its context", "fields", FIELDS, _MARKS,
         "if {PLACE: part.header.get(PLACE), CONTEXT: part.header.get(CONTEXT, context)} != "
         "{PLACE: normalized(place), CONTEXT: context}:"),
    Weak("a context need not be given", "fields", FIELDS, _MARKS,
         "if part.header.get(PLACE) != normalized(place) or context not in (None, part.header.get(CONTEXT)):"),
    Weak("any tag of a field", "fields", JWE, _OPENED, "cek.encrypt(parts.iv, parts.sealed[:-16], b'')[:-16]"),
    # payload
    Weak("plain where encrypted is due", "exchange", INBOUND, _ENVELOPE,
         "(message := read_envelope(payload)) is not None and not encrypted:"),
    Weak("encrypted where plain is due", "exchange", INBOUND, _ENVELOPE,
         "(message := read_envelope(payload)) is None and encrypted:"),
    Weak("a plain answer where an encrypted one is due", "exchange", CLIENT, "if not protected:", "if False:"),
    Weak("an encrypted answer where a plain one is due", "exchange", CLIENT, "if not encrypted:", "if False:"),
    Weak("a plain body for a message", "message", MESSAGE,
         "(token := read_envelope(read_payload(body))) is None:\n",
         "(token := read_envelope(read_payload(body))) is None:\n        return read_payload(body)\n"),
    Weak("members beside encData", "message", MESSAGE, "if len(payload) != 1 or MEMBER not in payload:",
         "if MEMBER not in payload:"),
    Weak("members beside encData in a request", "exchange", MESSAGE,
         "if len(payload) != 1 or MEMBER not in payload:", "if MEMBER not in payload:"),
    Weak("an encData that is no text", "message", MESSAGE, "not isinstance(token := payload[MEMBER], str)",
         "(token := payload[MEMBER]) is token and False"),
    Weak("a payload that is no object", "message", MESSAGE, "isinstance(value := read_json(text), dict)",
         "(value := read_json(text)) is not None"),
    Weak("a member of a body twice", "message", STRICT, *_TWICE),
    Weak("a member of a field twice", "fields", STRICT, *_TWICE),
    Weak("NaN in a body", "message", STRICT, "if not abs(value) < _INFINITY:", "if False:"),
    Weak("a number beyond a double's", "message", STRICT, "if not abs(value) < _INFINITY:", "if value != value:"),
    Weak("NaN in a field", "fields", STRICT, "parse_constant=_float", "parse_constant=float"),
    Weak("an integer of any length", "message", STRICT, 'if len(text.lstrip("-")) > MAX_DIGITS:', "if False:"),
    Weak("a body nested deeply", "message", STRICT, "return max(accumulate(steps)) > MAX_DEPTH", "return False"),
    Weak("a body nested one deeper", "message", STRICT, "MAX_DEPTH = 64", "MAX_DEPTH = 65"),
    Weak("half a surrogate pair", "message", STRICT, _SURROGATE, "if False:"),
    Weak("a byte order mark", "message", STRICT, "text = data.decode()", 'text = data.decode("utf-8-sig")'),
    Weak("a body that is no UTF-8", "message", STRICT, "text = data.decode()", 'text = data.decode(errors="replace")'),
    Weak("the digits of a fraction", "fields", FIELDS, "ceks[_wrapped(part)]), exact=True)", "ceks[_wrapped(part)]))"),
    Weak("whole numbers are floats", "fields", STRICT, "parse_int=_integer", "parse_int=float"),
    Weak("a plain value for a field", "fields", FIELDS, "if text not in self._plain for", "if False for"),
    Weak("a selector may select nothing", "fields", FIELDS,
         "if not places and text not in self._optional:", "if False:"),
    Weak("a field inside of a field", "fields", FIELDS,
         "if any(place[:depth] in values", "if False and any(place[:depth] in values"),
    Weak("any number of encrypted keys", "fields", FIELDS, "if len(wrapped) > MAX_ENCRYPTED_KEYS:", "if False:"),
    Weak("a selector of any length", "fields", PATHS, "if len(text) > MAX_SELECTOR:", "if False:"),
    Weak("an index of any size", "fields", PATHS, 'abs(index := int(found["index"])) > MAX_INDEX',
         '(index := int(found["index"])) is None'),
    Weak("an index with a leading zero", "fields", PATHS, "0|-?[1-9][0-9]*", "-?[0-9]+"),
    Weak("an index from the end is none", "fields", PATHS, "-len(value) <= key < len(value)", "0 <= key < len(value)"),
    # result
    Weak("any result", "exchange", CLIENT, "if code != SUCCESS:", "if False:"),
    Weak("a success with any status", "exchange", CLIENT, "if answer.status != 200:", "if False:"),
    Weak("an answer without a result", "exchange", INBOUND, "if not isinstance(code, str) or not code:", "if False:"),
    # sealed
    Weak("one pass of Argon2id", "sealed", SEALED, "2 <= self.operations <= 10", "1 <= self.operations <= 10"),
    Weak("eleven passes of Argon2id", "sealed", SEALED, "2 <= self.operations <= 10", "2 <= self.operations <= 11"),
    Weak("less memory for Argon2id", "sealed", SEALED, "64 << 10 <= self.memory_kib", "8 <= self.memory_kib"),
    Weak("costs beside a key", "sealed", SEALED, "(cost, salt) == (_FREE, bytes(16))", "salt == bytes(16)"),
    Weak("a salt beside a key", "sealed", SEALED, "(cost, salt) == (_FREE, bytes(16))", "cost == _FREE"),
    Weak("the header is no AAD", "sealed", SEALED, ", header, nonce, opener", ', b"", nonce, opener'),
    Weak("another magic", "sealed", SEALED, "due = (_MAGIC, ", "due = (magic, "),
    Weak("another version", "sealed", SEALED, "due = (_MAGIC, _VERSION, ", "due = (_MAGIC, version, "),
    Weak("the blob says what opens it", "sealed", SEALED, "_PASSPHRASE if key is None else _CALLERS_KEY)", "source)"),
    Weak("a passphrase as it was typed", "sealed", SEALED, 'normalize("NFC", passphrase)', "passphrase"),
    Weak("a passphrase in compatibility form", "sealed", SEALED,
         'normalize("NFC", passphrase)', 'normalize("NFKC", passphrase)'),
    Weak("a sealed member twice", "sealed", STRICT, *_TWICE),
    # headers: forms and limits
    Weak("a header that looks like another", "headers", HEADERS,
         '"x-km-" and name.isascii():', '"x-km-":'),
    Weak("names in one case", "headers", HEADERS, _IS_KNOWN,
         '        if name not in _NAMES:\n            continue\n        if name in _KNOWN:\n'),
    Weak("an unknown X-KM-* header twice", "headers", HEADERS,
         f"if name in found or {_NOT_VISIBLE}:", f"if (name in found and name in _NAMES) or {_NOT_VISIBLE}:"),
    Weak("a header value of any length", "headers", HEADERS, "<= MAX_HEADER_VALUE and", "and"),
    Weak("blanks around a header value", "headers", HEADERS,
         "        if name in found or (", "        value = value.strip()\n        if name in found or ("),
    Weak("an asp id of 16", "headers", PROJECT, "{15}", "{15,16}"),
    Weak("an access key of 39 or 41", "headers", PROJECT, "{40}", "{39,41}"),
    Weak("a crypto key id of 31 or 33", "headers", PROJECT, "{32}", "{31,33}"),
    Weak("a crypto key id in other case", "exchange", INBOUND,
         "project.ring.get(key_id)", "project.ring.get(key_id.lower())"),
    Weak("a tran time of 16 or 17", "headers", HEADERS, _TRAN_TIME,
         "second_of_digits((found.get(TRAN_TIME) or _missing(TRAN_TIME))[:14])"),
    Weak("a zone in other case", "headers", HEADERS, _ZONE,
         "zones.get((found.get(TIME_ZONE) or _missing(TIME_ZONE)).upper())"),
    Weak("a correlation id with milliseconds", "correlation_id", IDS,
         'len(text) != 20 or text[12] != "-" or text[13:]',
         'len(text) not in (20, 23) or text[-8] != "-" or text[-7:]'),
    Weak("any letter in a correlation id", "correlation_id", IDS,
         "ABCDEFabcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
    Weak("an echo is compared with its case", "exchange", CLIENT, "correlation_id != request.correlation_id",
         "str(correlation_id) != str(request.correlation_id)"),
    Weak("a body as long as the limit is too long", "exchange", INBOUND,
         "len(body) > self._max_body", "len(body) >= self._max_body"),
    Weak("an answer as long as the limit is too long", "exchange", CLIENT,
         "len(body) > self._max_body", "len(body) >= self._max_body"),
    Weak("a message as long as the limit is too long", "message", MESSAGE,
         "len(body) > max_body", "len(body) >= max_body"),
    # token: mistakes of signers
    Weak("a token's prefix in other case", "tran_token", TOKEN, "text[:5] != PREFIX", "text[:5].upper() != PREFIX"),
    Weak("the MAC over base64 of the body", "tran_token", TOKEN, _MAC_FAILED,
         also_verifies(body="base64.b64encode(body)")),
    Weak("the MAC under a secret in hex", "tran_token", TOKEN, _MAC_FAILED, also_verifies("bytes.fromhex(secret)")),
    Weak("the MAC under a secret in base64", "tran_token", TOKEN, _MAC_FAILED,
         also_verifies("base64.b64decode(secret)")),
    Weak("the MAC over compact JSON", "tran_token", TOKEN, _MAC_FAILED,
         also_verifies(body="json.dumps(json.loads(body), separators=(',', ':')).encode()")),
    Weak("the MAC over the text in NFC", "tran_token", TOKEN, _MAC_FAILED,
         also_verifies(body="unicodedata.normalize('NFC', body.decode()).encode()")),
    Weak("the MAC over no body", "tran_token", TOKEN, _MAC_FAILED, also_verifies(body="b''")),
    Weak("the secret without blanks", "tran_token", PROJECT,
         "return HMAC(raw, SHA256())", "return HMAC(raw.replace(b' ', b''), SHA256())"),
    Weak("the secret in lower case", "tran_token", PROJECT,
         "return HMAC(raw, SHA256())", "return HMAC(raw.lower(), SHA256())"),
    # time: bounds
    Weak("zones of whole hours", "headers exchange", INBOUND,
         "zone.offset_minutes * 60", "zone.offset_minutes // 60 * 3600"),
    Weak("milliseconds are left out", "headers exchange", INBOUND, " + int(token._text[19:22])"),
    Weak("the tolerance itself is too much", "headers exchange", INBOUND,
         "> self._tolerance_ms:", ">= self._tolerance_ms:"),
    Weak("5 s apart are too much", "headers exchange", INBOUND, "> MAX_TIMES_APART:", ">= MAX_TIMES_APART:"),
    Weak("no tolerance but the usual one", "exchange", INBOUND, "> self._tolerance_ms:", "> 300_000:"),
    # key: states, and which one
    Weak("an inactive crypto key of a request", "exchange", INBOUND,
         "named), self._accept_inactive,", "named), True,"),
    Weak("an inactive crypto key of an answer", "exchange", CLIENT,
         "key_id), self._accept_inactive,", "key_id), True,"),
    Weak("an inactive project key that is welcome", "exchange", INBOUND,
         "INACTIVE and not self._accept_inactive:", "INACTIVE:"),
    Weak("an inactive crypto key that is welcome", "exchange", INBOUND,
         "named), self._accept_inactive,", "named), False,"),
    Weak("an inactive crypto key of a welcome answer", "exchange", CLIENT,
         "key_id), self._accept_inactive,", "key_id), False,"),
    Weak("one secret for callbacks", "exchange", CALLBACK,
         "keys = (project.key, *callback_keys)", "keys = (project.key,)"),
    Weak("a callback has to name its key", "exchange", CALLBACK,
         "named = first if key_id is None else", "named = None if key_id is None else"),
    Weak("the first key for callbacks, always", "exchange", CALLBACK,
         "if self._any_key or named is first", "if named is first"),
    Weak("the primary for callbacks", "exchange", CALLBACK, "project.ring.first_issued", "project.ring.primary"),
    # decrypt: forms and places
    Weak("an alg in other case", "jwe", JWE, 'header.get("alg") != ALG', 'str(header.get("alg")).upper() != ALG'),
    Weak("a kid in other case", "jwe", JWE, 'parts.header.get("kid", kid) != kid',
         'parts.header.get("kid", kid).lower() != kid.lower()'),
    Weak("a kid is due in a header", "jwe", JWE,
         'parts.header.get("kid", kid) != kid', 'parts.header.get("kid") != kid'),
    Weak("a header that is no object", "jwe", JWE, "not isinstance(header, dict) or "),
    Weak("a ciphertext that is no base64 is empty", "jwe", JWE, "        sealed = [from_base64url(",
         "        with suppress(NotStrict):\n            sealed = [from_base64url("),
    Weak("an IV that is no base64 is zeros", "jwe", JWE, "        iv, encrypted_key = from_base64url(start[3]),",
         "        iv = bytes(IV_BYTES)\n        with suppress(NotStrict):\n            iv = from_base64url(start[3])\n"
         "        encrypted_key ="),
    Weak("a tag that is no base64 is zeros", "jwe", JWE, "        sealed.append(tag :=",
         "        tag = bytes(TAG_BYTES)\n        with suppress(NotStrict):\n            sealed.append(tag :="),
    Weak("what stands behind a header's JSON", "jwe", STRICT,
         "if end != len(text):", "if False:"),
    Weak("control characters in a header", "jwe", STRICT,
         "decoder = JSONDecoder(", "decoder = JSONDecoder(strict=False, "),
    Weak("a long number in a header", "jwe", STRICT, 'if len(text.lstrip("-")) > MAX_DIGITS:', "if False:"),
    Weak("a place in double quotes", "fields", FIELDS, "part.header[name] for name in",
         "str(part.header[name]).replace('\"', \"'\") for name in"),
    Weak("a place in other case", "fields", FIELDS, _MARKS,
         "if part.header.get(PLACE, '').lower() != normalized(place).lower() or part.header.get(CONTEXT) != context:"),
    Weak("a context in other case", "fields", FIELDS, _MARKS,
         "if part.header.get(PLACE) != normalized(place) or "
         "str(part.header.get(CONTEXT)).lower() != str(context).lower():"),
    Weak("a context that begins alike", "fields", FIELDS, _MARKS,
         "if part.header.get(PLACE) != normalized(place) or "
         "not str(context).startswith(str(part.header.get(CONTEXT))):"),
    Weak("an empty context is none", "fields", FIELDS, "{} if context is None else", "{} if not context else"),
    Weak("a CEK serves another enc", "fields", FIELDS,
         'return part.header.get("kid", ""), part.header["enc"], ',
         'return part.header.get("kid", ""), "", '),
    Weak("an index of another list's item", "fields", FIELDS, _MARKS,
         "import re\n"
         "    if re.sub('[0-9]+', '0', part.header.get(PLACE, '')) != re.sub('[0-9]+', '0', normalized(place)) "
         "or part.header.get(CONTEXT) != context:"),
    Weak("a JWE stays where plain values may be", "fields", FIELDS,
         "if place in due or _is_token(value)}", "if place in due}"),
    Weak("a field's crit", "fields", JWE, '"crit"', '"nothing"'),
    Weak("a field's IV of any length", "fields", JWE,
         " and len(parts.iv) == IV_BYTES"),
    # payload: JSON and its limits
    Weak("control characters in a body", "message", STRICT,
         "decoder = JSONDecoder(", "decoder = JSONDecoder(strict=False, "),
    Weak("what stands behind a body's JSON", "message", STRICT,
         "if end != len(text):", "if False:"),
    Weak("an integer of 65 digits", "message", STRICT, "MAX_DIGITS = 64 ", "MAX_DIGITS = 65 "),
    Weak("an integer of 64 digits is too long", "message", STRICT, "MAX_DIGITS = 64 ", "MAX_DIGITS = 63 "),
    Weak("64 levels are too deep", "message", STRICT, "MAX_DEPTH = 64 ", "MAX_DEPTH = 63 "),
    Weak("brackets in strings are levels", "message", STRICT,
         "return max(accumulate(steps)) > MAX_DEPTH", "return True"),
    Weak("a request's body that is no object", "exchange", MESSAGE, "isinstance(value := read_json(text), dict)",
         "(value := read_json(text)) is not None"),
    Weak("a member of a request twice", "exchange", STRICT, *_TWICE),
    Weak("an integer of a field of any length", "fields", STRICT,
         'if len(text.lstrip("-")) > MAX_DIGITS:', "if False:"),
    Weak("a decimal of a field of any length", "fields", STRICT, "and len(text) <= 2 * MAX_DIGITS", "and True"),
    Weak("a field nested deeply", "fields", STRICT, "return max(accumulate(steps)) > MAX_DEPTH", "return False"),
    Weak("a plain value is not decrypted but counted", "fields", FIELDS,
         "sum(place in changes for place in places)", "len(places)"),
    Weak("plain values may overlap", "fields", FIELDS,
         "if any(place[:depth] in values", "if text not in self._plain and any(place[:depth] in values"),
    Weak("lists are levels of two", "message", STRICT,
         '"[": 1, "{": 1, "]": -1', '"[": 2, "{": 1, "]": -2'),
    Weak("lists are no levels", "message", STRICT, '"[": 1, "{": 1, "]": -1', '"[": 0, "{": 1, "]": 0'),
    Weak("64 levels are too deep where there are others", "message", STRICT,
         "max(accumulate(steps)) > MAX_DEPTH", "max(accumulate(steps)) >= MAX_DEPTH"),
    Weak("an optional selector has to select", "fields", FIELDS,
         "if not places and text not in self._optional:", "if not places:"),
    # result: forms
    Weak("a page without headers is told by them", "exchange", CLIENT,
         "            if (token := read_envelope(payload)) is None:\n                result_code(payload)",
         "            token = read_envelope(payload)"),
    Weak("a plain error is refused where an encrypted answer is due", "exchange", CLIENT,
         "if code != SUCCESS:", "if code != SUCCESS and protected:"),
    Weak("an empty result code", "exchange", INBOUND,
         "if not isinstance(code, str) or not code:", "if not isinstance(code, str):"),
    Weak("a result code that is a number", "exchange", INBOUND, "if not isinstance(code, str) or not code:",
         "code = str(code) if isinstance(code, int) else code\n    if not isinstance(code, str) or not code:"),
    # sealed: forms
    Weak("a sealed text that is no UTF-8", "sealed", STRICT,
         "text = data.decode()", 'text = data.decode(errors="replace")'),
    Weak("a blob shorter than its header", "sealed", SEALED,
         "if not _HEADER.size + 16 <= len(blob)", "if not 0 <= len(blob)"),
]  # fmt: skip


@pytest.fixture(scope="module")
def keys() -> Iterator[Keys]:
    """The key files of the vectors, read once for all copies, and what Argon2id gave: they are not what is weakened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argon2id, "kdf", cache(argon2id.kdf))
        yield Keys(REAL)


@contextmanager
def copied(folder: Path, name: str, change: Weak | None) -> Iterator[str]:
    """A copy of the package under a name of its own, its tools included, with one change."""
    home = folder / name
    shutil.copytree(
        PACKAGE, home, copy_function=os.symlink
    )  # compiled files as well, and only one is to be changed
    if change is not None:
        text = (home / change.file).read_text(encoding="utf-8")
        if change.old not in text:
            raise LookupError(f"{change.file} no longer has: {change.old}")
        (home / change.file).unlink()
        (home / change.file).write_text(text.replace(change.old, change.new), encoding="utf-8")
    sys.path.insert(0, os.fspath(folder))
    try:
        yield name
    finally:
        sys.path.remove(os.fspath(folder))
        for module in [module for module in sys.modules if module.split(".")[0] == name]:
            del sys.modules[module]


def caught_by(name: str, subjects: list[str], keys: Keys) -> str:
    """The first test that a copy's own runner finds to disagree, or nothing."""
    runner: Any = importlib.import_module(f"{name}.tools.vectors.runner")
    for subject in subjects:
        file = runner.read_file(REAL, runner.name_file(subject))
        for verdict in runner.run_file(keys_of(name, keys), file):
            if not verdict.agreed:
                return str(verdict)
    return ""


def keys_of(name: str, keys: Keys) -> Any:
    """The copy's own key files, which find the keys that were read already."""
    parties: Any = importlib.import_module(f"{name}.tools.vectors.parties")
    own = parties.Keys(REAL)
    own.private, own.public = keys.private, keys.public
    return own


def test_a_copy_that_is_not_weakened_passes(tmp_path: Path, keys: Keys) -> None:
    subjects = sorted({subject for weak in WEAKENED for subject in weak.subjects.split()})
    real_vectors(subjects)
    with copied(tmp_path, "unchanged", None) as name:
        assert caught_by(name, subjects, keys) == ""


@pytest.mark.parametrize("number", range(len(WEAKENED)), ids=[weak.what for weak in WEAKENED])
def test_a_weakened_verifier_is_caught(number: int, tmp_path: Path, keys: Keys) -> None:
    weak = WEAKENED[number]
    real_vectors(weak.subjects.split())
    with copied(tmp_path, f"weak{number}", weak) as name:
        assert caught_by(name, weak.subjects.split(), keys), f"no vector catches: {weak.what}"


def test_every_stage_is_weakened() -> None:
    assert len(WEAKENED) >= 25
    assert {subject for weak in WEAKENED for subject in weak.subjects.split()} >= {
        "tran_token",
        "exchange",
        "sealed",
    }
    assert len({weak.what for weak in WEAKENED}) == len(WEAKENED)
