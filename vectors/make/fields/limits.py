"""Lengths at their limits, keys that serve one algorithm only, and selectors that overlap in plain values."""

from ..common.base import Json, compact, derive
from ..common.book import Book, Group
from ..common.jwe_maker import make
from .bad import BAD, DECRYPT, VALUE, fault
from .maker import CIPHER, PATH, Field, field, header


def add(made: Book, group: Group, twin: Json) -> None:
    """All of them."""
    for size in (8, 13, 16):
        iv = derive(f"fields/iv/{size}/iv", size)
        other = make(f"fields/iv/{size}", VALUE, header(), iv=iv)
        fault(
            group,
            twin,
            f"an IV of {size} bytes, tag right for it",
            "BrokenJwe",
            "S4.3",
            DECRYPT,
            other,
        )
    decimals(group)
    shared(made)
    overlapping(made)


def opened(group: Group, comment: str, flags: str, rule: str, document: Json, plain: str, report: Json,
           fields: list[Field]) -> Json:  # fmt: skip
    """A valid test; `plain` is JSON text."""
    shown: Json = {"operation": "decrypt", "document": compact(document).decode(), "context": None}
    middle = {"fields": {one.path: one.made.intermediate for one in fields}}
    return group.valid(
        comment, flags, rule, **shown, plain=plain, report=report, intermediate=middle
    )


def decimals(group: Group) -> None:
    """A decimal has at most 128 characters where it is written with one digit before its point and an exponent."""
    for number, (comment, head, tail) in enumerate(
        (("", "1.", "E+0"), ("negative ", "-1.", "E-7"))
    ):
        length = 128 - len(head + tail)
        right, wrong = (
            head + "1234567890" * 12 + "1" * (more - 120) + tail for more in (length, length + 1)
        )
        one = field(f"fields/decimal/{number}", right.encode())
        document, plain = {"cardNo": one.token}, f'{{"cardNo":{right}}}'
        twin = opened(
            group,
            f"a {comment}decimal of 128 characters",
            "Value",
            "S9.2",
            document,
            plain,
            {PATH: 1},
            [one],
        )
        other = field(f"fields/decimal/{number}/long", wrong.encode())
        group.fault(twin, f"a {comment}decimal of 129 characters", "ValueJson", "S9.2", BAD,
                    document=compact({"cardNo": other.token}).decode())  # fmt: skip


def shared(made: Book) -> None:
    """One encrypted key for two fields; a CEK of 16 bytes is for A128GCM alone, whichever of them is read first."""
    group = made.group(**{**CIPHER, "selectors": ["$.a", "$.b"]})
    parts: Json = {"cek": derive("fields/shared/cek", 16), "seed": derive("fields/shared/seed", 64)}
    paths = ("$['a']", "$['b']")
    right = [
        field(f"fields/shared/{number}", b"1", path, **parts) for number, path in enumerate(paths)
    ]
    tokens = [one.token for one in right]
    twin = opened(group, "two fields under one CEK", "SharedKey", "S9.3", dict(zip("ab", tokens, strict=True)),
                  '{"a":1,"b":1}', {"$.a": 1, "$.b": 1}, right)  # fmt: skip
    for number, (path, which) in enumerate(zip(paths, ("first", "second"), strict=True)):
        other = make(f"fields/shared/256/{number}", b"1", header(path, enc="A256GCM"), **parts)
        changed = [other.token if at == number else token for at, token in enumerate(tokens)]
        group.fault(twin, f"the {which} says A256GCM, under the same CEK of 16 bytes", "SharedKey", "S9.3", DECRYPT,
                    document=compact(dict(zip("ab", changed, strict=True))).decode())  # fmt: skip


def overlapping(made: Book) -> None:
    """Values that may stay plain overlap as well."""
    selectors = ["$.a", "$.a.b"]
    group = made.group(
        **{**CIPHER, "selectors": selectors, "optional": ["$.a.b"], "plain": selectors}
    )
    report = {"$.a": 0, "$.a.b": 0}
    twin = opened(
        group,
        "a plain value and nothing within it",
        "Lenient",
        "S9.4",
        {"a": {"c": "x"}},
        '{"a":{"c":"x"}}',
        report,
        [],
    )
    group.fault(
        twin,
        "a plain value within a plain value",
        "Overlap",
        "S9.4",
        BAD,
        document='{"a":{"b":"x"}}',
    )
