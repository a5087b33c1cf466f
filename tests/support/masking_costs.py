"""What masking costs, in units of json.loads: a program, so that no coverage slows it down.

It prints an object of JSON: the name of each text or data, and its multiple.
"""

from __future__ import annotations

import json

from kmcrypto.redact import redact
from tests.support.speed import MEBI, times_of_reading

SIZE = MEBI // 8
# Times json.loads of ordinary JSON of the same length (D11).
ORDINARY_FACTOR = 5  # 3 is the aim; the rest is room for other machines and Pythons
HOSTILE_FACTOR = 100  # linear work takes up to 40, a quadratic pattern thousands
ENTRY = '{"cardNo":"9410000000001234","amount":1500,"rate":1.5,"tags":["a",null,true]}'
# Texts of these make work for a pattern that is not linear.
HOSTILE_UNITS = {
    "quotes": 'pin="',
    "brackets": "pin=(",
    "angle brackets": "pin=<",
    "quotes that close nothing": 'pin="a"b',
    "quotes in brackets": "pin=('",
    "separators": "pin:=",
    "blanks": "pin= ",
    "words": "pin=a b ",
    "names": "cardno",
    "backslashes": "\\",
    "escaped quotes": 'pin\\":\\"',
    "deeper and deeper": '\\\\\\"pin\\\\\\":\\\\',
    "digits": "4111 ",
    "cards": "4111111111111111,",
    "pairs": "('pin','1'),",
    "beginnings of pairs": "('pin','",
    "percent signs": "%22pin%22%3A",
    "percent signs of percent signs": "pin%252525",
    "beginnings of keys": "-----BEGIN PRIVATE KEY-----",
    "labels of keys": "-----BEGIN A B PRIVATE+KEY-",
    "MACs": "KMV1:20221108120814608:",
    "objects": '{"pin":{"a":"b"}}',
}


def multiple_of(value: object) -> float:
    """How many times as long as json.loads of ordinary JSON of that length."""
    return times_of_reading(lambda: redact(value), SIZE, aim=ORDINARY_FACTOR)


def main() -> None:
    """Print the multiples."""
    entries = [ENTRY] * (SIZE // len(ENTRY))
    ordinary = f"[{','.join(entries)}]"
    texts = {name: unit * (SIZE // len(unit)) for name, unit in HOSTILE_UNITS.items()}
    values = {"ordinary": ordinary, "data": json.loads(ordinary), **texts}
    print(json.dumps({name: multiple_of(value) for name, value in values.items()}))


if __name__ == "__main__":
    main()
