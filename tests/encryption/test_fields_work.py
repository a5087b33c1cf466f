"""`kmcrypto/encryption/fields.py`: time, memory and number of values of one call (D11, S9.3).

The measure is `json.loads` of the same text, in the same thread and the same run.
"""

from __future__ import annotations

import gc
import json
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from kmcrypto import FieldCipher, errors
from kmcrypto.encryption.fields import MAX_HEADERS, MAX_VALUES
from tests.support.encodings import unb64
from tests.support.fields import provider, refused
from tests.support.parties import Parties
from tests.support.speed import ATTEMPTS, MEBI, least, untraced

MAX_TIME = 15  # times the CPU time of json.loads, for 1 MiB
MAX_TIME_OF_SMALL = 20  # for texts of 64 KiB, where a call's own costs weigh more
MAX_MEMORY = 40  # times the text

# None of them selects anything in the documents below, and together they go everywhere.
NOTHING = ["$.x", "$..x", "$..a..a..x", "$.*.*.*.x", "$[*][0].x", "$[-1][*][*].x"]


def list_of(piece: str, size: int) -> str:
    """A JSON array of that size, of equal elements."""
    return f"[{','.join([piece] * (size // (len(piece) + 1)))}]"


def object_of(value: str, size: int) -> str:
    """A JSON object of that size, whose names differ."""
    members = (f'"a{number}":{value}' for number in range(size // (len(value) + 10)))
    return f"{{{','.join(members)}}}"


def tree_of(depth: int) -> str:
    """A binary tree of objects."""
    if depth == 0:
        return "0"
    inner = tree_of(depth - 1)
    return f'{{"a":{inner},"b":{inner}}}'


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Nested and wide JSON texts of that size, with their names."""
    yield "numbers", list_of("0", size)
    yield "empty arrays", list_of("[]", size)
    yield "empty objects", list_of("{}", size)
    yield "arrays of one", list_of("[0]", size)
    yield "deep arrays", list_of("[" * 62 + "]" * 62, size)
    yield "deep objects", list_of('{"a":' * 62 + "0" + "}" * 62, size)
    yield "wide at the bottom", "[" * 62 + list_of("[]", size) + "]" * 62
    yield "names", object_of("{}", size)
    yield "trees", list_of(tree_of(9), size)
    yield "a long name", f'{{"{"a" * (size // 2)}":{list_of("0", size // 2)}}}'
    yield "records", list_of('{"cardNo":"9410000000001234","rate":1.5,"tags":["a",null]}', size)


@pytest.fixture(autouse=True)
def collector_of_this_test() -> Iterator[None]:
    """The collector works as it does in use, but leaves out what other tests have left alive."""
    thresholds = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    gc.freeze()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def cpu_time(call: Callable[[], object]) -> float:
    """CPU seconds of a call."""
    with untraced():
        start = time.thread_time()
        call()
        return time.thread_time() - start


def peak_of(call: Callable[[], object]) -> int:
    """Bytes that a call has at once, its result included."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del result
    return peak - before


def times_of_loads(call: Callable[[], object], text: str, limit: float) -> float:
    """How many times the CPU time of json.loads a call takes, at best; tried to meet the limit."""

    def ratio() -> float:
        reading = min(cpu_time(lambda: json.loads(text)) for _ in range(3))
        return cpu_time(call) / reading

    return least(ratio, limit)


def assert_is_linear(cipher: FieldCipher, text: str, name: str) -> None:
    """All three calls keep to both limits."""
    document = json.loads(text)
    for call in (cipher.encrypt, cipher.decrypt, cipher.rewrap):
        limit = MAX_TIME if len(text) > MEBI // 2 else MAX_TIME_OF_SMALL
        ratio = times_of_loads(lambda call=call: call(document), text, limit)  # type: ignore[misc]
        assert ratio <= limit, name
    assert peak_of(lambda: cipher.rewrap(document)) <= MAX_MEMORY * len(text), name


@pytest.fixture
def cipher(parties: Parties) -> FieldCipher:
    """One whose selectors select nothing."""
    return FieldCipher.for_storage(provider(parties), NOTHING, optional=NOTHING, plain=NOTHING)


QUICK_ROWS = 4  # of the first rows; all rows are slow with a mebibyte below


@pytest.mark.parametrize(
    ("name", "text"),
    [pytest.param(*row, id=row[0]) for row in islice(texts(MEBI // 16), QUICK_ROWS)],
)
def test_a_call_is_linear_in_the_nodes_of_a_document(
    cipher: FieldCipher, name: str, text: str
) -> None:
    assert_is_linear(cipher, text, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, _ in texts(16)])
def test_a_call_is_linear_in_the_nodes_of_a_mebibyte(cipher: FieldCipher, name: str) -> None:
    assert_is_linear(cipher, dict(texts(MEBI))[name], name)


def test_a_document_that_is_one_value_costs_no_more(parties: Parties) -> None:
    """It is written instead of copied."""
    cipher = FieldCipher.for_storage(provider(parties), ["$"])
    text = list_of("[]", MEBI // 8)
    document = json.loads(text)
    assert peak_of(lambda: cipher.encrypt(document)) <= MAX_MEMORY * len(text)
    assert times_of_loads(lambda: cipher.encrypt(document), text, 2 * MAX_TIME) <= 2 * MAX_TIME


def test_many_selectors_cost_hardly_more_than_one(parties: Parties) -> None:
    """One walk looks for all of them: there is no factor of their number."""
    many = [f"$..x{number}" for number in range(60)]
    many += [f"$[*][{number}].x" for number in range(60)]
    many += [f"$[*].*.x{number}" for number in range(60)]
    document = json.loads(list_of("[[0],[]]", MEBI // 16))
    ring = provider(parties)
    alone = FieldCipher.for_client(ring, ["$..x"], optional=["$..x"])
    together = FieldCipher.for_client(ring, many, optional=many)
    of_one = min(cpu_time(lambda: alone.encrypt(document)) for _ in range(ATTEMPTS))
    of_many = min(cpu_time(lambda: together.encrypt(document)) for _ in range(ATTEMPTS))
    assert of_many <= 10 * of_one


# --- The number of values -------------------------------------------------------------------------


def test_a_call_selects_so_many_values_and_no_more(parties: Parties) -> None:
    """S9.3: one more is refused before anything is encrypted or decrypted."""
    cipher = FieldCipher.for_storage(provider(parties), ["$[*]"], plain=["$[*]"])
    encrypted = cipher.encrypt([0] * MAX_VALUES)
    assert encrypted.report == {"$[*]": MAX_VALUES} == {"$[*]": 10_000}
    assert cipher.decrypt(encrypted.document).document == [0] * MAX_VALUES
    for size in (MAX_VALUES + 1, MEBI):
        refused(errors.InvalidPayload, cipher.encrypt, [0] * size)
        refused(errors.MalformedPayload, cipher.decrypt, [0] * size)
        refused(errors.MalformedPayload, cipher.rewrap, [0] * size)


@pytest.mark.parametrize(
    ("name", "context", "values"), [("a" * 5000, None, 800), ("a", "b" * 5000, 800)]
)
def test_long_names_and_contexts_are_not_written_without_end(
    parties: Parties, name: str, context: str | None, values: int
) -> None:
    """S9.3: every field has its path and its context, so a short document could grow to 100 MiB."""
    cipher = FieldCipher.for_storage(provider(parties), ["$.*[*]"])
    few = cipher.encrypt({name: [0] * (values // 2)}, context)
    fields = few.document[name]
    headers = sum(len(token.split(".")[0]) for token in fields)
    assert headers <= MAX_HEADERS == 4 * MEBI
    assert len(unb64(fields[0].split(".")[0])) > 5000
    refused(errors.InvalidPayload, cipher.encrypt, {name: [0] * values}, context)
    assert cipher.decrypt(few.document, context).document == {name: [0] * (values // 2)}


def test_a_path_that_no_header_can_hold_costs_nothing(parties: Parties) -> None:
    """Not even once for each of its values."""
    cipher = FieldCipher.for_storage(provider(parties), ["$.*[*]"])
    field = cipher.encrypt({"a": [0]}).document["a"][0]
    document: dict[str, Any] = {"가" * (MEBI // 4): [field] * 900}
    text = json.dumps(document)

    def decrypt() -> None:
        with pytest.raises(errors.DecryptionError):
            cipher.decrypt(document)

    assert times_of_loads(decrypt, text, 2 * MAX_TIME) <= 2 * MAX_TIME
