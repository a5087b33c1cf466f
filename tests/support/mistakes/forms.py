"""A draft as people have it: HTTP text, a curl command line or output, HAR, JSON, or values."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Callable
from typing import Any

from kmcrypto.tools.diagnose.message import Answer, Exchange, Request
from kmcrypto.tools.diagnose.readers.any_form import read_exchange
from tests.support.mistakes.draft import Draft, Sent

OUR_LINE = re.compile(r"(HTTP_)?X[-_]KM[-_]", re.IGNORECASE)


def write(draft: Draft) -> bytes | Exchange:
    """The draft in a random one of the forms that can carry it."""
    names = list(FORMS)
    if draft.mistake is not None and draft.mistake.forms:
        names = list(draft.mistake.forms)
    fitting = [name for name in names if _fits(draft, name)]
    return FORMS[draft.rng.choice(fitting)](draft)


def _fits(draft: Draft, form: str) -> bool:
    if form in ("headers", "curl configuration"):
        lines = _header_lines(draft)
        if draft.method != "POST" or not any(OUR_LINE.match(line) for line in lines):
            return False
    if form in ("curl", "curl configuration"):
        has_line_ends = any("\n" in value or not value for _, value in draft.headers)
        is_text = _text(draft.body) is not None
        return is_text and not has_line_ends and not draft.has_answer and not draft.needs_earlier
    if form == "curl output":
        return not draft.needs_earlier and all("\n" not in value for _, value in draft.headers)
    if form in ("bare http", "headers", "json value"):
        is_told_by_body = draft.mistake is not None and draft.mistake.step != "headers"
        return not is_told_by_body and not draft.needs_earlier
    if form in ("http", "json"):
        return not draft.needs_earlier
    return True


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeError:
        return None


def http_text(draft: Draft) -> bytes:
    line_end = draft.rng.choice(["\r\n", "\n"])
    length = len(draft.body) if draft.content_length is None else draft.content_length
    lines = [f"{draft.method} {draft.target} HTTP/1.1", "Host: api.invalid"]
    lines += [f"{name}: {value}" for name, value in draft.headers]
    lines.append(f"Content-Length: {length}")
    data = line_end.join(lines).encode("latin-1") + (line_end * 2).encode() + draft.body
    if draft.has_answer:
        data += line_end.encode() + _http_answer(draft, line_end)
    elif draft.content_length is None and draft.rng.random() < 0.5:
        data += b"\n"  # an editor's
    return data


def bare_http_text(draft: Draft) -> bytes:
    """Without Content-Length, and perhaps with the line feed of an editor."""
    lines = [f"{draft.method} {draft.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in draft.headers]
    head = "\n".join(lines).encode("latin-1")
    return head + b"\n\n" + draft.body + draft.rng.choice([b"", b"\n", b"\r\n"])


def headers_and_body(draft: Draft) -> bytes:
    """Without a request line, as `kmcrypto sign` writes it."""
    head = "\n".join(_header_lines(draft)).encode("latin-1")
    return head + b"\n\n" + draft.body


def _header_lines(draft: Draft) -> list[str]:
    return [f"{name}: {value}" for name, value in draft.headers]


def json_value(draft: Draft) -> bytes:
    """The body as a value, as a log of parsed requests has it."""
    headers = [list(pair) for pair in draft.headers]
    document = {"method": draft.method, "headers": headers, "body": json.loads(draft.body)}
    return json.dumps(document, indent=2).encode()


def _http_answer(draft: Draft, line_end: str) -> bytes:
    lines = [f"HTTP/1.1 {draft.status} Status"]
    lines += [f"{name}: {value}" for name, value in draft.answer_headers]
    lines.append(f"Content-Length: {len(draft.answer_body)}")
    return line_end.join(lines).encode("latin-1") + (line_end * 2).encode() + draft.answer_body


def curl_command(draft: Draft) -> bytes:
    words = ["curl", "-sS", "-X", draft.method, f"https://api.invalid{draft.target}"]
    for name, value in draft.headers:
        words += ["-H", f"{name}: {value}"]
    if draft.body:
        words += [draft.rng.choice(["--data-raw", "--data-binary"]), draft.body.decode()]
    joint = draft.rng.choice([" ", " \\\n  "])
    return joint.join(map(shlex.quote, words)).encode()


def curl_configuration(draft: Draft) -> bytes:
    """As `kmcrypto sign --curl` writes it, and with the address that curl needs beside it."""
    lines = [_curl_option("header", f"{name}: {value}") for name, value in draft.headers]
    lines.append(_curl_option("url", f"https://api.invalid{draft.target}"))
    if draft.body:
        lines.append(_curl_option("data-raw", draft.body.decode()))
    return "\n".join(lines).encode() + b"\n"


def curl_output(draft: Draft) -> Exchange:
    """As `curl -v` prints it, and the body of the request, which is not in it."""
    lines = ["* Connected to api.invalid", f"> {draft.method} {draft.target} HTTP/1.1"]
    lines += [f"> {name}: {value}" for name, value in draft.headers]
    length = len(draft.body) if draft.content_length is None else draft.content_length
    lines += [f"> Content-Length: {length}", "> ", "* We are completely uploaded and fine"]
    data = "\r\n".join(lines).encode("latin-1")
    if draft.has_answer:
        head, body = _http_answer(draft, "\n").split(b"\n\n", 1)
        data += b"\n< " + head.replace(b"\n", b"\n< ") + b"\n< \n" + body
    return read_exchange(data + b"* Connection #0 left intact\n", body=draft.body)


def _curl_option(name: str, value: str) -> str:
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(character, escape)
    return f'{name} = "{value}"'


def har(draft: Draft) -> bytes:
    entries = [_har_entry(earlier, None) for earlier in draft.earlier]
    entries.append(_har_entry(draft.as_sent(), draft))
    return json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()


def _har_entry(sent: Sent, draft: Draft | None) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": sent.method,
        "url": f"https://api.invalid{sent.target}",
        "headers": _har_headers(sent.headers),
    }
    if sent.body:
        request["postData"] = {"mimeType": "application/json", **_har_body(sent.body)}
    response: dict[str, Any] = {"status": 0}
    if draft is None:
        response = {"status": sent.status, "headers": [], "content": _har_body(sent.answer_body)}
    elif draft.has_answer:
        response = {
            "status": draft.status,
            "headers": _har_headers(draft.answer_headers),
            "content": _har_body(draft.answer_body),
        }
    return {"request": request, "response": response}


def _har_headers(headers: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _har_body(body: bytes) -> dict[str, str]:
    text = _text(body)
    if text is None:
        return {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    return {"text": text}


def json_message(draft: Draft) -> bytes:
    names = [name for name, _ in draft.headers]
    as_object = len(set(names)) == len(names) and draft.rng.random() < 0.5
    document: dict[str, Any] = {
        "method": draft.method,
        "url": draft.target,
        "headers": dict(draft.headers) if as_object else [list(pair) for pair in draft.headers],
        **_json_body(draft.body),
    }
    if draft.has_answer:
        document["answer"] = {
            "status": draft.status,
            "headers": [list(pair) for pair in draft.answer_headers],
            **_json_body(draft.answer_body),
        }
    return json.dumps(document, ensure_ascii=draft.rng.random() < 0.5).encode()


def _json_body(body: bytes) -> dict[str, Any]:
    text = _text(body)
    if text is None:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return {"body": text}


def values(draft: Draft) -> Exchange:
    request = Request(draft.method, draft.target, draft.headers, draft.body)
    answer = None
    if draft.has_answer:
        answer = Answer(draft.status, draft.answer_headers, draft.answer_body)
    earlier = [
        Exchange(
            Request(sent.method, sent.target, sent.headers, sent.body),
            Answer(sent.status, sent.answer_headers, sent.answer_body),
        )
        for sent in draft.earlier
    ]
    return Exchange(request, answer, earlier)


FORMS: dict[str, Callable[[Draft], bytes | Exchange]] = {
    "http": http_text,
    "curl": curl_command,
    "curl configuration": curl_configuration,
    "curl output": curl_output,
    "har": har,
    "json": json_message,
    "bare http": bare_http_text,
    "headers": headers_and_body,
    "json value": json_value,
    "values": values,
}
