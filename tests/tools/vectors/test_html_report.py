"""The page for auditors, taken apart: its links, its words, its tables, and nothing unescaped."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kmcrypto.tools.vectors.html_report import render_page
from kmcrypto.tools.vectors.provenance import Provenance, find_provenance
from kmcrypto.tools.vectors.runner import run_folder
from tests.support import ASP_ID
from tests.support.vector_sample import MARKUP, CommandResult, Sample

pytestmark = pytest.mark.usefixtures("keys_checked_once")

VOID = {"meta"}
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "scope", "colspan", "open", "id",
    "href", "data-label", "aria-label",
}  # fmt: skip
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "ul", "li", "span",
    "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "nav", "a", "code",
}  # fmt: skip
PROVENANCE = Provenance("2026-11-23 00:15:09 UTC", {"PyNaCl": "1.2.3"}, "a" * 64, "b" * 64)


class Page(HTMLParser):
    """A page taken apart: every element is closed in its order, and does nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []  # the ids that they lead to
        self.texts: list[str] = []
        self.colours: list[list[str]] = []  # the class and the words of each coloured element
        self.unlabelled: list[str] = []
        self.policy = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        assert attributes.keys() <= ATTRIBUTES, f"{tag} {attributes}"
        self.tags.append(tag)
        if attributes.get("id"):
            self.ids.append(str(attributes["id"]))
        if "href" in attributes:
            assert tag == "a"
            assert str(attributes["href"]).startswith("#")
            self.links.append(str(attributes["href"])[1:])
        if attributes.get("class") in ("good", "bad"):
            self.colours.append([str(attributes["class"])])
        if tag == "td" and "colspan" not in attributes and "data-label" not in attributes:
            self.unlabelled.append(str(attributes))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"] or ""
        if tag not in VOID:
            self.open.append((tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if any(attributes.get("class") in ("good", "bad") for _, attributes in self.open):
            self.colours[-1].append(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def page_of(sample: Sample) -> str:
    """The page of a folder, with made-up versions."""
    return render_page(run_folder(sample.folder), PROVENANCE)


def spoil(sample: Sample) -> None:
    """Make tests of two files disagree, and a file differ from the manifest."""
    sample.write_manifest()
    sample.tests("jwe")[0]["plaintext"] = {"hex": "00"}
    sample.tests("exchange")[1]["stage"] = "token"
    sample.write("jwe")
    sample.write("exchange")


def element(page: str, anchor: str, end: str) -> str:
    """The part of a page from the element with an id to the next text `end`."""
    start = page.index(f'id="{anchor}"')
    return page[start : page.index(end, start)]


def test_the_page_is_well_formed_and_nothing_in_it_is_unescaped(
    sample: Sample, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markup is in every comment, note and intermediate value; here also in ids and outputs."""
    sample.write_manifest()
    sample.tests("jwe")[0] |= {"rule": MARKUP, "id": MARKUP, "plaintext": {"text": MARKUP}}
    sample.tests("fields")[0]["document"] = json.dumps({MARKUP: MARKUP, "a": [MARKUP]})
    sample.write("jwe")
    sample.write("fields")
    (sample.folder / "<img src=x>.json").write_text("{}")
    file = sample.folder.parent / "page.html"
    assert CommandResult(capsys, sample.folder, "--report", file).status == 2
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    assert set(page.tags) <= ELEMENTS
    assert "<script" not in text
    assert "<img" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert any("<script>alert(1)</script>" in text for text in page.texts)
    assert any("<img src=x>.json" in text for text in page.texts)
    assert not re.search(r"https?:|url\(|@import|file:|javascript:", text)


def test_every_link_leads_to_one_element_of_the_page(sample: Sample) -> None:
    spoil(sample)
    page = Page(page_of(sample))
    assert page.links
    assert [anchor for anchor, times in Counter(page.ids).items() if times > 1] == []
    assert set(page.links) <= set(page.ids)


def test_a_disagreement_leads_to_its_test_and_is_told_first(sample: Sample) -> None:
    assert "<details open>" not in page_of(sample)
    spoil(sample)
    page = page_of(sample)
    place = "jwe_v1.json tcId 1 jwe/sample/test-1 (S3.5)"
    linked = f'<li><a href="#jwe-1">{place}</a>'
    assert f"{linked}: expected valid, got valid with another plaintext</li>" in page
    assert page.index(linked) < page.index("<h2")
    test = element(page, "jwe-1", "</tbody>")
    assert "jwe/sample/test-1" in test
    assert "DISAGREES" in test
    assert "<details open>" in test
    assert page.count("DISAGREES") == page.count("<details open>") == 2
    assert "<li>jwe_v1.json does not match the manifest</li>" in page


def test_the_contents_lead_to_every_section(sample: Sample) -> None:
    sample.write_manifest()
    contents = page_of(sample).partition("<nav")[2].partition("</nav>")[0]
    page = page_of(sample)
    headings = re.findall(r'<h2 id="([a-z_-]+)">', page)
    assert re.findall('href="#([^"]+)"', contents) == headings
    assert headings[:5] == ["provenance", "files", "rules", "flags", "manifest"]
    assert headings[5:] == [f"file-{subject}" for subject in sample.files]


def test_the_rows_of_a_flag_are_told_file_by_file(sample: Sample) -> None:
    """Each file has a note of its own on a flag, with a rule of its own."""
    sample.files["jwe"]["notes"]["Fault"] = {"description": "about JWE", "rule": "S4.2"}
    sample.files["sealed"]["notes"]["Fault"] = {"description": "about files", "rule": "S14"}
    sample.write("jwe")
    sample.write("sealed")
    flags = element(page_of(sample), "flags", "<h2")
    jwe = flags.partition(">jwe_v1.json<")[2].partition("<h3>")[0]
    sealed = flags.partition(">sealed_v1.json<")[2]
    for part, rule, description in ((jwe, "S4.2", "about JWE"), (sealed, "S14", "about files")):
        row = part.partition('<th scope="row">Fault</th>')[2].partition("</tr>")[0]
        assert f'<td data-label="rule">{rule}</td>' in row
        assert f'<td data-label="description">{description}</td>' in row
        assert '<td data-label="tests">1</td>' in row


def test_a_rule_names_its_tests_and_those_that_disagree_unfolded(sample: Sample) -> None:
    spoil(sample)
    rules = element(page_of(sample), "rules", "<h2")
    row = rules.partition('href="#file-jwe"')[2].partition("</tr>")[0]
    unfolded, _, folded = row.partition("<details>")
    assert 'disagree:</span> <span class="id"><a href="#jwe-1">jwe/sample/test-1</a>' in unfolded
    assert '<a href="#jwe-2">' not in unfolded
    assert "<summary>2 tests</summary>" in folded
    assert '<a href="#jwe-1">' in folded
    assert '<a href="#jwe-2">jwe/sample/test-2</a>' in folded


def test_a_test_leads_to_its_twin(made: Sample) -> None:
    assert '<a href="#jwe-1">tcId 1</a>' in element(page_of(made), "jwe-2", "</tbody>")


@pytest.mark.parametrize("twin", [99, "1", True, [1], {"a": 1}])
def test_a_twin_that_is_not_there_is_no_link(twin: object, sample: Sample) -> None:
    sample.tests("jwe")[1]["twin"] = twin
    sample.write("jwe")
    page = Page(page_of(sample))
    assert set(page.links) <= set(page.ids)


WORDS = {"good": {"agree", "agrees"}, "bad": {"disagree", "DISAGREES", "disagree:"}}


def test_no_colour_says_what_the_words_do_not(sample: Sample) -> None:
    spoil(sample)
    coloured = [(name, "".join(words)) for name, *words in Page(page_of(sample)).colours]
    (problems,) = [text for name, text in coloured if name == "bad" and text not in WORDS["bad"]]
    assert "expected valid, got valid with another plaintext" in problems
    assert "does not match the manifest" in problems
    others = {(name, text) for name, text in coloured if text != problems}
    assert others == {
        ("bad", "disagree"),
        ("bad", "disagree:"),
        ("bad", "DISAGREES"),
        ("good", "agrees"),
    }


def test_the_page_tells_what_ran_and_when(made: Sample) -> None:
    facts = element(page_of(made), "provenance", "<h2")
    for name, value in (
        ("date", "2026-11-23 00:15:09 UTC"),
        ("PyNaCl", "1.2.3"),
        ("SHA-256 of the vectors", "a" * 64),
        ("SHA-256 of kmcrypto&#x27;s own files", "b" * 64),
    ):
        assert f'<th scope="row">{name}</th><td data-label="value">{value}</td>' in facts


def test_every_cell_says_its_column_where_the_heads_are_hidden(sample: Sample) -> None:
    """On a narrow screen a row is a card, and the head of a column stands in each cell."""
    spoil(sample)
    text = page_of(sample)
    assert Page(text).unlabelled == []
    style = text[text.index("<style>") : text.index("</style>")]
    assert "content: attr(data-label)" in style
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text


def test_the_policy_of_the_page_forbids_everything_but_its_style(made: Sample) -> None:
    page = page_of(made)
    style = page[page.index("<style>") + 7 : page.index("</style>")]
    hashed = b64encode(sha256(style.encode()).digest()).decode()
    rules = [rule.strip() for rule in Page(page).policy.split(";")]
    assert rules == [
        "default-src 'none'",
        f"style-src 'sha256-{hashed}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert " style=" not in page
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_headers_and_members_are_shown_one_by_one(made: Sample) -> None:
    page = page_of(made)
    for name, value in (
        ("headers: x-km-tran-time", "20261123091509"),
        ("project.ring.keys[0].platform", "platform_2048"),
        ("before[0].headers: X-KM-User-AspId", ASP_ID),
        ("settings.zones", "[]"),
    ):
        assert f'<th scope="row">{name}</th><td data-label="value">{value}</td>' in page


def test_a_long_value_is_cut_in_the_middle_and_says_its_length(sample: Sample) -> None:
    page = page_of(sample)
    assert f"{'ab' * 60} [... 1000 characters ...] {'ab' * 30}<" in page
    big = {"repeat": {"hex": "61", "times": 1 << 20}}
    test = sample.tests("jwe")[0]
    test["plaintext"] = big
    sample.write("jwe")
    assert len(page_of(sample)) < len(page) + 3000


@pytest.mark.slow
def test_the_page_of_the_real_vectors_is_well_formed_and_light(real: Path) -> None:
    done = run_folder(real)
    text = render_page(done, find_provenance(real))
    page = Page(text)
    tests = [
        f"{verdict.file.removesuffix('_v1.json')}-{verdict.test['tcId']}"
        for verdict in done.verdicts
    ]
    assert set(tests) <= set(page.ids)
    assert set(page.links) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert len(text) < 6000 * len(done.verdicts)
