"""Weakened copies of verify_independent.mjs: the vectors catch each of them by a wrong verdict.

So the proof does not rest on one implementation. A weakness is
a change of the program's text: a line, or several, in the place of others that occur once. A copy
that crashes has shown nothing: its line says "got error".
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import ROOT
from tests.support.processes import need, run
from tests.vectors.weaknesses.node import MORE_WEAKNESSES, NodeWeakness

pytestmark = pytest.mark.programs
VECTORS = ROOT / "vectors"
VERIFIER = VECTORS / "verify_independent.mjs"


def moved(name: str, subject: str, text: str, *, before: str) -> NodeWeakness:
    """A weakness that takes a step before another one, which stands above it."""
    source = VERIFIER.read_text(encoding="utf-8")
    between = source[source.index(before) : source.index(text)]
    assert between, f"{name}: the step stands there already"
    return NodeWeakness(name, subject, between + text, text + between)


SIZE = """\
    refuseIf(body.length > this.settings.maxBody, "headers", "the body is too long");
"""
EMPTY = """\
    refuseIf(body.length === 0 && !this.settings.allowEmptyBody, "headers", "an empty body");
"""
READ_HEADERS = """\
    const read = readRequestHeaders(request.headers, this.zones, !this.isCallback);
"""
AUTHENTICATE = """\
    this.authenticate(read, body);
"""
STATE = """\
    const isInactive = this.project.state === "inactive" && !this.settings.acceptInactive;
    refuseIf(isInactive, "key", "an inactive project key"); // S5.1
"""
TIME = """\
    this.checkTime(read);
"""
ENVELOPE = """\
    const payload = body.length === 0 ? new Map() : readPayload(body);
    const token = readEnvelope(payload);
    refuseIf(
      (token !== null) !== request.encrypted,
      "payload",
      "plain for encrypted, or the other way round",
    ); // S4.8
"""
KEY = """\
    const key = this.cryptoKey(read, request);
"""
CLAIM = """\
    const claim = this.makeClaim(read, request, key);
    this.takeClaim(claim);
"""
OPEN = """\
    const message =
      token === null ? { payload } : decryptMessage(token, this.privateKey(key), key.id);
"""
TOKEN = """\
  const token = parseToken(readRequired(headers, "x-km-tran-token", () => true)); // S1.5
"""
TRAN_TIME_HEADER = """\
  const tranTime = readRequired(headers, "x-km-tran-time", (text) => readSecond(text) !== null);
"""
KEY_ID_HEADER = """\
  const cryptoKeyId = readOptional(headers, "x-km-crypto-key-id", isCryptoKeyId); // S1.4
"""
ACCESS_KEY_HEADER = """\
  const accessKey = readOptional(headers, "x-km-access-key", isAccessKey); // S1.3
"""
KM_PATH = """\
  refuseIf(jwe.header.has("km-path"), "decrypt", "a field in a message's place"); // S9.4
"""
DECRYPT_KID = """\
  refuseIf(
    kid !== null && jwe.header.has("kid") && jwe.header.get("kid") !== kid,
    "decrypt",
    "another kid",
  ); // S4.4
"""
ANSWER_HEADERS = """\
  const read = readAnswerHeaders(answer.headers);
"""
ANSWER_SIZE = """\
  refuseIf(body.length > settings.maxBody, "headers", "the answer is too long");
"""
ANSWER_BODY = """\
  let payload = refuseAsNoAnswer(() => readPayload(body));
"""
ANSWER_RESULT = """\
  if (token === null) readResultCode(payload);
"""
ANSWER_DUE = """\
  refuseIf(token !== null && !answer.encrypted, "payload", "encrypted where plain is expected");
"""
RESULT = """\
  checkResult(readResultCode(payload), answer.status, token !== null || !answer.encrypted);
"""
ECHO = """\
  const echoed = sameCorrelationId(read.correlationId ?? "", asked.get("x-km-correlation-id"));
  refuseIf(answer.requireEcho && !echoed, "headers", "another correlation id"); // S1.9
"""
CODE = """\
  refuseIf(code !== "000_000", "result", "another result", { resultCode: code });
"""
PLAIN_SUCCESS = """\
  refuseIf(!isProtected, "payload", "a success that is plain where encrypted is expected");
"""
STATUS = """\
  refuseIf(status !== 200, "result", "000_000 with another status");
"""
FIELD_PLACE = """\
  refuseIf(jwe.header.get("km-path") !== path, "decrypt", "another place");
"""
UNIQUE = 'claimOn("kmcrypto unique claim:", retentionS)'
PLAIN_SCOPE = "`kmcrypto plain claim:${accessKey}${correlationId.toLowerCase()}`"
ENCRYPTED_SCOPE = "`kmcrypto encrypted claim:${this.firstOfPair(key)}`"
KEY_OF_CLAIM = 'key: sha256(scope, token.mac).toString("hex"),'
PLAIN_LIFETIME = "Math.max(1, Math.ceil(2 * this.settings.toleranceS))"
OWNER = 'owner: sha256("kmcrypto owner:", accessKey).toString("hex", 0, 8),'
TAKEN = "(this.claims.get(claim.key) ?? 0) > this.clockMs"
SENDER_KNOWN = """\
    this.isSenderKnown = true;
"""
REFUSE = """return this.isSenderKnown && REFUSALS.includes(stage) ? stage : "unauthenticated";"""

ORDER = [
    moved("the headers before the size", "order", READ_HEADERS, before=SIZE),
    moved("the headers before an empty body", "order", READ_HEADERS, before=EMPTY),
    moved("the token before the access key", "order", TOKEN, before=ACCESS_KEY_HEADER),
    moved("the token before the crypto key id", "order", TOKEN, before=KEY_ID_HEADER),
    moved("the token before all headers", "order", TOKEN, before=TRAN_TIME_HEADER),
    NodeWeakness(
        "the times behind the sender",
        "order",
        "Math.abs(readSecond(tranTime) - token.second) > 5,",
        "false,",
    ),
    NodeWeakness(
        "the state before the sender",
        "order",
        AUTHENTICATE,
        """    refuseIf(this.project.state === "inactive", "key", "an inactive project key");
"""
        + AUTHENTICATE,
    ),
    moved("the tolerance before the sender", "order", TIME, before=AUTHENTICATE),
    moved("the tolerance before the state", "order", TIME, before=STATE),
    moved("the envelope before the sender", "order", ENVELOPE, before=AUTHENTICATE),
    moved("the envelope before the tolerance", "order", ENVELOPE, before=TIME),
    moved("the crypto key before the envelope", "order", KEY, before=ENVELOPE),
    moved("the crypto key before the tolerance", "order", KEY, before=TIME),
    moved("the JWE before the claim", "order", OPEN, before=CLAIM),
    NodeWeakness(
        "the claim before the crypto key",
        "order",
        KEY,
        """    const { ring } = this.project;
    const early = this.makeClaim(read, request, findKey(ring, ring.primary));
    refuseIf(this.claims.has(early.key), "replay", "taken before");
"""
        + KEY,
    ),
    NodeWeakness(
        "the plaintext before the kid",
        "order",
        DECRYPT_KID + "  const cek = unwrapKey(jwe, privateKey);\n"
        "  return { plaintext: decryptContent(jwe, cek), cek };",
        "  const cek = unwrapKey(jwe, privateKey);\n"
        "  const plaintext = decryptContent(jwe, cek);\n"
        "  readPayload(plaintext);\n" + DECRYPT_KID + "  return { plaintext, cek };",
    ),
    NodeWeakness(
        "the plaintext before km-path",
        "order",
        KM_PATH + "  const { plaintext, cek } = decryptJwe(jwe, privateKey, kid);\n",
        "  const { plaintext, cek } = decryptJwe(jwe, privateKey, kid);\n"
        "  readPayload(plaintext);\n" + KM_PATH,
    ),
    moved("an answer is parsed before it is measured", "order", ANSWER_BODY, before=ANSWER_SIZE),
    moved("an answer's headers before its body", "order", ANSWER_HEADERS, before=ANSWER_BODY),
    moved("an answer's headers before its result", "order", ANSWER_HEADERS, before=ANSWER_RESULT),
    moved("what is due before an answer's headers", "order", ANSWER_DUE, before=ANSWER_HEADERS),
    moved("the echo before the result", "order", ECHO, before=RESULT),
    moved("the status before the code", "order", PLAIN_SUCCESS + STATUS, before=CODE),
    moved("the status before the protection", "order", STATUS, before=PLAIN_SUCCESS),
    NodeWeakness("the place of a field is not looked at", "order", FIELD_PLACE, ""),
    NodeWeakness(
        "the last field first",
        "order",
        "for (const [path, value] of values) {\n    if (mustBeFields.has(path)",
        "for (const [path, value] of [...values].reverse()) {\n    if (mustBeFields.has(path)",
    ),
    NodeWeakness(
        "the contents from the last field on",
        "order",
        "for (const [path, jwe] of fields) {",
        "for (const [path, jwe] of [...fields].reverse()) {",
    ),
    NodeWeakness("a stranger is told the stage", "order", REFUSE, "return stage;"),
    NodeWeakness(
        "the sender is known before the MAC is verified",
        "order",
        READ_HEADERS,
        SENDER_KNOWN + READ_HEADERS,
    ),
]

CLAIMS = [
    NodeWeakness("no label of unique bodies", "claims", UNIQUE, 'claimOn("", retentionS)'),
    NodeWeakness(
        "unique bodies have the label of plain ones",
        "claims",
        UNIQUE,
        'claimOn("kmcrypto plain claim:", retentionS)',
    ),
    NodeWeakness(
        "no label of plain requests",
        "claims",
        PLAIN_SCOPE,
        PLAIN_SCOPE.replace("kmcrypto plain claim:", ""),
    ),
    NodeWeakness("no access key", "claims", PLAIN_SCOPE, PLAIN_SCOPE.replace("${accessKey}", "")),
    NodeWeakness(
        "no correlation id",
        "claims",
        PLAIN_SCOPE,
        PLAIN_SCOPE.replace("${correlationId.toLowerCase()}", ""),
    ),
    NodeWeakness(
        "the correlation id as written",
        "claims",
        PLAIN_SCOPE,
        PLAIN_SCOPE.replace(".toLowerCase()", ""),
    ),
    NodeWeakness(
        "no key id",
        "claims",
        ENCRYPTED_SCOPE,
        ENCRYPTED_SCOPE.replace("${this.firstOfPair(key)}", ""),
    ),
    NodeWeakness(
        "the key id that was named",
        "claims",
        ENCRYPTED_SCOPE,
        ENCRYPTED_SCOPE.replace("this.firstOfPair(key)", "key.id"),
    ),
    NodeWeakness("no MAC", "claims", KEY_OF_CLAIM, 'key: sha256(scope).toString("hex"),'),
    NodeWeakness(
        "the MAC in hex",
        "claims",
        KEY_OF_CLAIM,
        'key: sha256(scope, token.mac.toString("hex")).toString("hex"),',
    ),
    NodeWeakness(
        "the MAC first", "claims", KEY_OF_CLAIM, 'key: sha256(token.mac, scope).toString("hex"),'
    ),
    NodeWeakness("one tolerance", "claims", PLAIN_LIFETIME, PLAIN_LIFETIME.replace("2 * ", "")),
    NodeWeakness("600 s for all plain requests", "claims", PLAIN_LIFETIME, "600"),
    NodeWeakness(
        "0 s without a tolerance", "claims", PLAIN_LIFETIME, "2 * this.settings.toleranceS"
    ),
    NodeWeakness("the retention for plain requests", "claims", PLAIN_LIFETIME, "retentionS"),
    NodeWeakness(
        "a day for unique bodies", "claims", UNIQUE, UNIQUE.replace("retentionS", "86_400")
    ),
    NodeWeakness("no second of grace", "claims", "const GRACE_S = 1;", "const GRACE_S = 0;"),
    NodeWeakness("two seconds of grace", "claims", "const GRACE_S = 1;", "const GRACE_S = 2;"),
    NodeWeakness("a claim is still taken at its end", "claims", TAKEN, TAKEN.replace(">", ">=")),
    NodeWeakness("a claim is taken for ever", "claims", TAKEN, "this.claims.has(claim.key)"),
    NodeWeakness("a claim blocks nothing", "claims", TAKEN, "false"),
    NodeWeakness("one owner for all", "claims", OWNER, OWNER.replace(", accessKey", "")),
    NodeWeakness(
        "the owner without its label", "claims", OWNER, OWNER.replace('"kmcrypto owner:", ', "")
    ),
    moved("the claim behind the JWE", "claims", OPEN, before=CLAIM),
    NodeWeakness(
        "unique bodies as plain ones", "claims", "if (uniqueBody) return", "if (false) return"
    ),
    NodeWeakness(
        "plain requests as unique ones", "claims", "if (uniqueBody) return", "if (true) return"
    ),
]
WEAKNESSES = [*ORDER, *CLAIMS, *MORE_WEAKNESSES]


def verdicts(program: Path, subject: str) -> list[str]:
    """The lines that a program has for the tests that it does not agree with."""
    need("node")
    _, out, err = run("node", str(program), str(VECTORS), subject)
    assert err == b""
    return [line for line in out.decode().splitlines() if line.startswith(f"{subject}: tcId ")]


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=lambda row: f"{row.subject}: {row.name}")
def test_a_weakened_verifier_is_caught_by_a_wrong_verdict(
    weakness: NodeWeakness, tmp_path: Path
) -> None:
    source = VERIFIER.read_text(encoding="utf-8")
    assert source.count(weakness.before) == 1, "the text that it changes must occur once"
    program = tmp_path / "weakened.mjs"
    program.write_text(source.replace(weakness.before, weakness.after), encoding="utf-8")
    wrong = verdicts(program, weakness.subject)
    assert [line for line in wrong if ", got error: " not in line] != []


def test_a_verifier_that_is_not_weakened_agrees() -> None:
    for subject in sorted({weakness.subject for weakness in WEAKNESSES}):
        assert verdicts(VERIFIER, subject) == []


def test_every_weakness_has_a_name_of_its_own() -> None:
    names = [(weakness.subject, weakness.name) for weakness in WEAKNESSES]
    assert len(set(names)) == len(names)
