"""`kmcrypto/encryption/json_path.py`: what a selector may say, takes, and is refused for.

Two independent measures: the compliance test suite of RFC 9535, and the `jsonpath-rfc9535` package
on random documents.
"""

from __future__ import annotations

import copy
import json
import pickle
import re
import sys
from collections import Counter, UserString
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import jsonpath_rfc9535 as other
import pytest
from hypothesis import given, strategies as st
from jsonpath_rfc9535.segments import JSONPathChildSegment
from jsonpath_rfc9535.selectors import IndexSelector, NameSelector, WildcardSelector
from jsonpath_rfc9535.tokens import TokenType

from kmcrypto import errors
from kmcrypto._core.forms import NotStrict
from kmcrypto._core.strict_json import MAX_DEPTH
from kmcrypto.encryption import json_path
from kmcrypto.encryption.json_path import (
    MAX_SELECTOR,
    Location,
    Match,
    Selection,
    SelectorSet,
    TooManyMatches,
    normalized_path,
    parse,
    select,
)
from tests.support.documents import at, nested
from tests.support.properties import examples
from tests.support.published import CTS, Published
from tests.support.speed import MEBI, costs_at_most

PROPERTY = examples(300)
TOP = 2**53 - 1

# text, its segments (deep, key), what it shows
ACCEPTED: list[tuple[str, list[tuple[bool, str | int | None]], str]] = [
    ("$", [], "the root alone"),
    ("$.cardNo", [(False, "cardNo")], "shorthand"),
    ("$._9", [(False, "_9")], "an underscore begins, a digit follows"),
    ("$.true.null", [(False, "true"), (False, "null")], "no reserved words"),
    ("$.카드번호.名", [(False, "카드번호"), (False, "名")], "shorthand of any script"),
    ("$.\x80\ud7ff\ue000\U0010ffff", [(False, "\x80\ud7ff\ue000\U0010ffff")], "ends of name-first"),
    ("$.가", [(False, "가")], "composed stays composed"),
    ("$.\u1100\u1161", [(False, "\u1100\u1161")], "decomposed stays decomposed, too"),
    ("$['a']", [(False, "a")], "single quotes"),
    ('$["a"]', [(False, "a")], "double quotes"),
    ("$['']", [(False, "")], "the empty name"),
    ("$['$.a[0] ']", [(False, "$.a[0] ")], "syntax inside a string is text"),
    ("""$['"']["'"]""", [(False, '"'), (False, "'")], "the other quote stands as it is"),
    (r"""$['\'']["\""]""", [(False, "'"), (False, '"')], "its own quote is escaped"),
    (r"$['\b\f\n\r\t\/\\']", [(False, "\b\f\n\r\t/\\")], "every short escape"),
    (r"$['\u0041\u00e9\uFFfF']", [(False, "Aé\uffff")], "hex of either case"),
    (r"$['\uD83D\uDE00\ud800\udc00']", [(False, "😀\U00010000")], "pairs of surrogates"),
    (r"$['\uD7FF\uE000']", [(False, "\ud7ff\ue000")], "the neighbours of the surrogates"),
    (r"$['\\u0041']", [(False, r"\u0041")], "an escaped backslash begins no escape"),
    (r"$['\u005cn']", [(False, r"\n")], "decoded once only"),
    ("$[' \x7f 😀']", [(False, " \x7f 😀")], "from U+0020 on all else stands as it is"),
    ("$[0][7][10]", [(False, 0), (False, 7), (False, 10)], "indices"),
    ("$[-1][-20]", [(False, -1), (False, -20)], "indices from the end"),
    (f"$[{TOP}][-{TOP}]", [(False, TOP), (False, -TOP)], "the ends of the range"),
    ("$[*].*", [(False, None), (False, None)], "both wildcards"),
    ("$..a", [(True, "a")], "descendants of a name"),
    ("$.a..b[0]..다", [(False, "a"), (True, "b"), (False, 0), (True, "다")], "deep among others"),
    ("$ \t\r\n.a \n[ \t'b'\r\n] ..c [ 0 ] [\n*\n]", [
        (False, "a"), (False, "b"), (True, "c"), (False, 0), (False, None)
    ], "blanks wherever the grammar has them"),
]  # fmt: skip

# text, index of the fault, what it shows
REFUSED: list[tuple[str, int, str]] = [
    ("", 0, "nothing"),
    ("a", 0, "no root"),
    (" $", 0, "a blank before the root"),
    ("@.a", 0, "the current node is for filters"),
    ("\uff04.a", 0, "another character that looks like the root"),
    ("$ ", 2, "a blank at the end"),
    ("$.a\n", 4, "a newline at the end"),
    ("$\u00a0.a", 1, "a blank that is not one of the four"),
    ("$a", 1, "a name without a dot"),
    ("$$", 1, "two roots"),
    ("$.", 2, "a dot alone"),
    ("$. a", 2, "a blank after a dot"),
    ("$.1a", 2, "a digit at the beginning of shorthand"),
    ("$.-1", 2, "a sign in shorthand"),
    ("$.a-b", 3, "a hyphen in shorthand"),
    ("$.a.b.&", 6, "the fault is late"),
    ("$.'a'", 2, "a string after a dot"),
    ("$.\ud800", 2, "half a pair of surrogates in shorthand"),
    ("$.a\udfff", 3, "the other half"),
    ("$.\x7f", 2, "DEL in shorthand"),
    ("$.**", 3, "two wildcards"),
    ("$..", 3, "dots alone"),
    ("$...a", 3, "three dots"),
    ("$.. a", 3, "a blank between the dots and the name"),
    ("$. .a", 2, "a blank between the dots"),
    ("$..*", 3, "every descendant"),
    ("$..[*]", 3, "every descendant, bracketed"),
    ("$..['a']", 3, "a bracketed name among descendants"),
    ("$..[0]", 3, "an index among descendants"),
    ("$[", 2, "cut off after the bracket"),
    ("$[ ", 3, "cut off after a blank"),
    ("$[]", 2, "empty brackets"),
    ("$[a]", 2, "a name without quotes"),
    ("$[0", 3, "brackets left open"),
    ("$['a'", 5, "brackets left open after a string"),
    ("$[*", 3, "brackets left open after a wildcard"),
    ("$]", 1, "brackets that were not opened"),
    ("$[0]]", 4, "brackets closed twice"),
    ("$[1,2]", 3, "a union"),
    ("$['a' , 'b']", 6, "a union of names"),
    ("$[*,*]", 3, "a union of wildcards"),
    ("$[0,]", 3, "a trailing comma"),
    ("$[1:2]", 3, "a slice"),
    ("$[:]", 2, "a slice of everything"),
    ("$[?@.a]", 2, "a filter"),
    ("$[?length(@)>1]", 2, "a function"),
    ("$.a()", 3, "a call"),
    ("$[01]", 3, "a leading zero"),
    ("$[-01]", 2, "a leading zero after a sign"),
    ("$[-0]", 2, "minus zero"),
    ("$[- 1]", 2, "a blank after a sign"),
    ("$[+1]", 2, "a plus sign"),
    ("$[1.0]", 3, "a fraction"),
    ("$[1e2]", 3, "an exponent"),
    ("$[1_0]", 3, "an underscore that int() takes"),
    ("$[\uff11]", 2, "a digit of another script, which int() takes"),
    (f"$.a[{TOP + 1}]", 4, "an index above the range"),
    (f"$[-{TOP + 1}]", 2, "an index below the range"),
    (f"$[{'9' * 1000}]", 2, "an index of a thousand digits"),
    (f"$[-{'9' * 1000}]", 2, "and from the end"),
    (f"$[{'9' * 1000}x]", 1002, "a thousand digits, and then no bracket"),
    (f"$[1{'0' * 16}]", 2, "the shortest index that is longer than the range"),
    ("$['a]", 5, "a string that is not closed"),
    ('$["a]', 5, "nor with double quotes"),
    ("$['a\"]", 6, "closed with the other quote"),
    ("$['a\t]", 4, "a control character, then brackets closed"),
    ("$['\x00']", 3, "NUL in a string"),
    ("$['\x1f']", 3, "the last control character in a string"),
    ("$['ab\ud800']", 5, "half a pair of surrogates as it is"),
    ("$['\ud83d\ude00']", 3, "a pair of them as it is"),
    ("$[''']", 4, "a quote that is not escaped"),
    (r"""$['\"']""", 3, "the other quote, escaped"),
    (r"""$["\'"]""", 3, "and the other way round"),
    ("$['\\", 3, "an escape that is cut off"),
    (r"$['\']", 6, "an escaped quote closes nothing"),
    (r"$['\a']", 3, "an escape that only C has"),
    (r"$['\x41']", 3, "an escape that only Python has"),
    (r"$['\N{BULLET}']", 3, "another one"),
    (r"$['\B']", 3, "a short escape in upper case"),
    (r"$['ab\U0041']", 5, "U in upper case"),
    (r"$['\u123']", 3, "three hex digits"),
    (r"$['\u+123']", 3, "a sign, which int() takes"),
    ("$['\\u\uff11234']", 3, "a digit of another script"),
    (r"$['\u{41}']", 3, "braces"),
    (r"$['\ud800']", 3, "a high surrogate alone"),
    (r"$['\uDBFFx']", 3, "a high surrogate before something else"),
    (r"$['\uDC00']", 3, "a low surrogate alone"),
    (r"$['\udfff\ud800']", 3, "a pair the wrong way round"),
    (r"$['\ud800\ud800']", 3, "two high ones"),
    (r"$['\ud800\u0041']", 3, "a high one before another escape"),
    (r"$['\ud800\Udc00']", 3, "the second U in upper case"),
    ("$['a'] b", 7, "text after a segment"),
    ("$.a //", 4, "a comment"),
]  # fmt: skip

DOCUMENT = {
    "cardNo": "made up 1",
    "members": [
        {"cardNo": "made up 2", "이름": "홍길동"},
        {"cardNo": ["made up 3", {"cardNo": None}], "tags": []},
        (1, True, {"cardNo": 2.5}),
    ],
    "empty": {},
    "0": "a name, not an index",
    "": {"'": 1},
}

# selector, the locations that it takes of DOCUMENT, in order, what it shows
TAKEN: list[tuple[str, list[Location], str]] = [
    ("$", [()], "the document itself"),
    ("$.cardNo", [("cardNo",)], "a member"),
    ("$.CardNo", [], "names are compared exactly"),
    ("$.missing", [], "a member that is not there"),
    ("$['0']", [("0",)], "a name of digits"),
    ("$[0]", [], "an index takes nothing of an object"),
    ("$.members['0']", [], "a name takes nothing of an array"),
    ("$.cardNo[0]", [], "an index takes nothing of a string"),
    ("$.cardNo.*", [], "a wildcard takes nothing of a string"),
    ("$.cardNo..a", [], "nor do descendants"),
    ("$['']['\\'']", [("", "'")], "the empty name"),
    ("$.members[0].이름", [("members", 0, "이름")], "a Korean name"),
    ("$.members[2][2].cardNo", [("members", 2, 2, "cardNo")], "a tuple is an array"),
    ("$.members[-1]", [("members", 2)], "from the end; the location counts from the beginning"),
    ("$.members[-3].cardNo", [("members", 0, "cardNo")], "the first from the end"),
    ("$.members[-4]", [], "before the first"),
    ("$.members[2]", [("members", 2)], "the last"),
    ("$.members[3]", [], "after the last"),
    ("$.members[1].tags[0]", [], "an index of an empty array"),
    ("$.members[1].tags[-1]", [], "from the end of an empty array"),
    ("$.empty.*", [], "a wildcard on an empty object"),
    ("$.*", [("cardNo",), ("members",), ("empty",), ("0",), ("",)], "members in their order"),
    ("$.members[*]", [("members", 0), ("members", 1), ("members", 2)], "elements in their order"),
    (
        "$.members.*.cardNo",
        [("members", 0, "cardNo"), ("members", 1, "cardNo")],
        "a wildcard, then a name",
    ),
    (
        "$..cardNo",
        [
            ("cardNo",),
            ("members", 0, "cardNo"),
            ("members", 1, "cardNo"),
            ("members", 1, "cardNo", 1, "cardNo"),
            ("members", 2, 2, "cardNo"),
        ],
        "descendants: an object before what is in it",
    ),
    ("$..cardNo..cardNo", [("members", 1, "cardNo", 1, "cardNo")], "descendants of descendants"),
    ("$..cardNo[-2]", [("members", 1, "cardNo", 0)], "an index after descendants"),
    ("$.members..tags", [("members", 1, "tags")], "descendants of a part"),
]

# location, its normalized path, what it shows
NORMALIZED: list[tuple[Location, str, str]] = [
    ((), "$", "the root"),
    (("a", 0, "b", 12), "$['a'][0]['b'][12]", "names and indices"),
    (("",), "$['']", "the empty name"),
    (("0",), "$['0']", "a name of digits"),
    (("이름", "😀"), "$['이름']['😀']", "other scripts stand as they are"),
    (("\b\t\n\f\r",), r"$['\b\t\n\f\r']", "the short escapes"),
    (("'",), r"$['\'']", "the quote"),
    (("\\",), r"$['\\']", "the backslash"),
    (('"/',), "$['\"/']", "no escape for what needs none"),
    (
        ("\x00\x07\x0b\x0e\x0f\x1a\x1f",),
        r"$['\u0000\u0007\u000b\u000e\u000f\u001a\u001f']",
        "lower-case hex",
    ),
    ((" \x7f\x80\u2028",), "$[' \x7f\x80\u2028']", "no control character by RFC 9535"),
]


def fault(text: Any) -> int:
    """The index that a refusal tells; its message has it once, and no more of the selector."""
    with pytest.raises(errors.InvalidSetting) as refusal:
        parse(text)
    message = str(refusal.value)
    assert len(message) < 200
    assert "S9, RFC 9535" in message
    found = re.findall(r"at character (\d+)", message)
    assert len(found) == 1
    return int(found[0])


def replace_values(document: Any, values: Mapping[Location, Any], path: Any = json_path) -> Any:
    """A copy with other values at some locations, as `path` finds and copies them."""
    paths = [normalized_path(location) for location in values]
    selectors = path.SelectorSet({text: path.parse(text) for text in paths})
    selection = path.Selection(document, selectors)
    for match in selection.matches:
        if match.location in values:
            match.container[match.key] = values[match.location]
    return selection.document


def containers(value: Any) -> Iterator[Any]:
    """All mutable containers of a document."""
    if isinstance(value, (dict, list)):
        yield value
    if isinstance(value, (dict, list, tuple)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from containers(member)


@pytest.mark.parametrize(("text", "segments", "why"), ACCEPTED)
def test_the_subset_is_understood(
    text: str, segments: list[tuple[bool, str | int | None]], why: str
) -> None:
    selector = parse(text)
    assert list(selector) == segments, why


@pytest.mark.parametrize(("text", "position", "why"), REFUSED)
def test_all_else_is_refused_at_the_character_that_is_at_fault(
    text: str, position: int, why: str
) -> None:
    assert fault(text) == position, why


def test_an_index_is_refused_whatever_the_interpreter_takes_for_an_integer() -> None:
    """D8: int() refuses what is longer than a limit that the process can lower to 640 digits."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert fault(f"$[{'9' * 700}]") == 2
        assert fault(f"$[-{'9' * 700}]") == 2
    finally:
        sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize("name", ["홍길동-secret", "zzzz", "\ud800"])
def test_a_refusal_does_not_hold_the_selector(name: str) -> None:
    with pytest.raises(errors.InvalidSetting) as refusal:
        parse(f"$['{name}'][x]")
    assert name not in str(refusal.value)
    assert refusal.value.__cause__ is refusal.value.__context__ is None
    assert pickle.loads(pickle.dumps(refusal.value)).args == refusal.value.args


@pytest.mark.parametrize(
    "value", [None, b"$", 1, True, ["$"], ("$",), {"$": 1}, parse("$"), object(), Path("$")]
)
def test_a_selector_that_is_no_text_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError, match="selector must be str"):
        parse(value)


def test_the_limits_of_a_selector_are_exact() -> None:
    longest = "$." + "a" * (MAX_SELECTOR - 2)
    assert parse(longest) == ((False, longest[2:]),)
    assert fault(longest + "a") == MAX_SELECTOR == 1024
    assert fault("$" + "[0]" * MAX_DEPTH + "[x]") == 2 + 3 * MAX_DEPTH


@pytest.mark.parametrize(("text", "locations", "why"), TAKEN)
def test_a_selector_takes_what_it_says_in_document_order(
    text: str, locations: list[Location], why: str
) -> None:
    found = select(parse(text), DOCUMENT)
    assert list(found) == locations, why
    for location, value in found.items():
        assert value is at(DOCUMENT, location)
        assert all(type(key) in (str, int) for key in location)


TWICE = {"a": {"a": {"b": 1}, "c": {"b": 2}}}


def test_a_place_that_is_reached_twice_comes_once_at_its_first_place() -> None:
    """RFC 9535's nodelist has it twice; in a chain of 64, sixteen times `..a` has 10^14 nodes."""
    reached = other.find("$..a..b", TWICE).paths()
    assert Counter(reached) == {"$['a']['a']['b']": 2, "$['a']['c']['b']": 1}
    assert [normalized_path(place) for place in select(parse("$..a..b"), TWICE)] == list(
        dict.fromkeys(reached)
    )
    with costs_at_most(MEBI // 16):
        assert len(select(parse("$" + "..a" * 16), nested(MAX_DEPTH, kinds="{"))) == MAX_DEPTH - 15


def test_each_object_is_read_once_however_often_it_is_reached() -> None:
    read: Counter[int] = Counter()

    class Told(dict[str, Any]):
        def items(self) -> Any:
            read[id(self)] += 1
            return super().items()

    document = Told(last=1)
    for _ in range(MAX_DEPTH - 1):
        document = Told(a=document)
    texts = ["$..a..last", "$..a", "$..last", "$.a.a.*"]
    Selection(document, SelectorSet({text: parse(text) for text in texts}))
    assert list(read.values()) == [1] * MAX_DEPTH


def test_matches_come_in_document_order() -> None:
    """A container before its content, where the RFC has the member before those beside it."""
    document = {"b": {"a": 1}, "a": [{"a": 2}]}
    assert list(select(parse("$..a"), document)) == [("b", "a"), ("a",), ("a", 0, "a")]
    assert other.find("$..a", document).paths()[0] == "$['a']"


SEVERAL = ["$..cardNo", "$.members[*]", "$.members[0].cardNo", "$.members[-2].cardNo", "$", "$.x"]


def test_several_selectors_take_together_what_each_of_them_takes() -> None:
    selection = Selection(DOCUMENT, SelectorSet({text: parse(text) for text in SEVERAL}))
    places = [location for location, _ in sorted_places(DOCUMENT)]
    found = [match.location for match in selection.matches]
    assert found == [place for place in places if place in found]
    for text in SEVERAL:
        of_one = [match.location for match in selection.matches if text in match.selectors]
        assert of_one == list(select(parse(text), DOCUMENT))
    assert all(match.value is at(DOCUMENT, match.location) for match in selection.matches)


def test_indices_from_both_ends_meet() -> None:
    texts = ["$[0]", "$[-1]", "$[-2]", "$[1]", "$[2]", "$[-3]"]
    for size in range(4):
        selection = Selection([*range(size)], SelectorSet({text: parse(text) for text in texts}))
        expected = {
            index: tuple(text for text in texts if int(text[2:-1]) in (index, index - size))
            for index in range(size)
        }
        assert {match.value: match.selectors for match in selection.matches} == {
            index: names for index, names in expected.items() if names
        }


def test_the_number_of_matches_can_be_limited() -> None:
    everything = SelectorSet({"$[*]": parse("$[*]")})
    assert len(Selection([0] * 5, everything, 5).matches) == 5
    with pytest.raises(TooManyMatches):
        Selection([0] * 6, everything, 5)
    with costs_at_most(MEBI), pytest.raises(TooManyMatches):
        Selection([0] * MEBI, everything, 5)


@pytest.mark.parametrize("document", [None, True, 0, 1.5, Decimal("1.50"), "text", [], {}, ()])
def test_a_document_of_any_kind_can_be_asked(document: Any) -> None:
    assert select(parse("$"), document) == {(): document}
    assert [select(parse(text), document) for text in ("$.a", "$[0]", "$[-1]", "$[*]", "$..a")] == [
        {}
    ] * 5


@pytest.mark.parametrize(("location", "path", "why"), NORMALIZED)
def test_a_location_has_one_normalized_path_and_it_selects_that_location(
    location: Location, path: str, why: str
) -> None:
    assert normalized_path(location) == path, why
    assert [key for _, key in parse(path)] == list(location)


def test_every_character_normalizes_as_in_the_other_implementation() -> None:
    for first in range(0, 0x3100, 64):
        name = "".join(map(chr, range(first, first + 64)))
        assert [normalized_path((name,))] == other.find("$.*", {name: 1}).paths()


# --- replacing


def test_a_copy_has_the_new_values_and_shares_nothing_with_the_document() -> None:
    document = {"a": [1, {"b": "x", "c": [{}]}], "d": ("y", ["z"]), "e": Decimal("1.50")}
    before = copy.deepcopy(document)
    result = replace_values(document, {("a", 1, "b"): "new", ("d", 0): None, ("a", 0): [1.0]})
    assert result == {
        "a": [[1.0], {"b": "new", "c": [{}]}],
        "d": [None, ["z"]],
        "e": Decimal("1.50"),
    }
    assert list(result) == list(document)
    assert document == before
    assert not {id(part) for part in containers(result)} & {
        id(part) for part in containers(document)
    }


def test_nothing_to_replace_gives_a_copy_and_the_root_can_be_replaced() -> None:
    assert replace_values(DOCUMENT, {}) == json.loads(json.dumps(DOCUMENT))
    assert replace_values(DOCUMENT, {}) is not DOCUMENT
    assert replace_values(DOCUMENT, {(): "all of it"}) == "all of it"
    assert replace_values("text", {}) == "text"


def test_a_selected_value_is_the_documents_own_until_another_is_put_there() -> None:
    value = {"a": [1]}
    selection = Selection({"x": value}, SelectorSet({"$.x": parse("$.x")}))
    [match] = selection.matches
    assert match == Match(("x",), value, ("$.x",), selection.document, "x")
    assert match.value is selection.document["x"] is value


MISPLACED: list[tuple[Location, str]] = [
    (("missing",), "no such member"),
    (("members", 3), "after the last"),
    (("members", -1), "not as `select` says it"),
    (("members", "0"), "a name in an array"),
    ((0,), "an index in an object"),
    (("cardNo", 0), "inside a string"),
    (("members", 0, "cardNo"), "inside of another location that is replaced"),
]


@pytest.mark.parametrize(("kinds", "key"), [("{", "a"), ("[", 0)], ids=["objects", "lists"])
def test_documents_are_read_and_copied_to_the_depth_of_strict_json_and_no_deeper(
    kinds: str, key: Any
) -> None:
    assert list(select(parse("$" + f"[{key!r}]" * MAX_DEPTH), nested(MAX_DEPTH, kinds=kinds))) == [
        (key,) * MAX_DEPTH
    ]
    assert len(select(parse("$..a"), nested(MAX_DEPTH, kinds=kinds))) == (MAX_DEPTH if key else 0)
    assert replace_values(nested(MAX_DEPTH, kinds=kinds), {}) == nested(MAX_DEPTH, kinds=kinds)
    for depth in (MAX_DEPTH + 1, 100_000):
        document = nested(depth, kinds=kinds)
        with costs_at_most(MEBI // 16):
            with pytest.raises(NotStrict):
                select(parse("$..a"), document)
            with pytest.raises(NotStrict):
                replace_values(document, {})
            found = Selection(document, SelectorSet({"": parse(f"$[{key!r}]")}))
        # A selected value is not looked into where no selector leads.
        assert [match.location for match in found.matches] == [(key,)]
        while isinstance(document, (dict, list)):
            document = document[
                key
            ]  # taken apart level by level: some Pythons free a chain by recursion


@pytest.mark.parametrize("name", [1, True, None, b"a", ("a",)])
def test_names_that_are_no_text_are_refused_because_json_would_change_them(name: Any) -> None:
    document = {"a": 1, name: {"a": 2}}
    for selector in ("$.*", "$..a"):
        with pytest.raises(NotStrict):
            select(parse(selector), document)
    with pytest.raises(NotStrict):
        replace_values(document, {})


# --- against the jsonpath-rfc9535 package

KEYS = st.sampled_from(
    ["a", "b", "_", "이름", "가", "", "'", '"', "\\", "\n", "😀", "0"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)
SHORTHAND = re.compile(r"[^\W\d]\w*", re.ASCII)


@st.composite
def spelled(draw: st.DrawFn, name: str) -> str:
    """One of the ways to write a name in brackets."""
    quote = draw(st.sampled_from("'\""))
    short = {
        "\b": "b",
        "\t": "t",
        "\n": "n",
        "\f": "f",
        "\r": "r",
        "\\": "\\",
        "/": "/",
        quote: quote,
    }
    written = []
    for char in name:
        units = char.encode("utf-16-be")
        long = "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
        ways = [long, long.upper().replace("\\U", "\\u")]
        if char in short:
            ways.append("\\" + short[char])
        if char >= " " and char not in ("\\", quote):
            ways.append(char)
        written.append(draw(st.sampled_from(ways)))
    return quote + "".join(written) + quote


@st.composite
def selectors(draw: st.DrawFn) -> str:
    """A selector of the subset. Shorthand is ASCII, since the package stops at Hangul in it."""
    blank = st.sampled_from(["", "", "", " ", "\t", "\r\n "])
    text = "$"
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["name", "name", "index", "wild", "deep"]))
        name = draw(KEYS)
        plain = name if SHORTHAND.fullmatch(name) else draw(st.sampled_from("ab"))
        inner = {
            "name": draw(spelled(name)),
            "index": str(draw(st.integers(-5, 5) | st.integers(-TOP, TOP))),
            "wild": "*",
        }
        bracketed = f"[{draw(blank)}{inner.get(kind, '')}{draw(blank)}]"
        short = {"name": f".{plain}", "wild": ".*", "deep": f"..{plain}"}.get(kind, bracketed)
        text += draw(blank) + (short if kind == "deep" or draw(st.booleans()) else bracketed)
    return text


def sorted_places(document: Any, place: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Every location of a document with its value, a container before what is in it."""
    yield place, document
    if isinstance(document, dict):
        for name, member in document.items():
            yield from sorted_places(member, (*place, name))
    elif isinstance(document, (list, tuple)):
        for index, element in enumerate(document):
            yield from sorted_places(element, (*place, index))


@PROPERTY
@given(selectors(), DOCUMENTS)
def test_a_selector_takes_what_another_implementation_takes(text: str, document: Any) -> None:
    """Each value once, and in document order."""
    before = copy.deepcopy(document)
    expected = dict(other.find(text, document).items())
    found = select(parse(text), document)
    assert [(normalized_path(location), id(value)) for location, value in found.items()] == [
        (path, id(value))
        for path, value in (
            (normalized_path(place), value) for place, value in sorted_places(document)
        )
        if path in expected
    ]
    assert {path: id(value) for path, value in expected.items()} == {
        normalized_path(location): id(value) for location, value in found.items()
    }
    assert document == before


@PROPERTY
@given(selectors(), DOCUMENTS)
def test_what_is_selected_and_replaced_is_all_that_changes(text: str, document: Any) -> None:
    before = copy.deepcopy(document)
    found = select(parse(text), document)
    outermost: dict[Location, Any] = {
        place: [] for place in found if not any(place[:end] in found for end in range(len(place)))
    }
    result = replace_values(document, outermost)
    expected = copy.deepcopy(document)
    for place in outermost:
        if place:
            at(expected, place[:-1])[place[-1]] = []
        else:
            expected = []
    assert result == expected
    assert document == before
    assert replace_values(result, {place: found[place] for place in outermost}) == document


@PROPERTY
@given(selectors(), DOCUMENTS)
def test_a_normalized_path_selects_its_own_location_and_nothing_else(
    text: str, document: Any
) -> None:
    for location in select(parse(text), document):
        assert list(select(parse(normalized_path(location)), document)) == [location]


def covered(text: str) -> bool:
    """Whether a selector is of the subset, as the package parses it: nothing of ours decides."""
    for segment in other.compile(text).segments:
        selector, *more = segment.selectors
        if more or not isinstance(selector, (NameSelector, IndexSelector, WildcardSelector)):
            return False
        if (
            not isinstance(segment, JSONPathChildSegment)
            and selector.token.type_ != TokenType.PROPERTY
        ):
            return False  # of the descendants, `..name` only
    return True


def accepts(text: str) -> bool:
    """Whether we take it; any exception but InvalidSetting is a failure of the test."""
    try:
        return isinstance(parse(text), tuple)
    except errors.InvalidSetting:
        return False


@examples(1500)
@given(st.text("$.[]*'\"\\ab0189-,:?@ \t\nuDd8cé", max_size=12).map("$".__add__))
def test_any_text_is_accepted_where_the_other_implementation_finds_the_subset(text: str) -> None:
    try:
        expected = covered(text)
    except other.JSONPathError:
        expected = False
    assert accepts(text) == expected


@PROPERTY
@given(
    st.text(max_size=40)
    | st.text(max_size=40).map("$".__add__)
    | st.text(st.characters(), max_size=9)
)
def test_arbitrary_text_is_a_selector_or_an_invalid_setting(text: str) -> None:
    accepts(text)


@PROPERTY
@given(selectors(), st.data())
def test_a_selector_that_is_cut_off_or_has_one_character_more_never_ends_in_another_error(
    text: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(text)))
    accepts(text[:cut])
    accepts(text[:cut] + data.draw(st.characters()) + text[cut:])


# --- hostile sizes

HOSTILE: list[tuple[str, str]] = [
    ("a" * 10**6, "a million characters"),
    ("$" + "[*]" * 100_000, "a hundred thousand wildcards"),
    ("$" + "..a" * 10**6, "a million descendants"),
    ("$" + "[" * 10**6, "a million brackets"),
    ("$['" + "\\" * 10**6, "a million backslashes"),
    ("$" + " " * (MAX_SELECTOR - 1), "as many blanks as fit"),
    ("$" + " [" * 511 + "x", "as many brackets as fit"),
    ("$['" + r"\ud800" * 170, "as many half pairs as fit"),
    ("$['" + "\\\\" * 510, "as many escapes as fit"),
    ("$['" + '"' * 1021, "as many of the other quote as fit"),
    ("$." + "가" * 1021 + "!", "as long a name as fits"),
    ("$[" + "1" * 1020 + "x]", "as many digits as fit"),
]


@pytest.mark.parametrize(("text", "why"), HOSTILE, ids=[why for _, why in HOSTILE])
def test_hostile_selectors_are_refused_at_once(text: str, why: str) -> None:
    with costs_at_most(MEBI // 16):
        fault(text)


def test_a_wide_document_is_read_in_linear_time() -> None:
    document = {"a": [{"cardNo": i, "x": []} for i in range(50_000)]}
    with costs_at_most(MEBI):
        found = select(parse("$..cardNo"), document)
    assert len(found) == 50_000


def test_neither_parsing_nor_selecting_needs_more_of_the_stack_than_the_depth_of_strict_json() -> (
    None
):
    limit = sys.getrecursionlimit()
    depth = 0
    frame: Any = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(depth + 4 * MAX_DEPTH)
    try:
        assert len(select(parse("$" + "..a" * MAX_DEPTH), nested(MAX_DEPTH, kinds="{"))) == 1
        assert replace_values(nested(MAX_DEPTH, kinds="{"), {("a",) * MAX_DEPTH: 1})
    finally:
        sys.setrecursionlimit(limit)


# --- the compliance test suite of RFC 9535


@pytest.fixture(scope="module")
def suite(published: Published) -> list[dict[str, Any]]:
    """Its cases, or a skip where they are not."""
    if not (published.folder / "jsonpath" / "cts.json").is_file():
        pytest.skip("no jsonpath/cts.json among the published vectors")
    cases: list[dict[str, Any]] = published.json("jsonpath/cts.json")["tests"]
    return cases


def test_the_compliance_suite_agrees_on_the_subset_and_the_rest_is_refused(
    suite: list[dict[str, Any]],
) -> None:
    counts: Counter[str] = Counter()
    for case in suite:
        text, name = case["selector"], case["name"]
        if case.get("invalid_selector"):
            counts["invalid"] += 1
            counts["invalid without a filter, a slice or a union"] += not set("?:,") & set(text)
            assert not accepts(text), name
        elif covered(text):
            counts["covered"] += 1
            found = select(parse(text), case["document"])
            outcome = (list(found.values()), [normalized_path(location) for location in found])
            values = case.get("results") or [case["result"]]
            paths = case.get("results_paths") or [case["result_paths"]]
            assert outcome in list(zip(values, paths, strict=True)), name
        else:
            counts["outside"] += 1
            assert not accepts(text), name
    assert counts == CTS


# --- faults that somebody could make


class Fault(NamedTuple):
    """A fault: what it is, and what takes the place of a function or constant of the module."""

    why: str
    name: str
    make: Callable[[Any], object]  # from a copy of the module, which still is as it should be


def constant(value: object) -> Callable[[Any], object]:
    """For a fault that is a wrong constant."""
    return lambda path: value


LETTER = r"A-Za-z_\x80-\ud7ff\ue000-\U0010ffff"  # name-first (RFC 9535, appendix A)


def string_character(
    unescaped: str = r"""[^\x00-\x1f'"\\\ud800-\udfff]""",
    other_quote: str = "",
    escapable: str = r"[bfnrt/\\]",
    own_quote: str = "",
    non_surrogate: str = r"u(?![Dd][89A-Fa-f])[0-9A-Fa-f]{4}",
    low_surrogate: str = r"u[Dd][C-Fc-f][0-9A-Fa-f]{2}",
) -> Callable[[Any], object]:
    """The characters of strings; a fault has one of the parts wrong."""

    def pattern(quote: str, other_one: str) -> re.Pattern[str]:
        return re.compile(
            rf"{unescaped}|{other_quote or other_one}|\\(?:{own_quote or quote}|{escapable}"
            rf"|{non_surrogate}|u[Dd][89ABab][0-9A-Fa-f]{{2}}\\{low_surrogate})"
        )

    return constant({"'": pattern("'", '"'), '"': pattern('"', "'")})


def taking_halves(make: Callable[[Any], object]) -> Callable[[Any], object]:
    """For a grammar with halves of pairs: the step behind it takes them, too, and cannot crash."""

    def make_both(path: Any) -> object:
        def unescape(text: str) -> str:
            unescaped: str = path._ESCAPE.sub(path._unescape_character, text)
            return unescaped.encode(*codec).decode(*codec)

        codec = ("utf-16-le", "surrogatepass")
        path._unescape = unescape
        return make(path)

    return make_both


def any_descendants(path: Any) -> object:
    real = path._read_segment

    def read_segment(text: str, position: int) -> Any:
        start = path._skip_blanks(text, position)
        if text.startswith("..*", start):
            return path.Segment(True, None), start + 3
        return real(text, position)

    return read_segment


def descendants_forgotten(path: Any) -> object:
    real = path._read_segment

    def read_segment(text: str, position: int) -> Any:
        segment, end = real(text, position)
        return segment._replace(descendants=False), end

    return read_segment


def position_of_the_segment(path: Any) -> object:
    real = path._read_segment

    def read_segment(text: str, position: int) -> Any:
        try:
            return real(text, position)
        except errors.InvalidSetting:
            raise path._selector_error("is wrong", position) from None

    return read_segment


def brackets_left_open(path: Any) -> object:
    real = path._read_bracketed

    def read_bracketed(text: str, position: int) -> Any:
        segment, end = real(text + "]", position)
        return segment, min(end, len(text))

    return read_bracketed


def any_root(path: Any) -> object:
    real = path.parse

    def parse(text: Any) -> Any:
        return real("$" + text[1:] if isinstance(text, str) and text else text)

    return parse


def any_type(path: Any) -> object:
    def require_types(**arguments: object) -> None:
        pass

    return require_types


def any_name(path: Any) -> object:
    def children(container: Any) -> Any:
        return container.items() if isinstance(container, dict) else enumerate(container)

    return children


def tuples_without_indices(path: Any) -> object:
    class Faulty(path.Selection):  # type: ignore[misc]
        def _by_key(self, container: Any, states: int) -> Any:
            return {} if isinstance(container, tuple) else super()._by_key(container, states)

    return Faulty


def index_changed(change: Callable[[int, int], int | None]) -> Callable[[Any], object]:
    """For a fault that takes another element for an index of a list that is so long, or none."""

    def make(path: Any) -> object:
        class Faulty(path.SelectorSet):  # type: ignore[misc]
            def by_position(self, size: int) -> dict[int, int]:
                moved: dict[int, int] = {}
                for index, states in self.by_index.items():
                    changed = change(index, size) if size else None
                    if changed is not None and -size <= changed < size:
                        moved[changed % size] = moved.get(changed % size, 0) | states
                return moved

        return Faulty

    return make


def states_changed(
    change: Callable[[Any], None],
) -> Callable[[Any], object]:
    """For a fault that compiles selectors to other states."""

    def make(path: Any) -> object:
        class Faulty(path.SelectorSet):  # type: ignore[misc]
            def __init__(self, selectors: Any) -> None:
                super().__init__(selectors)
                change(self)

        return Faulty

    return make


def forget_descending(selectors: Any) -> None:
    selectors.descending = 0


def let_names_take_elements(selectors: Any) -> None:
    for name, states in selectors.by_name.items():
        if name.isdigit():
            selectors.by_index[int(name)] = states
            selectors.indexing |= states


def the_document_itself(path: Any) -> object:
    class Faulty(path.Selection):  # type: ignore[misc]
        def _copy(self, container: Any, states: int) -> Any:
            super()._copy(container, states)
            return container

    return Faulty


def tuples_kept(path: Any) -> object:
    class Faulty(path.Selection):  # type: ignore[misc]
        def _copy(self, container: Any, states: int) -> Any:
            copied = super()._copy(container, states)
            return tuple(copied) if isinstance(container, tuple) else copied

    return Faulty


ESCAPES = {
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "f": "\f",
    "r": "\r",
    "/": "/",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


def normal_escapes(
    short: str = "btnfr'\\", controls: int = 32, hexadecimal: str = "04x"
) -> Callable[[Any], object]:
    """The escapes of a normalized path; a fault has one of the parts wrong."""
    long = {code: f"\\u{code:{hexadecimal}}" for code in range(controls)}
    return constant({**long, **{ord(ESCAPES[letter]): f"\\{letter}" for letter in short}})


def name(first: str = LETTER, rest: str = f"[0-9{LETTER}]*") -> Callable[[Any], object]:
    """A name in shorthand; a fault has one of the parts wrong."""
    return constant(re.compile(f"[{first}]{rest}"))


# Replacements that are no fault: what the faults below change is otherwise right.
RIGHT = [
    Fault("a name", "_NAME", name()),
    Fault("the characters of strings", "_STRING_CHARACTER", taking_halves(string_character())),
    Fault("short escapes", "_SHORT_ESCAPES", constant(ESCAPES)),
    Fault("normal escapes", "_NORMAL_ESCAPES", normal_escapes()),
    Fault("an index", "_INDEX", constant(re.compile("0|-?[1-9][0-9]*"))),
    Fault("the same element", "SelectorSet", index_changed(lambda key, length: key)),
]

FAULTS = [
    Fault("a blank more", "_BLANKS", constant(" \t\n\r\f\v\u00a0")),
    Fault("a blank less", "_BLANKS", constant(" \t\n")),
    Fault("a letter less", "_NAME", name(first=LETTER.replace("\\x80", "\\x81"))),
    Fault("halves of pairs in names", "_NAME", name(rest=f"[0-9{LETTER}\ud800-\udfff]*")),
    Fault("a digit begins a name", "_NAME", name(first=f"0-9{LETTER}")),
    Fault("a name of one letter", "_NAME", name(rest="")),
    Fault(
        "control characters in strings",
        "_STRING_CHARACTER",
        string_character(unescaped=r"""[^\x00-\x1e'"\\\ud800-\udfff]"""),
    ),
    Fault(
        "halves of pairs in strings",
        "_STRING_CHARACTER",
        taking_halves(string_character(unescaped=r"""[^\x00-\x1f'"\\\udc00-\udfff]""")),
    ),
    Fault("any quote in a string", "_STRING_CHARACTER", string_character(other_quote="['\"]")),
    Fault("any quote escaped", "_STRING_CHARACTER", string_character(own_quote="['\"]")),
    Fault("an escape less", "_STRING_CHARACTER", string_character(escapable=r"[bfnrt\\]")),
    Fault(
        "a low surrogate alone",
        "_STRING_CHARACTER",
        taking_halves(string_character(non_surrogate=r"u(?![Dd][89ABab])[0-9A-Fa-f]{4}")),
    ),
    Fault(
        "a pair of other halves",
        "_STRING_CHARACTER",
        taking_halves(string_character(low_surrogate=r"u[0-9A-Fa-f]{4}")),
    ),
    Fault("minus zero", "_INDEX", constant(re.compile("-?0|-?[1-9][0-9]*"))),
    Fault("leading zeros", "_INDEX", constant(re.compile("-?[0-9]+"))),
    Fault("digits of any script", "_INDEX", constant(re.compile(r"0|-?[1-9]\d*|\d"))),
    Fault("a wider range", "MAX_INDEX", constant(TOP + 1)),
    Fault("a narrower range", "MAX_INDEX", constant(TOP - 1)),
    Fault("a longer selector", "MAX_SELECTOR", constant(MAX_SELECTOR + 1)),
    Fault("a shorter selector", "MAX_SELECTOR", constant(MAX_SELECTOR - 1)),
    Fault("the short escapes swapped", "_SHORT_ESCAPES", constant({**ESCAPES, "n": "\f"})),
    Fault("an escape more in paths", "_NORMAL_ESCAPES", normal_escapes(short="btnfr'\\/")),
    Fault("upper-case hex in paths", "_NORMAL_ESCAPES", normal_escapes(hexadecimal="04X")),
    Fault("fewer control characters in paths", "_NORMAL_ESCAPES", normal_escapes(controls=31)),
    Fault("a level more", "MAX_DEPTH", constant(MAX_DEPTH + 1)),
    Fault("a level less", "MAX_DEPTH", constant(MAX_DEPTH - 1)),
    Fault("any type", "require_types", any_type),
    Fault("any root", "parse", any_root),
    Fault("any wildcard among descendants", "_read_segment", any_descendants),
    Fault("descendants forgotten", "_read_segment", descendants_forgotten),
    Fault("a fault told at the segment", "_read_segment", position_of_the_segment),
    Fault("brackets left open", "_read_bracketed", brackets_left_open),
    Fault("tuples passed over", "_CONTAINERS", constant((dict, list))),
    Fault("any name", "_children", any_name),
    Fault("tuples without indices", "Selection", tuples_without_indices),
    Fault("descendants of the root alone", "SelectorSet", states_changed(forget_descending)),
    Fault("names take elements", "SelectorSet", states_changed(let_names_take_elements)),
    Fault(
        "beyond the beginning",
        "SelectorSet",
        index_changed(lambda key, length: max(key, -length)),
    ),
    Fault(
        "beyond the end",
        "SelectorSet",
        index_changed(lambda key, length: min(key, length - 1)),
    ),
    Fault(
        "never from the end",
        "SelectorSet",
        index_changed(lambda key, length: None if key < 0 else key),
    ),
    Fault("the document itself", "Selection", the_document_itself),
    Fault("tuples kept", "Selection", tuples_kept),
]


def verdict(call: Callable[..., object], *arguments: object) -> str:
    """The result of a call, or its refusal. Any other exception is a crash, and no verdict."""
    try:
        return repr(call(*arguments))
    except (errors.InvalidSetting, NotStrict) as error:
        return f"{type(error).__name__}: {error}"


def verdicts(path: Any) -> list[str]:
    """What a copy of the module makes of the tables above."""

    def accepts_type(value: object) -> bool:
        try:
            path.parse(value)
        except TypeError:
            return False
        return True

    def select(text: str, document: Any) -> Any:
        return path.select(path.parse(text), document)

    def replace(location: Location) -> Any:
        values = {location: "new", ("members", 0): "newer"}
        return replace_values(DOCUMENT, values, path)

    texts = [text for text, *_ in (*ACCEPTED, *REFUSED)]
    texts += ["$." + "a" * size for size in (MAX_SELECTOR - 2, MAX_SELECTOR - 1)]
    texts += ["$" + "[0]" * count for count in (MAX_DEPTH, MAX_DEPTH + 1)]
    documents = [
        DOCUMENT,
        TWICE,
        {"a": 1, 1: 2},
        nested(MAX_DEPTH, kinds="{"),
        nested(MAX_DEPTH + 1, kinds="{"),
    ]
    queries = [text for text, *_ in TAKEN] + ["$..a..b", "$..a", "$[*]"]
    places: list[Location] = [
        (),
        ("cardNo",),
        ("members", 2, 2),
        *(location for location, _ in MISPLACED),
    ]
    return [
        *(verdict(path.parse, text) for text in texts),
        *(verdict(accepts_type, value) for value in (None, UserString("$"))),
        *(verdict(select, text, document) for text in queries for document in documents),
        *(verdict(path.normalized_path, location) for location, *_ in NORMALIZED),
        *(verdict(replace, location) for location in places),
        *(verdict(replace_values, document, {}, path) for document in documents),
        verdict(
            lambda: (
                replace_values(DOCUMENT, {("cardNo",): 1}, path)["members"] is DOCUMENT["members"]
            )
        ),
    ]


def copy_with(fault: Fault) -> Any:
    """A fresh copy of the module in which one of its names has another value."""
    spec = spec_from_file_location("kmcrypto.encryption.copy_of_json_path", json_path.__file__)
    assert spec is not None
    assert spec.loader is not None
    path = module_from_spec(spec)
    spec.loader.exec_module(path)
    assert hasattr(path, fault.name), "the module no longer has what the fault replaces"
    setattr(path, fault.name, fault.make(path))
    return path


@pytest.mark.mutation
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.why for fault in FAULTS])
def test_a_fault_in_a_copy_of_the_module_is_noticed(fault: Fault) -> None:
    """By a wrong verdict: a copy that crashes fails this test."""
    assert verdicts(copy_with(fault)) != verdicts(json_path), fault.why


@pytest.mark.mutation
@pytest.mark.parametrize("right", RIGHT, ids=[right.why for right in RIGHT])
def test_a_copy_of_the_module_without_a_fault_gives_the_same_verdicts(right: Fault) -> None:
    assert verdicts(copy_with(right)) == verdicts(json_path), right.why
