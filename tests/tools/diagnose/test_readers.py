"""The forms in which people have a request, and what is read of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kmcrypto.tools.common.failure import Unreadable
from kmcrypto.tools.diagnose.message import Exchange, Request
from kmcrypto.tools.diagnose.readers.any_form import read_exchange
from kmcrypto.tools.diagnose.readers.limits import MAX_INPUT
from kmcrypto.tools.messages.curl_config import format_curl


def request_of(data: str | bytes, **options: Any) -> Request:
    text = data.encode() if isinstance(data, str) else data
    request = read_exchange(text, **options).request
    assert request is not None
    return request


# --- HTTP text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_http_text_has_a_request_and_its_answer(end: str) -> None:
    lines = [
        *("POST /x HTTP/1.1", "A: 1", "A:  2 ", "Content-Length: 4", "", '{"":', ""),
        *("HTTP/1.1 400 Bad Request", "B: 3", "", "{}"),
    ]
    exchange = read_exchange(end.join(lines).encode())
    assert exchange.request is not None
    assert exchange.answer is not None
    assert exchange.request.method == "POST"
    assert exchange.request.target == "/x"
    assert exchange.request.headers == (("A", "1"), ("A", "2"), ("Content-Length", "4"))
    assert exchange.request.body == b'{"":'
    assert exchange.answer.status == 400
    assert exchange.answer.headers == (("B", "3"),)
    assert exchange.answer.body == b"{}"


@pytest.mark.parametrize(
    ("text", "body", "fidelity"),
    [
        ("POST / HTTP/1.1\nContent-Length: 2\n\n{}\n", b"{}", "bytes"),  # an editor's line feed
        ("POST / HTTP/1.1\nContent-Length: 3\n\n{}\n", b"{}\n", "bytes"),  # the sender's
        ("POST / HTTP/1.1\nContent-Length: 9\n\n{}", b"{}", "bytes"),  # cut
        ("POST / HTTP/1.1\nA: 1\n\n{}\n", b"{}\n", "text"),  # nobody's: it is not known
        ("POST / HTTP/1.1\nA: 1\n\n{}\nHTTP/1.1 200\n\n{}", b"{}", "text"),
        ("POST / HTTP/1.1\nContent-Length: x\n\n{}", b"{}", "text"),
        ("POST / HTTP/1.1\nContent-Length: 2\n\n{\n}\n", b"{\n}\n", "value"),  # HTTPie's
        ("POST / HTTP/1.1\nContent-Length: 2\n\n{\n}\nHTTP/1.1 200\n\n", b"{\n}", "value"),
        ("POST / HTTP/1.1\nContent-Length: 2\n\n{\n", b"{\n", "bytes"),
        ("POST / HTTP/1.1\nContent-Length: 8\n\n" + '{"a":"\u00e9"}', b'{"a":"\xc3\xa9', "bytes"),
        ("POST / HTTP/1.1\nA: 1", b"", "text"),
        ("POST / HTTP/1.1\n", b"", "text"),
    ],
)
def test_a_body_ends_where_its_length_says(text: str, body: bytes, fidelity: str) -> None:
    request = request_of(text)
    assert (request.body, request.fidelity) == (body, fidelity)


CHUNKS = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "body", "fidelity"),
    [
        ("1\r\n{\r\n1;a=b\r\n}\r\n0\r\n\r\n", b"{}", "bytes"),
        ("0\r\n\r\n", b"", "bytes"),
        ("{}", b"{}", "text"),  # put together already
        ("9\r\n{}", b"9\r\n{}", "text"),  # cut off
        ("2\r\n{}}", b"2\r\n{}}", "text"),
    ],
)
def test_a_body_in_chunks_is_put_together(text: str, body: bytes, fidelity: str) -> None:
    request = request_of(CHUNKS + text)
    assert (request.body, request.fidelity) == (body, fidelity)


def test_an_answer_may_follow_chunks() -> None:
    exchange = read_exchange(f"{CHUNKS}2\r\n{{}}\r\n0\r\n\r\nHTTP/1.1 200\r\n\r\n".encode())
    assert exchange.answer is not None
    assert exchange.answer.status == 200


def test_a_folded_value_keeps_its_line_end() -> None:
    request = request_of("POST / HTTP/1.1\r\nA: 1\r\n 2\r\n\t3\r\n\r\n")
    assert request.headers == (("A", "1\r\n 2\r\n\t3"),)


def test_an_answer_can_stand_alone() -> None:
    exchange = read_exchange(b"HTTP/2 200\ndate: x\n\n{}")
    assert exchange.request is None
    assert exchange.answer is not None
    assert exchange.answer.status == 200


@pytest.mark.parametrize("name", ["X-KM-Tran-Time", "x-km-tran-time", "HTTP_X_KM_TRAN_TIME"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_request_line_may_be_absent(name: str, end: str) -> None:
    request = request_of(end.join(["Host: a", f"{name}: 1", "", '{"a":1}']))
    assert (request.method, request.target) == ("", "")
    assert request.headers == (("Host", "a"), (name, "1"))
    assert (request.body, request.fidelity) == (b'{"a":1}', "text")


def test_a_request_line_that_is_absent_does_not_cost_the_first_header() -> None:
    request = request_of("X-KM-Tran-Time: 1\n 2\nA: 3")
    assert request.headers == (("X-KM-Tran-Time", "1\r\n 2"), ("A", "3"))
    assert request.body == b""


# --- curl ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "method", "headers", "body"),
    [
        ("curl https://a/x", "GET", (), b""),
        ("$ /usr/bin/curl -X DELETE 'https://a/x'", "DELETE", (), b""),
        ("user@host:~$ curl -X DELETE 'https://a/x'", "DELETE", (), b""),
        ("curl -H 'A: 1' --url https://a/x -o 5% -s", "GET", (("A", "1"),), b""),
        ("[root@host app]# curl https://a/x -H 'A: $ 1'", "GET", (("A", "$ 1"),), b""),
        ("curl -XPUT https://a/x -H 'A: 1' -H'B: 2'", "PUT", (("A", "1"), ("B", "2")), b""),
        ('curl \\\n  -H "A: 1" \\\r\n https://a/x', "GET", (("A", "1"),), b""),
        ("curl https://a/x -H 'Content-Type: j' -d '{}'", "POST", (("Content-Type", "j"),), b"{}"),
        (
            "curl https://a/x --data-raw '@{}'",
            "POST",
            (("Content-Type", "application/x-www-form-urlencoded"),),
            b"@{}",
        ),
        (
            "curl --json '{\"a\":' --json '1}' https://a/x",
            "POST",
            (("Content-Type", "application/json"),),
            b'{"a":1}',
        ),
        (
            "curl -H 'Content-Type: j' --data-raw $'{\"a\":\"\\u00e9\\'\\n\"}' https://a/x",
            "POST",
            (("Content-Type", "j"),),
            '{"a":"é\'\n"}'.encode(),
        ),
        ("curl -H 'A;' -H 'B:' https://a/x", "GET", (("A", ""),), b""),
        ("curl -sSL --compressed -u user:pass -o out -m 3 https://a/x", "GET", (), b""),
        ("curl -I --url https://a/x", "HEAD", (), b""),
        ("curl -A curl https://a/x", "GET", (), b""),
    ],
)
def test_a_command_makes_a_request(
    command: str, method: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    request = request_of(command)
    assert request.target == "https://a/x"
    assert (request.method, request.headers, request.body) == (method, headers, body)


def test_a_body_in_a_file_is_given_beside_the_command() -> None:
    command = "curl https://a/x -H 'Content-Type: j' --data-binary @body.json"
    request = request_of(command, body=b"{}\n")
    assert (request.method, request.body) == ("POST", b"{}\n")


CONFIG = """\
# A comment, and an empty line

header = "X-KM-Tran-Time: 1"
  --header "A: \\\\ \\" \\t \\q"\r
-H = "B: 2"
H: C:3 and no more
silent
url = https://a/x
"""


@pytest.mark.parametrize(
    ("lines", "method", "body"),
    [
        ("", "", b""),  # the command line may name a method
        (r'data-raw = "{\"a\":\"\\\\ \n \r \v é\"}"', "POST", '{"a":"\\\\ \n \r \v é"}'.encode()),
        ('data-raw = "@{}"', "POST", b"@{}"),
        ('request = "PUT"\ndata-binary = "{}"', "PUT", b"{}"),
        ('data = "{"\ndata = "}"', "POST", b"{&}"),
    ],
)
def test_a_configuration_of_curl_makes_a_request(lines: str, method: str, body: bytes) -> None:
    request = request_of(CONFIG + 'header = "Content-Type: j"\n' + lines)
    assert (request.method, request.target, request.body) == (method, "https://a/x", body)
    assert request.headers == (
        ("X-KM-Tran-Time", "1"),
        ("A", '\\ " \t q'),
        ("B", "2"),
        ("C", "3"),
        ("Content-Type", "j"),
    )


def test_a_configuration_is_read_as_sign_writes_it() -> None:
    body = bytes(range(1, 128)) + "é".encode()
    text = format_curl({"X-KM-Tran-Time": "1", "A": '\\"', "Content-Type": "j"}, body, None)
    request = request_of(text)
    assert request.headers == (("X-KM-Tran-Time", "1"), ("A", '\\"'), ("Content-Type", "j"))
    assert (request.method, request.target, request.body) == ("POST", "", body)


def test_a_file_that_a_configuration_names_is_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_bytes(b"another body")
    text = format_curl({"X-KM-Tran-Time": "1"}, b"", file)
    with pytest.raises(Unreadable, match="give that file, too, with --body"):
        read_exchange(text)
    assert request_of(text, body=b"{}").body == b"{}"


# --- The output of curl -v -----------------------------------------------------------------------

# As curl 7.88 prints it; the progress meter goes back to the start of its line.
OUTPUT = b"""\
  % Total    % Received % Xferd
\r  0     0    0     0*   Trying 192.0.2.1:443...
* Connected to a (192.0.2.1) port 443 (#0)
> POST /x HTTP/1.1\r
> A: 1\r
> Content-Length: 2\r
> \r
} [2 bytes data]
* We are completely uploaded and fine
< HTTP/1.1 100 Continue\r
< \r
< HTTP/1.1 400 Bad Request\r
< B: 3\r
< \r
{ [13 bytes data]
\r100  1110  100   621
* TLSv1.3 (IN), TLS handshake
{"a":1}* Connection #0 to host a left intact
"""


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_the_output_of_curl_has_headers_and_the_answer(ends: bytes) -> None:
    exchange = read_exchange(OUTPUT.replace(b"\r\n", ends), body=b"{}")
    assert exchange.request is not None
    assert exchange.answer is not None
    assert (exchange.request.method, exchange.request.target) == ("POST", "/x")
    assert exchange.request.headers == (("A", "1"), ("Content-Length", "2"))
    assert (exchange.request.body, exchange.request.fidelity) == (b"{}", "bytes")
    assert (exchange.answer.status, exchange.answer.headers) == (400, (("B", "3"),))
    assert exchange.answer.body == b'{"a":1}\n'


def test_the_last_request_of_the_output_is_read_and_those_before_it() -> None:
    lines = [
        *("> POST /x HTTP/1.1", "> Content-Length: 2", ">"),
        *("< HTTP/1.1 302 Found", "< Content-Length: 9", "<", "* Ignoring the response-body"),
        *("> GET /y HTTP/1.1", ">"),
        *("< HTTP/1.1 302 Found", "< Content-Length: 9", "<"),
    ]
    exchange = read_exchange("\n".join(lines).encode())
    assert exchange.request is not None
    assert (exchange.request.method, exchange.request.target) == ("GET", "/y")
    assert [each.answer.status for each in exchange.earlier if each.answer] == [302]


def test_the_command_may_stand_above_its_output() -> None:
    command = b"$ curl -v https://a/x -H 'A: 1' \\\n -H 'Content-Type: j' -d '{}'\n"
    output = OUTPUT[OUTPUT.index(b"* Connected") :]
    exchange = read_exchange(command + b"* Issuer: Let's Encrypt\n" + output)
    assert exchange.request is not None
    assert exchange.answer is not None
    assert exchange.request.headers == (("A", "1"), ("Content-Type", "j"))
    assert exchange.request.body == b"{}"
    assert (exchange.answer.status, exchange.answer.body) == (400, b'{"a":1}\n')


def test_the_output_may_have_an_answer_alone() -> None:
    exchange = read_exchange(b"* Connected\n< HTTP/2 502 \n< B: 3\n<\n<html>\n</html>\n* End\n")
    assert exchange.request is None
    assert exchange.answer is not None
    assert (exchange.answer.status, exchange.answer.headers) == (502, (("B", "3"),))
    assert exchange.answer.body == b"<html>\n</html>\n"


# --- HAR and JSON --------------------------------------------------------------------------------


def har(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"entries": list(entries)}})


def entry(body: str, *headers: str, **others: Any) -> dict[str, Any]:
    pairs = [{"name": name, "value": "1"} for name in headers]
    request = {"method": "POST", "url": "https://a/x", "headers": pairs, "postData": {"text": body}}
    return {"request": request, "startedDateTime": "2026-11-23T00:15:09.123Z", **others}


def test_the_last_entry_with_our_headers_is_read_and_those_before_it() -> None:
    data = har(entry("1", "X-KM-Tran-Time"), entry("2", "x_km_tran_time"), entry("3", "Accept"))
    exchange = read_exchange(data.encode())
    assert exchange.request is not None
    assert exchange.request.body == b"2"
    assert exchange.request.started_ms == 1_795_392_909_123
    assert [each.request.body for each in exchange.earlier if each.request] == [b"1"]
    assert request_of(data, entry=3).body == b"3"


def test_a_har_has_bodies_in_base64_and_answers_that_never_came() -> None:
    failed = entry("1", response={"status": 0})
    content = {"text": "H4sI", "encoding": "base64"}
    answered = entry("2", response={"status": 200, "headers": [], "content": content})
    exchange = read_exchange(har(failed, answered).encode())
    assert exchange.answer is not None
    assert exchange.answer.body == b"\x1f\x8b\x08"
    assert exchange.earlier[0].answer is None


@pytest.mark.parametrize(
    ("document", "body", "fidelity"),
    [
        ({"headers": {"A": "1"}, "body": '{"a": 1}'}, b'{"a": 1}', "bytes"),
        ({"headers": [["A", "1"]], "body": {"a": 1}}, b'{"a":1}', "value"),
        ({"headers": {"A": ["1"]}, "body": "e30=", "isBase64Encoded": True}, b"{}", "bytes"),
        ({"headers": {"A": "1"}, "body_base64": "/w=="}, b"\xff", "bytes"),  # as sign writes it
        ({"headers": [{"name": "A", "value": 1}]}, b"", "bytes"),
        ({"request": {"headers": {"A": "1"}, "body": None}}, b"", "bytes"),
    ],
)
def test_json_has_headers_and_a_body(document: Any, body: bytes, fidelity: str) -> None:
    request = request_of(json.dumps(document))
    assert request.headers == (("A", "1"),)
    assert (request.method, request.body, request.fidelity) == ("", body, fidelity)


def test_json_with_a_status_is_an_answer() -> None:
    exchange = read_exchange(b'{"status": 200, "headers": {}, "body": "{}"}')
    assert exchange.request is None
    assert exchange.answer is not None
    assert exchange.answer.body == b"{}"


# --- What cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("", "it is empty"),
        ("\n", "it is empty"),
        ("> POST /x HTTP/1.1\n> Content-Length: 2\n>", "with --body"),
        ("> POST /x HTTP/1.1\n> Transfer-Encoding: chunked\n>\n< HTTP/1.1 200", "with --body"),
        ("> GET /x HTTP/1.1\n>\n< HTTP/1.1 200\n< Content-Length: 2\n<\n", "with 2>&1"),
        ("curl a\n> GET /\n>\n< HTTP/1.1 200\n< Content-Length: 2\n<\n", "with 2>&1"),
        ("> GET / HTTP/1.1\n" * 2001, "more than 2,000 requests"),
        ("> GET / HTTP/1.1\n> no header", "line 2 must be a header"),
        ("> POST /x\n> A: 1", "begins like none"),
        ("POST /x\n\n{}", "begins like none"),
        ("A: 1\nB: 2\n\n{}", "begins like none"),
        ("A: 1\n\nX-KM-Tran-Time: 1", "begins like none"),  # it is in the body
        ("what it is: 1\nX-KM-Tran-Time: 1\n\n{}", "begins like none"),  # no token
        ("POST /x HTTP/1.1\nno header\n", "line 2 must be a header"),
        ("POST /x HTTP/1.1\n" + "A: 1\n" * 501, "more than 500 headers"),
        ("curl 'https://a/x", "a quote or an escape does not end"),
        ('curl ^"https://a/x^"', "copy it for bash"),
        ('curl "https://a/x" ^\r\n -H "A: 1"', "copy it for bash"),
        ("curl https://a/x -H 'A: 1' ;\ncurl https://a/y", "it must be one command"),
        ("curl https://a/x -H", "the last option has no value"),
        ("curl https://a/x -d @body.json", "its body is in a file"),
        ("curl https://a/x -H @headers", "its headers are in a file"),
        ("curl https://a/x -F a=b", "does not send a body of JSON"),
        ("curl https://a/x -d $'\\ud800'", "names no character"),
        ('header = "X-KM-A: 1"\nheader = "B: 1', "the quote in line 2 does not end"),
        ('header = "X-KM-A: 1"\n{}', "line 2 must be an option of curl"),
        ('header = "X-KM-A: 1"\nheader = "@headers"', "its headers are in a file"),
        ('header = "X-KM-A: 1"\nform = "a=b"', "does not send a body of JSON"),
        ('header = "A: 1"\nurl = "https://a/x"', "begins like none"),
        ("{", "must be JSON"),
        ("{'headers': {}}", "a dict of Python: write it with json.dumps"),
        ("[1]", "begins like none"),
        ('{"a": 1}', "neither headers nor a log"),
        ("{" * 70, "64 levels"),
        ('{"headers": 1}', "headers must be"),
        ('{"headers": [1]}', "must be a pair"),
        ('{"headers": {"A": {}}}', "must be text"),
        ('{"headers": {}, "body": "!", "isBase64Encoded": true}', "must be base64"),
        ('{"headers": {}, "body": "\\ud800"}', "half a surrogate"),
        ('{"headers": {}, "body": NaN}', "strict JSON"),
        ('{"headers": {}, "method": 1}', "the member method must be of type str"),
        ('{"log": {"entries": []}}', "1 to 2,000 entries"),
        ('{"log": {"entries": [1]}}', "an entry must be an object"),
        ('{"log": {"entries": [{}]}}', "an entry must have a request"),
        ('{"log": {"entries": [{"request": {"headers": [1]}}]}}', "a header must be an object"),
    ],
)
def test_what_cannot_be_read_is_said_without_repeating_it(data: str, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        read_exchange(data.encode())


@pytest.mark.parametrize(
    ("data", "helps"),
    [
        ("A: 1\r\nB: 2\r\n\r\n{}", True),
        ("POST /x\nA: 1\n\n{}", True),  # without a version
        ("what is it?", False),
        ("<html>", False),
        ("", False),
    ],
)
def test_the_error_says_where_a_request_line_helps(data: str, helps: bool) -> None:
    with pytest.raises(Unreadable) as caught:
        read_exchange(data.encode())
    advice = "put a request line such as POST /path HTTP/1.1 before the headers"
    assert str(caught.value).endswith(advice) == helps


def test_the_advice_is_right() -> None:
    request = request_of("POST /path HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n{}")
    assert request.headers == (("A", "1"), ("B", "2"))


def test_an_entry_that_is_not_there_is_named() -> None:
    with pytest.raises(Unreadable, match="entries 1 to 1"):
        read_exchange(har(entry("1")).encode(), 2)


def test_a_file_has_a_limit() -> None:
    with pytest.raises(Unreadable, match="16 MiB"):
        read_exchange(bytes(MAX_INPUT + 1))


@pytest.mark.parametrize("text", ["POST / HTTP/1.1", "X-KM-A: 1", "curl a", '{"headers": {}}'])
def test_a_byte_order_mark_is_an_editors(text: str) -> None:
    assert request_of(f"\ufeff{text}").headers == request_of(text).headers


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_what_powershell_writes_is_told_as_such(encoding: str) -> None:
    text = "\ufeffPOST / HTTP/1.1" if encoding == "utf-16-be" else "POST / HTTP/1.1"
    with pytest.raises(Unreadable, match="UTF-16, as PowerShell writes it: save it as UTF-8"):
        read_exchange(text.encode(encoding))


def test_a_configuration_has_a_limit() -> None:
    with pytest.raises(Unreadable, match="longer than 2 MiB"):
        read_exchange(b'header = "X-KM-A: 1"\n' + b"a\n" * (1 << 20))


def test_an_exchange_has_a_message() -> None:
    with pytest.raises(TypeError, match="a request or an answer"):
        Exchange(None)


def test_headers_are_a_mapping_or_pairs() -> None:
    pairs = (("A", "1"), ("B", "2"))
    assert Request("POST", "/", {"A": "1", "B": "2"}, b"").headers == pairs
    assert Request("POST", "/", [(b"A", b"1"), ("B", "2")], b"").headers == pairs
    wrong: list[Any] = [None, 1, ["A"], [("A", "1", "2")], [("A", 1)]]
    for headers in wrong:
        with pytest.raises(TypeError, match="header"):
            Request("POST", "/", headers, b"")
