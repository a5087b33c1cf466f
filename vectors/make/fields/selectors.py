"""Selectors: the values that they select, and where they leave the subset of RFC 9535 (S9.1)."""

from typing import NamedTuple

from ..common.encode import Json, compact_text
from ..common.errors import INVALID_SETTING
from ..common.vector_file import Case, Group

DOCUMENT: Json = {
    "a": {"b": 1, "c": [10, 20, 30]},
    "list": [{"x": 1}, {"x": 2, "y": {"x": 3}}],
    "이름": "n",
    "it's": 2,
    '"': 3,
    "": 4,
    "\n": 5,
    "\U0001f600": 6,
    "d": {"d": {"d": {"e": 7}}},
}


class Selection(NamedTuple):
    """A selector, why it is here, and the normalized paths that it selects, in document order."""

    reason: str
    selector: str
    paths: list[str]


SELECTIONS = [
    Selection("the root", "$", ["$"]),
    Selection("names behind dots", "$.a.b", ["$['a']['b']"]),
    Selection("names in single quotes", "$['a']['b']", ["$['a']['b']"]),
    Selection("a name in double quotes", '$["a"].b', ["$['a']['b']"]),
    Selection("the first index", "$.a.c[0]", ["$['a']['c'][0]"]),
    Selection("the last index", "$.a.c[-1]", ["$['a']['c'][2]"]),
    Selection("the first index from the end", "$.a.c[-3]", ["$['a']['c'][0]"]),
    Selection("an index behind the end", "$.a.c[3]", []),
    Selection("an index before the beginning", "$.a.c[-4]", []),
    Selection(
        "a wildcard of a list", "$.a.c[*]", ["$['a']['c'][0]", "$['a']['c'][1]", "$['a']['c'][2]"]
    ),
    Selection("a wildcard of an object", "$.a.*", ["$['a']['b']", "$['a']['c']"]),
    Selection(
        "a name in each item of a list", "$.list[*].x", ["$['list'][0]['x']", "$['list'][1]['x']"]
    ),
    Selection(
        "descendants by name",
        "$..x",
        ["$['list'][0]['x']", "$['list'][1]['x']", "$['list'][1]['y']['x']"],
    ),
    Selection(
        "descendants within each other", "$..d", ["$['d']", "$['d']['d']", "$['d']['d']['d']"]
    ),
    Selection("descendants of descendants", "$..d..e", ["$['d']['d']['d']['e']"]),
    Selection("a Hangul name", "$.이름", ["$['이름']"]),
    Selection("a Hangul name, escaped", "$['\\uc774\\ub984']", ["$['이름']"]),
    Selection("an escaped single quote", "$['it\\'s']", ["$['it\\'s']"]),
    Selection("a single quote in double quotes", '$["it\'s"]', ["$['it\\'s']"]),
    Selection("a double quote in single quotes", "$['\"']", ["$['\"']"]),
    Selection("an escaped double quote", '$["\\""]', ["$['\"']"]),
    Selection("the empty name", "$['']", ["$['']"]),
    Selection("an escaped line feed", "$['\\n']", ["$['\\n']"]),
    Selection("an escaped surrogate pair", "$['\\ud83d\\ude00']", ["$['\U0001f600']"]),
    Selection("blanks around brackets", "$ ['a']\t[ 'b' ]", ["$['a']['b']"]),
    Selection("a blank before a dot", "$.a .b", ["$['a']['b']"]),
    Selection("an index of an object", "$.a[0]", []),
    Selection("a name of a list", "$.list.x", []),
    Selection("a name of a number", "$.a.b.c", []),
    Selection("a name in capitals", "$['A']", []),
    Selection("the highest index", "$.a.c[9007199254740991]", []),
    Selection("descendants that are not there", "$..nothing", []),
    Selection("a wildcard before a name", "$.*.b", ["$['a']['b']"]),
]
WRONG_SELECTORS: list[tuple[str, str, int | None]] = [
    # selector, reason, index of the first character that fits no rule
    ("", "nothing", 0),
    ("a", "no $", 0),
    (" $.a", "a leading blank", 0),
    ("@.a", "the current node", 0),
    ("$a", "no dot", 1),
    ("$$", "two roots", 1),
    ("$.", "a dot at the end", 2),
    ("$.a.", "a dot at the end, later", 4),
    ("$..", "two dots at the end", 3),
    ("$...a", "three dots", 3),
    ("$[", "a bracket at the end", 2),
    ("$[]", "empty brackets", 2),
    ("$[a]", "a name without quotes", 2),
    ("$['a'", "no bracket at the end", 5),
    ("$['a", "no quote at the end", 4),
    ("$[0", "no bracket behind an index", 3),
    ("$[*", "no bracket behind a star", 3),
    ("$['a\"]", "quotes of two kinds", 6),
    ("$[01]", "a leading zero", 3),
    ("$[-0]", "minus zero", None),
    ("$[+1]", "a plus sign", 2),
    ("$[1.0]", "a fraction", 3),
    ("$[\u0663]", "another script's digit", 2),
    ("$[9007199254740992]", "an index of 2^53", None),
    ("$[1:2]", "a slice", 3),
    ("$[0,1]", "a union of indices", 3),
    ("$['a','b']", "a union of names", 5),
    ("$[?@.a]", "a filter", 2),
    ("$[?(@.a)]", "a filter in parentheses", 2),
    ("$.a[?@.b==1]", "a filter, later", 4),
    ("$..*", "every descendant", 3),
    ("$..[0]", "descendants by index", 3),
    ("$..['a']", "descendants in brackets", 3),
    ("$.1a", "a name that begins with a digit", 2),
    ("$.-a", "a name that begins with a hyphen", 2),
    ("$.a-b", "a hyphen in a name", 3),
    ("$. a", "a blank behind the dot", 2),
    ("$.a b", "a blank in a name", 4),
    ("$.a ", "a blank at the end", None),
    ("$['\\x']", "an unknown escape", None),
    ("$['\\ud800']", "half a surrogate pair", None),
    ("$['a\n']", "a raw line feed", 4),
    ("$.length()", "a function", 8),
    ("$['a']b", "a name behind a bracket", 6),
    ("$.a~", "a tilde", 3),
    ("$." + "a" * 1023, "1,025 characters", 1024),
]
LONGEST = "$." + "a" * 1022


def add_selectors(group: Group) -> None:
    """Add selectors of every kind, and selectors that are refused."""
    bases = {}
    for row in SELECTIONS:
        bases[row.selector] = positive_selector(group, row)
    longest = positive_selector(group, Selection("1,024 characters", LONGEST, []))
    for selector, reason, position in WRONG_SELECTORS:
        base = longest if len(selector) > len(LONGEST) else bases["$.a.b"]
        group.negative(
            base,
            f"no selector: {reason}",
            "SelectorSyntax",
            INVALID_SETTING,
            selector=selector,
            facts=None if position is None else {"position": position},
        )


SCRIPTS = {"Hangul": "가", "emoji": "\U0001f600", "letters of four bytes": "\U00010400"}


def add_long_selectors(group: Group) -> None:
    """Add selectors at the limit, which counts code points, not bytes or UTF-16 units (S9.7)."""
    for script, character in SCRIPTS.items():
        longest = "$." + character * 1022
        base = positive_selector(group, Selection(f"1,024 characters, {script}", longest, []))
        group.negative(
            base,
            f"no selector: 1,025 characters, {script}",
            "SelectorSyntax",
            INVALID_SETTING,
            selector=longest + character,
            facts={"position": 1024},
        )
        group.negative(
            base,
            f"no selector: a blank behind 1,000 characters, {script}",
            "SelectorSyntax",
            INVALID_SETTING,
            selector=f"$.{character * 998} {character}",
            facts={"position": 1001},
        )


def positive_selector(group: Group, row: Selection) -> Case:
    """Add a selector, and the paths of the values that it selects in the document."""
    return group.positive(
        f"a selector: {row.reason}",
        "Selector",
        operation="select",
        selector=row.selector,
        document=compact_text(DOCUMENT),
        outputs={"paths": row.paths},
    )
