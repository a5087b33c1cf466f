"""Fields that were moved, renamed or broken, and documents that are not what is due."""

import hashlib
from typing import Any

from ..common.base import Json, compact
from ..common.book import Book, Group
from ..common.jwe_maker import Made, Oaep, header_of, make
from ..common.parties import FIRST, KEY_ID, NEXT, NEXT_ID, ring
from .maker import CIPHER, Field, field, header

DECRYPT, BAD, PLAIN = (
    "decrypt decryption-failed",
    "payload malformed-payload",
    "payload wrong-protection",
)
UNKNOWN = "key unknown-crypto-key"
VALUE = b'"v"'


def fault(
    group: Group, twin: Json, comment: str, flags: str, rule: str, error: str, value: Any
) -> None:
    """The twin with another value in the field's place; JSON text if it is bytes."""
    text = (
        value.decode()
        if isinstance(value, bytes)
        else compact(value.token if isinstance(value, (Made, Field)) else value).decode()
    )
    group.fault(twin, comment, flags, rule, error, document=f'{{"cardNo":{text},"amount":1500}}')


def add(made: Book, group: Group, twin: Json) -> None:
    """All of them."""
    places(group, twin)
    kids(made, group, twin)
    plains(group, twin)
    plaintexts(group, twin)
    broken(group, twin)
    moved(made)
    counted(made)
    selected(made)


def places(group: Group, twin: Json) -> None:
    """km-path and km-ctx of other values and types."""
    paths: Json = {
        "another name": "$['cardno']", "shorthand": "$.cardNo", "double quotes": '$["cardNo"]', "a blank": "$['cardNo'] ", "the root": "$",
        "an escape more than needed": "$['card\\u004eo']", "empty": "", "null": None, "a number": 1, "a list": ["$['cardNo']"], "in capitals": "$['CARDNO']",
        "an index": "$[0]",
    }  # fmt: skip
    for number, (comment, path) in enumerate(paths.items()):
        other = make(f"fields/place/{number}", VALUE, header(path))
        fault(group, twin, f"km-path: {comment}", "Moved", "S9.4", DECRYPT, other)
    message = make("fields/place/message", VALUE, header_of(kid=KEY_ID))
    fault(group, twin, "a message's JWE, without km-path", "Moved", "S9.4", DECRYPT, message)
    contexts: Json = {"a number": 1, "a list": [], "false": False}
    for number, (comment, context) in enumerate(contexts.items()):
        other = make(f"fields/context/type/{number}", VALUE, header(context=context))
        fault(group, twin, f"km-ctx: {comment}", "Context", "S9.4", DECRYPT, other)
    null = header()[:-1] + b',"km-ctx":null}'
    fault(
        group,
        twin,
        "km-ctx: null",
        "Context",
        "S9.4",
        DECRYPT,
        make("fields/context/null", VALUE, null),
    )


def kids(made: Book, group: Group, twin: Json) -> None:
    """kid names a key of the ring."""
    for number, (comment, kid) in enumerate(
        {
            "unknown": "f" * 32,
            "in capitals": KEY_ID.upper(),
            "empty": "",
            "a path": "../" + KEY_ID,
        }.items()
    ):
        fault(
            group,
            twin,
            f"kid: {comment}",
            "Kid",
            "S9.1",
            UNKNOWN,
            make(f"fields/kid/{number}", VALUE, header(kid=kid)),
        )
    none = header_of({"km-path": "$['cardNo']"})
    fault(group, twin, "no kid", "Kid", "S9.1", UNKNOWN, make("fields/kid/none", VALUE, none))
    types: Json = {"null": None, "a number": 1, "a list": [KEY_ID]}
    for number, (comment, kid) in enumerate(types.items()):
        fault(
            group,
            twin,
            f"kid: {comment}",
            "Kid",
            "S9.1",
            DECRYPT,
            make(f"fields/kid/type/{number}", VALUE, header(kid=kid)),
        )
    both = made.group(**{**CIPHER, "ring": ring(FIRST, NEXT)})
    right = field("fields/kid/both", VALUE)
    shown: Json = {
        "operation": "decrypt",
        "document": compact({"cardNo": right.token, "amount": 1500}).decode(),
        "context": None,
    }
    known = both.valid(
        "the first of two keys",
        "Kid",
        "S9.1",
        **shown,
        plain='{"cardNo":"v","amount":1500}',
        report={"$.cardNo": 1},
    )
    fault(
        both,
        known,
        "kid: the other key of the ring",
        "Kid",
        "S9.1",
        DECRYPT,
        make("fields/kid/other", VALUE, header(kid=NEXT_ID)),
    )


def plains(group: Group, twin: Json) -> None:
    """Plain values, and what is too little or too much for a JWE."""
    token = field("fields/plain/1", VALUE).token
    values: Json = {
        "text": "0000111122223333", "empty text": "", "a number": 1, "null": None, "true": True, "an object": {}, "a list": [token],
        "four segments": ".".join(token.split(".")[:4]), "six segments": token + ".x", "an envelope": {"encData": token},
    }  # fmt: skip
    for comment, value in values.items():
        fault(group, twin, f"a plain value: {comment}", "PlainValue", "S9.4", PLAIN, value)
    fault(group, twin, "four dots", "BrokenJwe", "S4.2", DECRYPT, "....")


def plaintexts(group: Group, twin: Json) -> None:
    """What is in the field is no strict JSON."""
    for number, (comment, raw) in enumerate({
        "nothing": b"", "no JSON": b"hello", "text behind it": b"1 2", "a name twice": b'{"a":1,"a":2}', "NaN": b"NaN", "a byte order mark": b"\xef\xbb\xbf1",
        "EUC-KR": '"비밀"'.encode("euc-kr"), "half a surrogate pair": b'"\\ud800"', "65 digits": b"1" * 65, "a leading zero": b"01", "1e999": b"1e999",
        "65 levels": b"[" * 65 + b"]" * 65, "a trailing comma": b"[1,]", "single quotes": b"'v'",
    }.items()):  # fmt: skip
        fault(
            group,
            twin,
            f"the value: {comment}",
            "ValueJson",
            "S9.2",
            BAD,
            field(f"fields/json/{number}", raw),
        )


def broken(group: Group, twin: Json) -> None:
    """JWEs that do not open."""
    made = field("fields/broken/1", VALUE).made
    for comment, other in {
        "a bit of the tag": made._replace(tag=bytes([made.tag[0] ^ 1]) + made.tag[1:]), "15 bytes of the tag": made._replace(tag=made.tag[:15]),
        "a bit of the IV": made._replace(iv=bytes([made.iv[0] ^ 1]) + made.iv[1:]), "no encrypted key": made._replace(ek=b""),
        "a bit of the encrypted key": made._replace(ek=made.ek[:-1] + bytes([made.ek[-1] ^ 1])),
        "MGF1 with SHA-1": make("fields/broken/2", VALUE, header(), oaep=Oaep(mgf=hashlib.sha1)),
        "encrypted to the client's key": make("fields/broken/3", VALUE, header(), "client_2048"),
        "a CEK of 32 bytes": make("fields/broken/4", VALUE, header(), cek=bytes(range(32))),
        "zip": make("fields/broken/5", VALUE, header()[:-1] + b',"zip":"DEF"}'),
        "crit": make("fields/broken/6", VALUE, header()[:-1] + b',"crit":["km-path"]}'),
        "km-path twice": make("fields/broken/7", VALUE, header()[:-1] + b',"km-path":"$[\'cardNo\']"}'),
        "alg RSA1_5": make("fields/broken/8", VALUE, header().replace(b"RSA-OAEP-256", b"RSA1_5")),
        "the header of another place": made._replace(head=make("x", b"", header("$['x']")).head),
    }.items():  # fmt: skip
        fault(group, twin, f"the JWE: {comment}", "BrokenJwe", "S4.2", DECRYPT, other)
    fault(
        group, twin, "a line feed behind the JWE", "BrokenJwe", "S4.2", DECRYPT, made.token + "\n"
    )


def moved(made: Book) -> None:
    """Genuine fields that changed places."""
    group = made.group(**{**CIPHER, "selectors": ["$.a", "$.m[*]"]})
    places_ = ["$['a']", "$['m'][0]", "$['m'][1]"]
    one, two, three = (
        field(f"fields/moved/{number}", b"%d" % number, path=path)
        for number, path in enumerate(places_)
    )

    def document(*tokens: str) -> str:
        return compact({"a": tokens[0], "m": list(tokens[1:])}).decode()

    shown: Json = {
        "operation": "decrypt",
        "document": document(one.token, two.token, three.token),
        "context": None,
    }
    middle = {"fields": {each.path: each.made.intermediate for each in (one, two, three)}}
    twin = group.valid(
        "three fields",
        "Normal",
        "S9.1",
        **shown,
        plain='{"a":0,"m":[1,2]}',
        report={"$.a": 1, "$.m[*]": 2},
        intermediate=middle,
    )
    for comment, order in {
        "two members of a list exchanged": (one, three, two), "a field twice": (one, two, two), "a member of the list at the top": (two, two, three),
        "all of them shifted": (three, one, two),
    }.items():  # fmt: skip
        group.fault(
            twin,
            comment,
            "Moved",
            "S9.4",
            DECRYPT,
            document=document(*(each.token for each in order)),
        )
    group.fault(
        twin,
        "the first member of the list removed",
        "Moved",
        "S9.4",
        DECRYPT,
        document=document(one.token, three.token),
    )


def counted(made: Book) -> None:
    """16 distinct encrypted keys, and one more (S9.3)."""
    group = made.group(**{**CIPHER, "selectors": ["$[*]"]})
    fields = [
        field(f"fields/counted/{number}", b"%d" % number, path=f"$[{number}]")
        for number in range(17)
    ]
    shown: Json = {
        "operation": "decrypt",
        "document": compact([one.token for one in fields[:16]]).decode(),
        "context": None,
    }
    twin = group.valid(
        "16 encrypted keys",
        "SharedKey",
        "S9.3",
        **shown,
        plain=compact([*range(16)]).decode(),
        report={"$[*]": 16},
    )
    group.fault(
        twin,
        "17 encrypted keys",
        "SharedKey",
        "S9.3",
        BAD,
        document=compact([one.token for one in fields]).decode(),
    )


def selected(made: Book) -> None:
    """Selectors that select nothing, or something within a selected value."""
    one = field("fields/selected/1", b'{"b":1}', path="$['a']")
    shown: Json = {
        "operation": "decrypt",
        "document": compact({"a": one.token, "list": []}).decode(),
        "context": None,
    }
    strict = made.group(**{**CIPHER, "selectors": ["$.a"]})
    twin = strict.valid(
        "a field that holds an object",
        "Normal",
        "S9.1",
        **shown,
        plain='{"a":{"b":1},"list":[]}',
        report={"$.a": 1},
    )
    for comment, selector in {
        "a name that is not there": "$.A",
        "a member of a list": "$.list[0]",
        "a name in a field": "$.a.b",
        "nothing in a list": "$.list[*]",
    }.items():
        lone = made.group(**{**CIPHER, "selectors": [selector]})
        lone.fault(twin, f"nothing selected: {comment}", "NothingSelected", "S9.4", BAD)
    overlap = made.group(**{**CIPHER, "selectors": ["$.a", "$"]})
    overlap.fault(twin, "the root and a member of it", "Overlap", "S9.4", BAD)
