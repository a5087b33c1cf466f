"""Selectors: the values that they select, and where they leave the subset of RFC 9535 (S9.1)."""

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
SELECTORS = {
    # selector: normalized paths, in document order
    "$": ["$"],
    "$.a.b": ["$['a']['b']"],
    "$['a']['b']": ["$['a']['b']"],
    '$["a"].b': ["$['a']['b']"],
    "$.a.c[0]": ["$['a']['c'][0]"],
    "$.a.c[-1]": ["$['a']['c'][2]"],
    "$.a.c[-3]": ["$['a']['c'][0]"],
    "$.a.c[3]": [],
    "$.a.c[-4]": [],
    "$.a.c[*]": ["$['a']['c'][0]", "$['a']['c'][1]", "$['a']['c'][2]"],
    "$.a.*": ["$['a']['b']", "$['a']['c']"],
    "$.list[*].x": ["$['list'][0]['x']", "$['list'][1]['x']"],
    "$..x": ["$['list'][0]['x']", "$['list'][1]['x']", "$['list'][1]['y']['x']"],
    "$..d": ["$['d']", "$['d']['d']", "$['d']['d']['d']"],
    "$..d..e": ["$['d']['d']['d']['e']"],
    "$.이름": ["$['이름']"],
    "$['\\uc774\\ub984']": ["$['이름']"],
    "$['it\\'s']": ["$['it\\'s']"],
    '$["it\'s"]': ["$['it\\'s']"],
    "$['\"']": ["$['\"']"],
    '$["\\""]': ["$['\"']"],
    "$['']": ["$['']"],
    "$['\\n']": ["$['\\n']"],
    "$['\\ud83d\\ude00']": ["$['\U0001f600']"],
    "$ ['a']\t[ 'b' ]": ["$['a']['b']"],
    "$.a .b": ["$['a']['b']"],
    "$.a[0]": [],
    "$.list.x": [],
    "$.a.b.c": [],
    "$['A']": [],
    "$.a.c[9007199254740991]": [],
    "$..nothing": [],
    "$.*.b": ["$['a']['b']"],
}
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
    for selector, paths in SELECTORS.items():
        shown = ascii(selector)[1:-1]
        bases[selector] = positive_selector(group, f"selects: {shown}", selector, paths)
    longest = positive_selector(group, "1,024 characters", LONGEST, [])
    for selector, reason, position in WRONG_SELECTORS:
        base = longest if len(selector) > len(LONGEST) else bases["$.a.b"]
        group.negative(
            base,
            f"selector: {reason}",
            "SelectorSyntax",
            INVALID_SETTING,
            selector=selector,
            facts=None if position is None else {"position": position},
        )


def positive_selector(group: Group, comment: str, selector: str, paths: list[str]) -> Case:
    """Add a selector, and the paths of the values that it selects in the document."""
    return group.positive(
        comment,
        "Selector",
        operation="select",
        selector=selector,
        document=compact_text(DOCUMENT),
        outputs={"paths": paths},
    )
