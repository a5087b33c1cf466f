"""The benchmarks' own machinery: it tells slow from equal, and the gate says no when it must."""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.__main__ import main, parser
from benchmarks.concerns import mastercard, parties, peers
from benchmarks.method import budget, compare, memory, parallel, perf, points, pythons, units
from benchmarks.method.measure import Case, Loop, interleaved, loop, ratio_of
from benchmarks.report import report, scale, svg
from kmcrypto import Signer, TranToken, errors, jwe

pytestmark = pytest.mark.once

WORK = "digest(data)"
NAMES = {"digest": hashlib.sha256, "data": bytes(4096)}


def case_of(statement: str) -> Case:
    """A statement against one hash."""
    return Case("sign.headers", loop(statement, **NAMES), loop(WORK, **NAMES), "one hash")


def budget_of(limit: float, folder: Path) -> str:
    """A budget that gives every ratio the same limit."""
    path = folder / "budget.toml"
    path.write_text(
        "".join(f"[{name}]\nlimit = {limit}\naim = 1\n" for name in budget.read()), encoding="utf-8"
    )
    return str(path)


def parsed(text: str) -> ElementTree.Element:
    """The root of XML text, which must be well-formed."""
    return ElementTree.fromstring(text)


def test_a_slow_candidate_is_caught_and_an_equal_one_is_not() -> None:
    equal, slow = ratio_of(case_of(WORK), 0.3), ratio_of(case_of("; ".join([WORK] * 3)), 0.3)
    assert equal is not None
    assert slow is not None
    assert 0.8 < equal < 1.25
    assert 2.2 < slow < 3.8


def test_seconds_are_those_of_one_call() -> None:
    """A clock of our own: what a contestant says it took is what counts, divided by its calls."""
    first, second = interleaved([lambda calls: calls * 0.25, lambda calls: calls * 0.5], 0)
    assert (first.seconds, first.ratio, second.seconds, second.ratio) == (0.25, 1, 0.5, 2)


def test_the_budget_is_complete_and_every_limit_is_used() -> None:
    limits = budget.read()
    assert [case.name for case in budget.cases()] == list(limits)
    assert all(limit.limit >= 1 and limit.aim >= 1 for limit in limits.values())
    assert [name for name, limit in limits.items() if limit.least] == [
        name for name in limits if "peers." in name
    ]
    assert all(
        (limit.limit <= limit.aim) if limit.least else (limit.limit >= limit.aim)
        for limit in limits.values()
    )


def test_one_concern_or_one_ratio_can_be_named() -> None:
    named = [case.name for case in budget.cases(["verify", "sign.headers"])]
    assert named == ["sign.headers", "verify.token", "verify.function", "verify.mebibyte"]
    with pytest.raises(LookupError, match=r"sign\.nonsense"):
        budget.cases(["sign.nonsense"])


@pytest.mark.parametrize(("limit", "status"), [(0.01, 1), (1000, 0)])
def test_the_gate_fails_beyond_the_budget_only(limit: float, status: int, tmp_path: Path) -> None:
    assert (
        main(
            ["gate", "--seconds", "0.05", "--budget", budget_of(limit, tmp_path), "sign", "verify"]
        )
        == status
    )


def test_ratios_prints_a_verdict_and_never_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ratios", "--seconds", "0.05", "--budget", budget_of(0.01, tmp_path), "sign"]) == 0
    assert "beyond the limit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limit", "first", "second", "kept"),
    [
        (budget.Limit(2, 1), 3, 1.5, True),
        (budget.Limit(2, 1), 3, 2.5, False),
        (budget.Limit(2, 3, least=True), 1, 2.5, True),
        (budget.Limit(2, 3, least=True), 1, 1.5, False),
    ],
)
def test_a_failed_ratio_is_tried_once_more_for_longer(
    limit: budget.Limit, first: float, second: float, kept: bool
) -> None:
    asked: list[float] = []

    def measure(_: Case, seconds: float) -> float:
        asked.append(seconds)
        return first if len(asked) == 1 else second

    (verdict,) = budget.judged(
        [case_of(WORK)], {"sign.headers": limit}, 1, again=True, measure=measure
    )
    assert (asked, verdict.kept, verdict.ratio) == ([1, 2], kept, second)


@pytest.mark.parametrize(("bound", "status"), [(0.1, 0), (1000, 1)])
def test_a_peer_that_costs_less_than_it_must_fails_the_gate(
    bound: float, status: int, tmp_path: Path
) -> None:
    path = tmp_path / "budget.toml"
    path.write_text(f"[peers.by_hand]\nleast = {bound}\naim = 3\n", encoding="utf-8")
    assert main(["gate", "--seconds", "0.05", "--budget", str(path), "peers.by_hand"]) == status


def test_a_peer_that_is_not_installed_is_said_to_be_missing_and_fails_nothing() -> None:
    missing = case_of(WORK)._replace(candidate=None)
    (verdict,) = budget.judged([missing], {missing.name: budget.Limit(1, 1)}, 0, again=True)
    assert (verdict.ratio, verdict.kept) == (None, True)
    assert "not installed" in budget.table([verdict])


def test_what_no_process_could_measure_is_not_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pythons, "ratios_of", lambda *_: {})
    assert main(["ratios", "verify.token"]) == 0
    assert "not measured" in capsys.readouterr().out


def test_nothing_grows_over_a_few_thousand_calls() -> None:
    growths = memory.growths(2000)
    assert [growth.what for growth in growths if growth.grows] == []
    assert len(growths) == 4


@pytest.mark.parametrize(
    "leak", ["kept.append(object())", "kept.append(bytes(4096))", "one.extend(bytes(4096))"]
)
def test_a_leak_is_seen_to_grow(leak: str) -> None:
    """Small objects show as blocks, and one object that gets longer shows as the process's size."""
    assert memory.growth("a leak", loop(leak, kept=[], one=bytearray()), 2000).grows
    assert not memory.growth("no leak", loop("bytes(4096)"), 2000).grows


@pytest.mark.parametrize(
    ("statement", "low", "high"), [("sleep(0.001)", 1.6, 2.4), (WORK, 0.3, 1.6)]
)
def test_threads_that_wait_are_twice_as_fast_and_threads_that_take_turns_are_not(
    statement: str, low: float, high: float
) -> None:
    """What hashes 4 KiB lets go of the lock; a smaller one doesn't."""
    block = loop(statement, sleep=time.sleep, digest=hashlib.sha256, data=bytes(64)), 5
    two = parallel.scaled(lambda number: parallel.in_threads(block, 0.05, number), (1, 2)).times[2]
    assert low < two < high


def test_several_workers_are_measured_in_threads_and_in_processes() -> None:
    rows = parallel.measured(0.01, [("signing", parallel.OURS), ("signing", parallel.BARE)])
    assert all(
        row.threads.times.keys() == {1, 2, 4} and row.processes.times.keys() == {1, 2}
        for row in rows
    )
    assert all(
        team.one > 100 and team.times[1] == 1
        for row in rows
        for team in (row.threads, row.processes)
    )
    assert str(parallel.cores()) in "".join(parallel.section(rows))
    assert {"signing, 4 threads", "signing, 2 processes"} <= {
        text.text for text in parsed(parallel.chart(rows))
    }


def test_ratios_are_measured_under_each_python_that_can(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lacking = tmp_path / "python"
    lacking.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n', encoding="utf-8")
    lacking.chmod(0o755)
    versions = pythons.found([sys.executable, str(lacking), "no-such-python"])
    assert [version.python for version in versions] == [f"CPython {platform.python_version()}"]
    assert capsys.readouterr().err.count("is left out") == 2
    ratios = pythons.measured(versions, 0.01, ["sign.headers"])
    text = "".join(pythons.section(ratios, {"sign.headers": "9", "peers.joserfc": "8"}))
    assert ratios[versions[0]]["sign.headers"] > 1
    assert versions[0].openssl in text
    assert text.rstrip().endswith("| peers.joserfc | - | 8 |")
    assert str(tmp_path) not in text
    assert sys.executable not in text


def test_one_process_of_three_that_is_slow_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def ratios_of(command: str, place: Path, names: list[str], seconds: float) -> dict[str, float]:
        asked.append(seconds)
        return {"sign.headers": [2.25, 9.0, 2.5][len(asked) - 1]} if len(asked) < 4 else {}

    monkeypatch.setattr(pythons, "ratios_of", ratios_of)
    assert pythons.medians_of("python", ["sign.headers"], 6) == {"sign.headers": 2.5}
    assert asked == [2, 2, 2]
    assert (
        pythons.medians_of("python", ["sign.headers"], 6) == {}
    )  # what can't be measured has no ratio


def test_ratios_of_one_process_are_those_that_it_measures_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pythons, "ratios_of", None)
    assert main(["ratios", "--seconds", "0.05", "--processes", "1", "--json", "sign.headers"]) == 0
    assert json.loads(capsys.readouterr().out)["sign.headers"] > 1


def test_interpreters_can_be_named_one_by_one() -> None:
    assert parser().parse_args(["report", "--python", "one", "--python", "two"]).python == [
        "one",
        "two",
    ]
    assert parser().parse_args(["report"]).python == []


def test_hash_slots_are_those_of_redis_cluster_and_claims_spread_as_computed() -> None:
    assert scale.slot_of(b"123456789") == 0x31C3  # the specification's own example
    for spread in scale.spreads((2, 3, 24), 20_000):
        assert spread.deviation == pytest.approx(((spread.shards - 1) / 20_000) ** 0.5)
        assert 0 <= spread.slots < 0.001
        assert spread.busiest < 5 * spread.deviation


def test_the_page_on_scale_is_computed_from_what_was_measured() -> None:
    page = scale.page({scale.ENCRYPTED: (0.0006, 0.0008)}, 200)
    assert "| Gateway.accept, encrypted | 800 µs | 800.0 | 600.0 | 1,250 |" in page
    assert "600 of 800 cores" in page
    assert "| 24 | 41,667 | 115 GB | 720 GB |" in page
    assert "| 1 h | 3,600,000,000 | 0.72 TB |" in page
    assert scale.ENCRYPTED in {point.chart for point in points.of(["accept"])}


def test_mastercard_differs_as_the_report_says() -> None:
    theirs = pytest.importorskip("client_encryption.jwe_encryption")
    config, key, text = mastercard.config(2048), parties.private_key(2048), '{"data":"x"}'
    token = theirs.encrypt_payload({"text": text}, config)["encData"]
    assert len(token.split(".")[2]) == 22  # 16 bytes of IV
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(token, key)
    for enc in jwe.CEK_BYTES:
        sealed = jwe.encrypt(text.encode(), key.public_key(), enc)
        changed = sealed.rpartition(".")[0] + "." + "A" * 22
        assert theirs.decrypt_payload({"encData": sealed}, config) == {"data": "x"}
        assert theirs.decrypt_payload({"encData": changed}, config) == {"data": "x"}


def test_peers_encrypt_and_decrypt_what_ours_does() -> None:
    """One call of every contestant of a message, at the smallest size: none of them raises."""
    every = [point for point in points.of(["jwe"]) if point.size == 64 and "2048" in point.chart]
    assert all(make()(1) > 0 for point in every for make in point.contestants.values())


def test_headers_by_hand_say_what_ours_say() -> None:
    """The same seven, over the same bytes: all but the moment and the id are equal."""
    body = parties.body_of(256)
    ours = Signer(parties.project_key()).headers(body, parties.KEY_ID)
    theirs = peers.headers_by_hand(parties.SECRET, body, parties.KEY_ID)
    assert {name: len(value) for name, value in ours.items()} == {
        name: len(value) for name, value in theirs.items()
    }
    TranToken.parse(theirs["X-KM-Tran-Token"]).verify(parties.project_key(), body)


def test_lines_are_well_formed_svg_whatever_their_names_are() -> None:
    text = svg.lines(
        'a <b> & "c"', "bytes", "µs", {"<ours>": [(64, 1.5), (1 << 20, 900)], "&": [(64, 3)]}
    )
    root = parsed(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert [
        len(line.attrib["points"].split())
        for line in root.iter("{http://www.w3.org/2000/svg}polyline")
    ] == [2, 1]
    assert {"<ours>", "&", 'a <b> & "c"'} <= {element.text for element in root}


@pytest.mark.parametrize(("linear", "times_as_long"), [(False, 2), (True, 5)])
def test_a_longer_bar_is_a_greater_ratio(linear: bool, times_as_long: float) -> None:
    rows = [svg.Bar("less", 5), svg.Bar("more", 25, {"limit": 100})]
    boxes = parsed(svg.bars("title", "times", rows, linear)).findall(
        "{http://www.w3.org/2000/svg}rect"
    )
    background, less, more = (float(box.attrib["width"]) for box in boxes)
    assert more / less == pytest.approx(times_as_long, rel=0.01)
    assert more < background


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (2.5, "2.50 s"),
        (0.0345, "34.5 ms"),
        (1.5e-6, "1.50 µs"),
        (0.9999e-3, "1000 µs"),
        (2e-8, "20 ns"),
    ],
)
def test_times_have_the_unit_that_people_read(seconds: float, text: str) -> None:
    assert units.times(seconds) == text


def test_every_concern_has_points_with_the_primitive_first_and_ours_second() -> None:
    every = points.of()
    assert {point.concern for point in every} == set(budget.EVERY)
    assert all(list(point.contestants)[:2] == [points.BARE, points.OURS] for point in every)


def test_what_is_measured_is_made_at_its_first_call_and_once() -> None:
    made: list[int] = []

    def make() -> Loop:
        made.append(1)
        return lambda calls: calls * 2.0

    measured = perf.on_demand(make)
    assert made == []
    assert (measured(1), measured(3), made) == (2, 6, [1])


def test_the_report_writes_its_pages_and_every_chart_that_they_show(tmp_path: Path) -> None:
    report.write(0, 100, tmp_path, ["verify"])  # the versions of Python have a test of their own
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\((charts/[^)]+)\)", page))
    assert shown == {f"charts/{path.name}" for path in (tmp_path / "charts").iterdir()}
    for path in shown:
        parsed((tmp_path / path).read_text(encoding="utf-8"))
    assert "A token read and verified" in page.partition("## A million requests a second")[2]
    for name in (Path.home(), Path(report.__file__).parents[2], sys.prefix):
        assert len(str(name)) < 4 or str(name) not in page


def test_a_comparison_shows_what_changed_and_what_one_side_lacks() -> None:
    medians = {"base": {"sign.headers": 2.0}, "head": {"sign.headers": 3.0, "verify.token": 4.0}}
    _, first, second = compare.table(medians, ["sign.headers", "verify.token"]).splitlines()
    assert first.split() == ["sign.headers", "2.00", "3.00", "+50.0%"]
    assert second.split() == ["verify.token", "-", "4.00", "not", "comparable"]
