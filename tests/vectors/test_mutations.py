"""Faults that somebody could make: each is put into a copy of the package, and a probe must notice it.

A mutation is one textual change; one whose text is no longer there fails, so the list keeps up with the code. The
probes are few and plain on purpose: what they show is that the checks that matter can't be lost unseen.
"""

from __future__ import annotations

import base64
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from functools import partial
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt
from nacl.pwhash import argon2id

import kmcrypto
from tests.keys.test_key_text import (
    PASSWORD as STORE_PASSWORD,
    certificate_of,
    key_bag,
    key_store,
    pss,
    roca_primes,
    usage,
)
from tests.keys.test_loading import public_pem
from tests.signing.test_correlation import ids_of_a_child
from tests.support import ACCESS_KEY, ASP_ID, KEY_ID, NOW_NS, OTHER_KEY_ID, SECRET, STANDARD_BASE64

pytestmark = pytest.mark.once
PACKAGE = Path(kmcrypto.__file__).parent
BODY = b'{"cardNo":"made up"}'
SECOND = 10**9


@dataclass
class Keys:
    platform: rsa.RSAPrivateKey
    client: rsa.RSAPrivateKey


@pytest.fixture(scope="module")
def keys() -> Keys:
    """One pair for each side, shared by all copies."""
    return Keys(*(rsa.generate_private_key(65537, 2048) for _ in range(2)))


class World:
    """One project from both sides, in one copy `k` of the package, and what is asked of it."""

    def __init__(self, k: Any, keys: Keys) -> None:
        self.k, self.keys = k, keys
        self.now = NOW_NS
        self.key = self.project_key()
        ours = {"platform_public": keys.platform.public_key(), "client_private": keys.client}
        theirs = {"platform_private": keys.platform, "client_public": keys.client.public_key()}
        self.provider, self.platform = (self.project(halves) for halves in (ours, theirs))
        self.client = k.Client(self.provider, clock=self.clock)
        self.gateway = self.gate()

    def clock(self) -> int:
        return self.now

    def project_key(self, **changes: Any) -> Any:
        return self.k.ProjectKey(
            **{"asp_id": ASP_ID, "access_key": ACCESS_KEY, "secret_key": SECRET, **changes}
        )

    def project(self, halves: dict[str, Any], key: Any = None, **changes: Any) -> Any:
        first = self.k.CryptoKey.load(id=KEY_ID, **halves, **changes)
        second = self.k.CryptoKey.load(id=OTHER_KEY_ID, **halves)
        return self.k.Project(
            key or self.key, self.k.KeyRing([first, second], primary=OTHER_KEY_ID), zone=self.k.KST
        )

    def gate(self, project: Any = None, **settings: Any) -> Any:
        guard = self.k.MemoryReplayGuard()
        find = {ACCESS_KEY: project or self.platform}.get
        return self.k.Gateway(find, **{"replay_guard": guard, "clock": self.clock, **settings})

    def failure(self, call: Callable[[], object]) -> str:
        """The code of the package's error that a call ends in, or nothing."""
        try:
            call()
        except self.k.errors.KmCryptoError as error:
            return str(error.code)
        return ""

    def refused(self, call: Callable[[], object]) -> bool:
        """Whether a call ends in an error of the package's."""
        return self.failure(call) != ""

    def plain(self, body: bytes = BODY, **changes: str | None) -> tuple[dict[str, str], bytes]:
        """A plain request with some headers replaced, or left out."""
        headers = self.k.Signer(self.key, clock=self.clock).headers(body)
        headers.update({f"X-KM-{name.replace('_', '-')}": value for name, value in changes.items()})
        return {name: value for name, value in headers.items() if value is not None}, body

    def takes(self, request: tuple[Any, bytes], encrypted: bool = False, **settings: Any) -> bool:
        return not self.refused(lambda: self.gate(**settings).accept(*request, encrypted=encrypted))

    def opens(self, token: str, **options: Any) -> bool:
        return not self.refused(lambda: self.k.jwe.decrypt(token, self.keys.platform, **options))

    def token(
        self,
        *,
        more: str = "",
        cek: bytes = b"k" * 16,
        wrapped: bytes | None = None,
        iv: bytes = b"i" * 12,
        plaintext: bytes = BODY,
    ) -> str:
        """A genuine JWE around any CEK, IV, plaintext and further header members."""
        head = b64(f'{{"enc":"A128GCM","alg":"RSA-OAEP-256"{more}}}'.encode())
        oaep = OAEP(MGF1(SHA256()), SHA256(), None)
        ek = self.keys.platform.public_key().encrypt(cek, oaep) if wrapped is None else wrapped
        sealed = AESGCM(cek).encrypt(iv, plaintext, head.encode())
        return ".".join((head, b64(ek), b64(iv), b64(sealed[:-16]), b64(sealed[-16:])))

    def answer(self, body: bytes, status: int, encrypted: bool) -> bool:
        """Whether the client takes an answer."""
        request = self.client.seal({}, encrypted=False)
        headers = {"X-KM-Correlation-Id": str(request.correlation_id)}
        return not self.refused(
            lambda: self.client.open(status, headers, body, request=request, encrypted=encrypted)
        )


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def respelled(text: str) -> str:
    """Another base64 spelling of the same bytes: the unused bits of the last character set."""
    body = text.rstrip("=")
    last = STANDARD_BASE64.index(body[-1])
    return body[:-1] + STANDARD_BASE64[last | 1] + text[len(body) :]


def probe_tokens(w: World) -> bool:
    headers, _ = w.plain()
    token = headers["X-KM-Tran-Token"]
    parse = w.k.TranToken.parse
    return (
        not w.refused(lambda: parse(token).verify(SECRET, BODY))
        and w.refused(lambda: parse(respelled(token)))
        and w.refused(lambda: parse(token[:9] + "13" + token[11:]))
        and w.refused(lambda: parse(token[:21] + "\u0663" + token[22:]))
        and w.refused(lambda: parse("KMV2" + token[4:]))
        and w.refused(lambda: parse(token[:40] + "-" + token[41:]))
        and w.refused(lambda: parse(token[:40] + "\u0663" + token[41:]))
        and w.refused(lambda: parse(token + "\n"))
        and w.refused(lambda: parse(token).verify(SECRET, BODY + b" "))
    )


def probe_signer(w: World) -> bool:
    signer = w.k.Signer(w.key, clock=w.clock)
    made = [signer.headers(BODY, KEY_ID)]
    w.now += SECOND
    made += [signer.headers(BODY), signer.headers(BODY, OTHER_KEY_ID)]
    w.now -= SECOND // 2
    back = signer.headers(BODY)["X-KM-Tran-Token"]
    w.now = NOW_NS
    times = [int(headers["X-KM-Tran-Time"]) - int(made[0]["X-KM-Tran-Time"]) for headers in made]
    return (
        back[5:22] == "20261123091509623"
        and times == [0, 1, 1]
        and [headers.get("X-KM-Crypto-Key-Id") for headers in made]
        == [
            KEY_ID,
            None,
            OTHER_KEY_ID,
        ]
    )


def probe_card_numbers(w: World) -> bool:
    request = w.k.one_time_token.TokenRequest
    return not w.refused(lambda: request("1" * 16)) and w.refused(lambda: request("\uff11" * 16))


def probe_headers(w: World) -> bool:
    headers, body = w.plain()
    twice = [*headers.items(), ("x-km-tran-time", headers["X-KM-Tran-Time"])]
    kelvin = [*headers.items(), ("X-\u212aM-Tran-Time", "1")]
    asked = w.plain(Tran_Time="20261123091515")
    return (
        w.takes((headers, body))
        and w.takes((kelvin, body))
        and not w.takes((twice, body))
        and not w.takes(w.plain(User_AspId="ANOTHERPROVID01"))
        and not w.takes(w.plain(Access_Key=None))
        and not w.takes(w.plain(User_AspId=ASP_ID + "\n"))
        and not w.takes(asked)
        and not w.takes(({**headers, "X-KM-Other": "a\nb"}, body))
        and w.failure(lambda: w.gate().accept(*w.plain(Tran_Token=" "), encrypted=False))
        == "malformed-header"
    )


def probe_times(w: World) -> bool:
    request = w.plain()
    verdicts = []
    for offset in (-300, 300, -301, 301):
        w.now = NOW_NS + offset * SECOND
        verdicts.append(w.takes(request))
    w.now = NOW_NS
    return verdicts == [True, True, False, False]


def probe_replays(w: World) -> bool:
    sealed = w.client.seal({}, encrypted=True)
    again = {**sealed.headers, "X-KM-Correlation-Id": "261123091509-fffffff"}
    gateway, (headers, body) = w.gate(), w.plain()
    lower, upper = (
        {**headers, "X-KM-Correlation-Id": f"261123091509-{digits}"}
        for digits in ("abcdef0", "ABCDEF0")
    )
    gateway.accept(sealed.headers, sealed.body, encrypted=True)
    gateway.accept(lower, body, encrypted=False)
    small = w.k.MemoryReplayGuard(capacity=1)
    return (
        w.refused(lambda: gateway.accept(again, sealed.body, encrypted=True))
        and w.refused(lambda: gateway.accept(upper, body, encrypted=False))
        and small.claim(b"a", 60)
        and w.refused(lambda: small.claim(b"b", 60))
    )


def probe_protection(w: World) -> bool:
    sealed = w.client.seal({}, encrypted=True)
    success = b'{"response":{"code":"000_000"}}'
    no_json = [
        b'{"encData":"%s' % rest for rest in (b"}", b'abc"', b'a","encData":"b"}', b'a\nb"}')
    ]
    return (
        w.takes((sealed.headers, sealed.body), encrypted=True)
        and not w.takes((sealed.headers, sealed.body), encrypted=False)
        and not w.takes(w.plain(), encrypted=True)
        and not w.takes(w.plain(b""))
        and {
            w.failure(partial(w.gate().accept, *w.plain(body), encrypted=True)) for body in no_json
        }
        == {"malformed-payload"}
        and w.answer(success, 200, encrypted=False)
        and not w.answer(success, 200, encrypted=True)
        and not w.answer(success, 400, encrypted=False)
    )


def probe_keys(w: World) -> bool:
    theirs = {"platform_private": w.keys.platform, "client_public": w.keys.client.public_key()}
    idle = w.project(theirs, state=w.k.KeyState.INACTIVE)
    named = w.client.seal({}, encrypted=True)
    first = {**named.headers, "X-KM-Crypto-Key-Id": KEY_ID}
    gone = w.project(theirs, w.project_key(state=w.k.KeyState.DISCARDED))
    asleep = w.project(theirs, w.project_key(state=w.k.KeyState.INACTIVE))
    weak = rsa.generate_private_key(65537, 1024)
    stranger = w.keys.platform.public_key()
    return (
        w.takes((first, named.body), encrypted=True)
        and not w.takes(
            ({**named.headers, "X-KM-Crypto-Key-Id": "f" * 32}, named.body), encrypted=True
        )
        and not w.takes((first, named.body), encrypted=True, project=idle)
        and w.failure(lambda: w.gate(gone).accept(*w.plain(), encrypted=False))
        == "signature-mismatch"
        and not w.takes(w.plain(), project=asleep)
        and w.refused(lambda: w.k.CryptoKey.load(id=KEY_ID, client_private=weak))
        and w.failure(lambda: w.k.jwe.encrypt(b"", weak.public_key())) == "invalid-key"
        and w.failure(lambda: w.k.jwe.decrypt(w.token(), weak)) == "invalid-key"
        and w.refused(
            lambda: w.k.CryptoKey.load(
                id=KEY_ID, client_private=w.keys.client, client_public=stranger
            )
        )
        and w.refused(lambda: w.project_key(secret_key=SECRET + " "))
    )


def probe_key_texts(w: World) -> bool:
    """Key texts that look right and are not, once each."""

    def loads(**halves: Any) -> bool:
        return not w.refused(lambda: w.k.CryptoKey.load(id=KEY_ID, **halves))

    public = w.keys.client.public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem, signing = (
        public_pem(w.keys.client),
        certificate_of(w.keys.client, usage("digital_signature")),
    )
    modulus = b64(public.public_numbers().n.to_bytes(256, "big"))
    jwk = '{"kty":"RSA","use":"%s","e":"AQAB","n":"' + modulus + '"}'
    two_keys = key_store(key_bag(w.keys.client), key_bag(w.keys.platform))
    later = datetime(2100, 1, 1, tzinfo=timezone.utc)
    return (
        loads(client_public=pem)
        and not loads(client_public=pem + pem)
        and not loads(client_public=pem.replace(b"PUBLIC KEY", b"RSA PUBLIC KEY"))
        and not loads(client_public=der + b"\0")
        and loads(client_public=base64.b64encode(der))
        and not loads(client_public=base64.urlsafe_b64encode(der))
        and not loads(client_public=base64.b64encode(der) + b"=")
        and not loads(client_public=pss("public"))
        and not loads(client_public=signing)
        and not loads(client_public=certificate_of(w.keys.client), valid_at=later)
        and not loads(client_public=rsa.RSAPublicNumbers(65537, prod(roca_primes())).public_key())
        and loads(client_public=jwk % "enc")
        and not loads(client_public=jwk % "sig")
        and not loads(client_private=two_keys, password=STORE_PASSWORD)
        and not loads(client_public=pem, password="needless")
    )


def probe_rings(w: World) -> bool:
    load, states = w.k.CryptoKey.load, w.k.KeyState
    keys = [load(id=digit * 32, client_private=w.keys.client) for digit in "123"]
    ring = w.k.KeyRing(keys[:2], primary="1" * 32)
    gone = ring.with_state("2" * 32, states.DISCARDED)
    return (
        w.refused(lambda: ring.with_key(keys[2]))
        and gone.with_key(keys[2]).get("3" * 32) is keys[2]
        and w.refused(lambda: gone.with_state("2" * 32, states.ACTIVE))
        and w.refused(lambda: ring.with_state("1" * 32, states.INACTIVE))
        and ring.without("1" * 32 if ring.primary is keys[1] else "2" * 32).first_issued is keys[0]
    )


def probe_sealed(w: World) -> bool:
    sealed: Any = importlib.import_module(w.k.__name__ + ".keys.sealed")
    empty = sealed.Contents({"zone": "KST", "project_keys": [], "crypto_keys": [], "primary": None})
    key, salt, nonce, text = bytes(32), bytes(16), bytes(24), empty._text
    blob = sealed.seal(empty, key=key)
    head = blob[:30] + nonce
    later = blob[:4] + b"\x02" + blob[5:30] + nonce  # of a version to come
    stretched = argon2id.kdf(32, b"made up", salt, 1, 64 << 20)
    cheap = sealed._from_parts(
        text, sealed.Header.for_passphrase(sealed.Cost(1, 64 << 10), salt, nonce), stretched
    )
    return (
        not w.refused(lambda: sealed.unseal(blob, key=key))
        and not w.refused(lambda: sealed.unseal(head + encrypt(text, head, nonce, key), key=key))
        and w.refused(lambda: sealed.unseal(head + encrypt(text, b"", nonce, key), key=key))
        and w.refused(lambda: sealed.unseal(blob[:20] + b"\x01" + blob[21:], key=key))
        and w.refused(lambda: sealed.unseal(later + encrypt(text, later, nonce, key), key=key))
        and w.failure(lambda: sealed.unseal(cheap, passphrase="made up")) == "unsealing-failed"
        and w.refused(lambda: sealed.seal(empty, passphrase=""))
    )


class Untouchable:
    """A private key that a token must not get as far as."""

    key_size = 2048

    def public_key(self) -> rsa.RSAPublicKey:
        raise LookupError

    def decrypt(self, ciphertext: bytes, padding: object) -> bytes:
        raise LookupError


def probe_jwe(w: World) -> bool:
    good = w.token()
    head, ek, iv, ciphertext, tag = good.split(".")
    short = base64.urlsafe_b64decode(tag + "==")[:15]
    zeros = w.token(iv=bytes(12)).split(".")
    moved = base64.urlsafe_b64decode(ciphertext + "==")
    dashes = w.token(iv=b"\xfb" * 12).split(".")
    long = os.urandom(100_001)
    return (
        w.opens(good)
        and w.k.jwe.decrypt(w.k.jwe.encrypt(long, w.keys.platform.public_key()), w.keys.platform)
        == long
        and not w.opens(f"{good}.")
        and not w.opens(
            ".".join(
                (
                    head,
                    ek,
                    iv,
                    b64(moved[:-1]),
                    b64(moved[-1:] + base64.urlsafe_b64decode(tag + "==")),
                )
            )
        )
        and w.opens(".".join(dashes))
        and not w.opens(".".join((*dashes[:2], dashes[2].replace("-", "+"), *dashes[3:])))
        and not w.opens(w.token(plaintext=b"").replace("..", "."))
        and not w.opens(".".join((*zeros[:2], "!", *zeros[3:])))
        and w.refused(
            lambda: w.k.jwe.decrypt(".".join((head, ek, iv, "", ciphertext, tag)), Untouchable())
        )
        and w.opens(w.token(more=f',"kid":"{KEY_ID}"'), kid=KEY_ID)
        and not w.opens(w.token(more=f',"kid":"{KEY_ID}"'), kid=OTHER_KEY_ID)
        and not w.opens(w.token(more=',"zip":"DEF"'))
        and not w.opens(w.token(more=',"crit":["x"],"x":1'))
        and not w.opens(w.token(more=',"jwk":null'))
        and not w.opens(w.token(more=',"alg":"RSA-OAEP-256"'))
        and not w.opens(w.token(more=',"x":NaN'))
        and not w.opens(w.token(more=',"x":' + "[" * 80 + "]" * 80))
        and not w.opens(w.token(iv=b"i" * 16))
        and not w.opens(w.token(cek=b"k" * 32))
        and not w.opens(w.token(cek=bytes(16), wrapped=b"\x01" * 256))
        and not w.opens(".".join((head, ek, iv, ciphertext, b64(short))))
        and not w.opens(".".join((head, ek, iv, ciphertext, respelled(tag))))
        and not w.opens(".".join((head, ek, iv, f"!!!!{ciphertext}", tag)))
        and not w.opens(good + "==")
        and not w.opens(good, max_length=len(good) - 1)
        and w.refused(
            lambda: w.k.decrypt_message(
                b'{"encData":"%s"}' % w.token(more=',"km-path":"$"').encode(), w.keys.platform
            )
        )
    )


def probe_callbacks(w: World) -> bool:
    sealed = w.k.CallbackSender(w.platform, clock=w.clock).seal({}, encrypted=True)
    receiver = w.k.CallbackReceiver(w.provider, clock=w.clock)
    with_key = {**sealed.headers, "X-KM-Access-Key": ACCESS_KEY}
    other = {**sealed.headers, "X-KM-Crypto-Key-Id": OTHER_KEY_ID}
    return (
        not w.refused(
            lambda: receiver.open(receiver.verify(sealed.headers, sealed.body, encrypted=True))
        )
        and w.refused(lambda: receiver.verify(with_key, sealed.body, encrypted=True))
        and w.refused(lambda: receiver.verify(other, sealed.body, encrypted=True))
    )


def probe_ids(w: World) -> bool:
    at = w.k.Instant.now(w.k.KST, clock=w.clock)
    source, lane = w.k.CorrelationIdSource(), w.k.CorrelationIdSource(lane=3, lanes=16)
    drawn = [str(source.next(at)) for _ in range(50)]
    same_second = all(text[:12] == "261123091509" for text in drawn)
    return len(set(drawn)) == 50 and str(lane.next(at))[13] == "3" and same_second


def probe_forks(w: World) -> bool:
    signer = w.k.Signer(w.key, clock=w.clock)

    def draw() -> list[str]:
        return [signer.headers(BODY)["X-KM-Correlation-Id"] for _ in range(5)]

    return not hasattr(os, "fork") or len({*draw(), *ids_of_a_child(draw), *draw()}) == 15


def probe_fields(w: World) -> bool:
    """Fields come back, and nothing else passes for one."""
    first, cipher = ["$.a", "$.b[-1]"], w.k.FieldCipher
    seals, gateway = cipher.for_client(w.provider.ring, first), cipher.for_gateway
    opens = gateway(w.platform.ring, first)
    document = {"a": Decimal("1.10"), "b": ["in front", "x"]}
    made, other = (seals.encrypt(document).document for _ in range(2))
    tied = seals.encrypt(document, "r1").document
    swapped = {"a": made["b"][1], "b": ["in front", made["a"]]}
    strange = w.k.KeyRing([w.k.CryptoKey.load(id="f" * 32, client_private=w.keys.client)])
    theirs = {"platform_private": w.keys.platform, "client_public": w.keys.client.public_key()}
    asleep = w.project(theirs, state=w.k.KeyState.INACTIVE).ring.with_primary(OTHER_KEY_ID)
    old = cipher.for_client(w.provider.ring.with_primary(KEY_ID), first).encrypt(document).document
    many = [
        cipher.for_client(w.provider.ring, ["$[*]"]).encrypt([n] * 17).document[n]
        for n in range(17)
    ]
    back = opens.decrypt(made).document
    return (
        repr(back) == repr(document)
        and made["b"][0] == "in front"
        and len({token.split(".")[2] for token in (made["a"], made["b"][1], other["a"])}) == 3
        and opens.decrypt(tied, "r1").document == document
        and w.failure(lambda: opens.decrypt(tied, "r2")) == "decryption-failed"
        and w.failure(lambda: opens.decrypt(tied)) == "decryption-failed"
        and w.failure(lambda: opens.decrypt(swapped)) == "decryption-failed"
        and w.failure(lambda: opens.decrypt({**made, "a": 1})) == "wrong-protection"
        and w.failure(
            lambda: gateway(w.platform.ring, ["$.a", "$.*"], plain=["$.*"]).decrypt({"a": 1})
        )
        == "wrong-protection"
        and w.failure(lambda: opens.decrypt({"a": made["a"], "b": []})) == "malformed-payload"
        and w.refused(
            lambda: cipher.for_client(w.provider.ring, ["$.b", "$.b[0]"]).encrypt(document)
        )
        and w.failure(lambda: cipher.for_client(strange, first).decrypt(made))
        == "unknown-crypto-key"
        and w.failure(lambda: gateway(asleep, first).decrypt(old)) == "inactive-key"
        and w.failure(lambda: gateway(w.platform.ring, ["$[*]"]).decrypt(many))
        == "malformed-payload"
    )


def probe_refusals(w: World) -> bool:
    early = [
        w.k.errors.MissingHeader("x"),
        w.k.errors.SignatureMismatch(),
        w.k.errors.TimesDisagree("x"),
    ]
    told = {
        (answer.status, answer.body) for answer in (w.gateway.refuse(error, {}) for error in early)
    }
    return len(told) == 1


def probe_border(w: World) -> bool:
    """Through a class's method and through an instance's, of one argument, of two, of more, and by keyword."""
    token = w.k.TranToken.parse(w.plain()[0]["X-KM-Tran-Token"])
    for call in (
        w.k.TranToken.parse,
        lambda secret: token.verify(secret, BODY),
        lambda secret: w.k.jwe.encrypt(secret.encode(), w.keys.platform.public_key(), "A192GCM"),
        lambda secret: w.gateway.accept({}, secret.encode(), encrypted=False),
    ):
        try:
            call("a secret in a local")
            return False
        except w.k.errors.KmCryptoError as error:
            step = error.__traceback__.tb_next if error.__traceback__ else None
            while step is not None:
                if step.tb_frame.f_globals["__name__"] != __name__ and "a secret" in repr(
                    step.tb_frame.f_locals
                ):
                    return False
                step = step.tb_next
            if error.__context__ is not None:
                return False
    return True


PROBES = [value for name, value in sorted(globals().items()) if name.startswith("probe_")]

_NEVER = "message = read_envelope(payload)\n        if False:"
MUTATIONS = [
    ("_strict.py", "len(raw) != len(text) * 3 // 4 or ", ""),
    ("_strict.py", " or (over and text[-1] not in _LAST[over])", ""),
    ("_strict.py", 'bytes.maketrans(b"-_+/", b"+/..")', 'bytes.maketrans(b"-_", b"+/")'),
    ("_strict.py", "return from_base64url(bare, None)", "return from_base64url(bare)"),
    ("_strict.py", "if text != bare + _DUE[len(bare) % 4]:", "if False:"),
    (
        "_strict.py",
        "from_base64url(bare, None)",
        'from_base64url(bare.replace("-", "+").replace("_", "/"), None)',
    ),
    ("_strict.py", "return text.isascii() and text.isdigit()", "return text.isdigit()"),
    ("_strict.py", "len(members := dict(pairs)) != len(pairs)", "(members := dict(pairs)) is None"),
    ("_strict.py", "return max(accumulate(steps)) > MAX_DEPTH", "return False"),
    ("_strict.py", "if not abs(value) < _INFINITY:", "if False:"),
    ("signing/headers.py", "value.isascii() and value.isprintable()", "value.isascii()"),
    ("_border.py", "step.tb_frame.clear()", "step.tb_frame"),
    ("_border.py", "setattr(cls, name, border(member))", "pass"),
    ("_border.py", "setattr(cls, name, classmethod(border(member.__func__)))", "pass"),
    ("_border.py", "error.__cause__ = error.__context__ = None", "error.__cause__ = None"),
    ("keys/project.py", 'if text.strip().strip("\\ufeff") != text:', "if False:"),
    ("keys/loading.py", "if not MIN_BITS <= bits <= MAX_BITS:", "if False:"),
    ("keys/key_text.py", "and _RSA_PSS in der[:64]:", "and False:"),
    ("keys/loading.py", "if not (usage.key_encipherment or usage.data_encipherment):", "if False:"),
    ("keys/loading.py", '_KEY_BAG + b"\\x02") != 1:', '_KEY_BAG + b"\\x02") == 0:'),
    ("keys/loading.py", "if _is_roca(numbers.n) or", "if"),
    ("keys/loading.py", "if members.get(name, due) != due:", "if False:"),
    ("keys/key_text.py", 'if text.count("-----BEGIN ") > 1:', "if False:"),
    ("keys/key_text.py", "if found is not form:", "if False:"),
    (
        "keys/crypto_key.py",
        "not any(isinstance(half, (bytes, str, Path)) for _, half in halves.values())",
        "False",
    ),
    (
        "keys/crypto_key.py",
        "if valid_at is not None and not start <= valid_at <= end:",
        "if False:",
    ),
    ("keys/project.py", "if self.state is DISCARDED and", "if False and"),
    ("keys/ring.py", "> max_live:", "> 99:"),
    (
        "keys/ring.py",
        "if found is None or found.state is not KeyState.ACTIVE:",
        "if found is None:",
    ),
    ("keys/sealed.py", "!= due or not sound:", "!= due:"),
    ("keys/sealed.py", ", header, nonce, ", ', b"", nonce, '),
    (
        "keys/sealed.py",
        "(_MAGIC, _VERSION, _PASSPHRASE if key is None else _CALLERS_KEY)",
        "(magic, version, source)",
    ),
    (
        "keys/sealed.py",
        "if key is not None or not passphrase:",
        "if key is not None or passphrase is None:",
    ),
    (
        "keys/crypto_key.py",
        "sealer.public.public_numbers() != opener.public.public_numbers()",
        "False",
    ),
    ("signing/instant.py", "return None\n    _recent", "return 0\n    _recent"),
    ("signing/tran_token.py", "raise SignatureMismatch() from None", "return"),
    ("signing/tran_token.py", '"048AEIMQUYcgkosw"', repr(STANDARD_BASE64)),
    ("signing/tran_token.py", "text[65:68]", "text[65:67]"),
    ("signing/tran_token.py", "text[19:23] in _MILLISECONDS and ", ""),
    ("signing/tran_token.py", " or text[:5] != PREFIX:", ":"),
    ("signing/tran_token.py", "or len(mac) != 32 ", ""),
    ("signing/tran_token.py", "        except ValueError:", "        except KeyError:"),
    (
        "signing/signer.py",
        "if not 0 <= (elapsed := epoch_ns - start_ns) < 1_000_000_000 or",
        "elapsed = 0\n        if",
    ),
    ("signing/signer.py", "if not 0 <= (elapsed", "if not (elapsed"),
    ("signing/signer.py", "known = crypto_key_id in by_key and", "known = by_key and"),
    ("signing/signer.py", " and numbers is correlation._numbers", ""),
    ("_border.py", "        del self, first\n", ""),
    ("_border.py", "        del self, first, second\n", ""),
    ("_border.py", "        del self, first, second, third\n", ""),
    ("_border.py", "        del args, kwargs\n", ""),
    ("signing/headers.py", "if name in found or (name", "if (name"),
    ("signing/headers.py", " or (name not in formed and not _is_visible(value)):", ":"),
    ("signing/headers.py", "        read_km_headers(found)  #", "        #"),
    ("signing/headers.py", '"x-km-" and name.isascii():', '"x-km-":'),
    ("signing/signer.py", "{next(digits)[-7:]}", "0012345"),
    ("signing/correlation.py", "{next(self._here()[1])[-7:]}", "0012345"),
    ("signing/correlation.py", "if self._drawing[0] is not _numbers:", "if False:"),
    ("signing/correlation.py", "_MARK | lane * (low + 1)", "_MARK"),
    ("encryption/jwe.py", "MIN_BITS <= public_key.key_size <= MAX_BITS and enc", "enc"),
    ("encryption/jwe.py", " and enc in CEK_BYTES):", "):"),
    ("encryption/jwe.py", "    check_size(private_key.key_size)\n", ""),
    ("encryption/jwe.py", "if len(token) > max_length:", "if False:"),
    ("encryption/jwe.py", "or not _REFUSED.isdisjoint(header)", ""),
    (
        "encryption/jwe.py",
        "not _REFUSED.isdisjoint(header)",
        "any(header.get(name) for name in _REFUSED)",
    ),
    ("encryption/jwe.py", 'parts.header.get("kid", kid) != kid', "False"),
    ("encryption/jwe.py", " and len(parts.iv) == IV_BYTES", ""),
    ("encryption/jwe.py", "len(tag) == TAG_BYTES", "True"),
    (
        "encryption/jwe.py",
        "for at in range(start.end(), end, PIECE)]",
        "for at in range(start.end(), end, PIECE - 4)]",
    ),
    (
        "encryption/jwe.py",
        "for start in range(0, end, PIECE):",
        "for start in range(0, end - PIECE, PIECE):",
    ),
    ("encryption/jwe.py", "end < start.end() or", ""),
    ("encryption/jwe.py", 'text.find(".", start.end()) != end', "False"),
    (
        "encryption/jwe.py",
        "return cek if sound and len(cek) == len(substitute) else substitute",
        "return cek",
    ),
    ("encryption/jwe.py", "substitute = os.urandom(", "substitute = bytes("),
    (
        "encryption/message.py",
        "(token := text[12:-2]) and",
        "(token := text[12:-2]) is not None and",
    ),
    ("encryption/message.py", "not token.translate(None, _OF_TOKENS)", "token"),
    ("encryption/message.py", "text[-2:] == _END", "text[-2:]"),
    (
        "encryption/message.py",
        "PLACE in (parts := jwe.read_parts(token, len(token))).header",
        "(parts := jwe.read_parts(token, len(token))) is None",
    ),
    ("encryption/fields.py", "!= _marks(place, context):", "== {}:"),
    ("encryption/fields.py", "**({} if context is None else {CONTEXT: context})", ""),
    ("encryption/fields.py", "for name in (PLACE, CONTEXT) if", "for name in (PLACE,) if"),
    ("encryption/fields.py", "if not places and text not in self._optional:", "if False:"),
    (
        "encryption/fields.py",
        "if any(place[:depth] in values",
        "if False and any(place[:depth] in values",
    ),
    ("encryption/fields.py", "if place in due or _is_token(value)", "if _is_token(value)"),
    (
        "encryption/fields.py",
        "if text not in self._plain for place",
        "if not self._plain for place",
    ),
    ("encryption/fields.py", "if len(wrapped) > MAX_ENCRYPTED_KEYS:", "if False:"),
    ("encryption/fields.py", "os.urandom(jwe.IV_BYTES)", "bytes(jwe.IV_BYTES)"),
    ("encryption/json_path.py", "key % len(value)", "key"),
    ("_strict.py", "if repr(value) != text:", "if False:"),
    ("keys/ring.py", "if key.state is INACTIVE and not accept_inactive:", "if False:"),
    ("exchange/replay.py", "if key in self._taken:", "if False:"),
    ("exchange/replay.py", "if len(self._taken) >= self._capacity:", "if False:"),
    ("exchange/inbound.py", "if not fresh:", "if False:"),
    ("exchange/inbound.py", "if abs(now_ms - then_ms) >", "if now_ms - then_ms >"),
    ("exchange/inbound.py", "if abs(now_ms - then_ms) >", "if then_ms - now_ms >"),
    ("exchange/inbound.py", "> MAX_TIMES_APART:", "> 10**9:"),
    (
        "exchange/inbound.py",
        "if project is not None and key.asp_id == asp_id:",
        "if project is not None:",
    ),
    (
        "exchange/inbound.py",
        "if ((message := read_envelope(payload)) is not None) is not encrypted:",
        _NEVER,
    ),
    ("exchange/inbound.py", "if not body and not self._allow_empty_body:", "if False:"),
    ("exchange/inbound.py", "if key.state is INACTIVE and", "if key.state is None and"),
    ("exchange/inbound.py", "correlation_id.text.lower()", "correlation_id.text"),
    ("exchange/inbound.py", '"body:" if unique else', '"body:" if False else'),
    ("exchange/inbound.py", "if access_key is not None and not self.has_access_key:", "if False:"),
    ("exchange/gateway.py", "project.key.state is DISCARDED or", ""),
    ("exchange/gateway.py", "and error.authenticated else", "else"),
    ("exchange/callback.py", "if self._any_key or named is first", "if True"),
    ("exchange/client.py", "if not protected:", "if False:"),
    ("exchange/client.py", "if answer.status != 200:", "if False:"),
]


@contextmanager
def copied(folder: Path, name: str, change: tuple[str, str, str] | None) -> Iterator[ModuleType]:
    """A copy of the package under a name of its own, with one change."""
    home = folder / name
    shutil.copytree(PACKAGE, home, ignore=shutil.ignore_patterns("__pycache__", "tools"))
    if change is not None:
        file, old, new = change
        text = (home / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer has: {old}"
        (home / file).write_text(text.replace(old, new), encoding="utf-8")
    sys.path.insert(0, os.fspath(folder))
    try:
        yield importlib.import_module(name)
    finally:
        sys.path.remove(os.fspath(folder))
        for module in [module for module in sys.modules if module.split(".")[0] == name]:
            del sys.modules[module]


def noticed(module: ModuleType, keys: Keys) -> list[str]:
    """The probes that something is wrong for; one that breaks altogether has noticed it, too."""
    failed = []
    for probe in PROBES:
        try:
            fine = probe(World(module, keys))
        except Exception:
            fine = False
        if not fine:
            failed.append(probe.__name__)
    return failed


def test_the_package_itself_passes_every_probe(tmp_path: Path, keys: Keys) -> None:
    with copied(tmp_path, "unchanged", None) as module:
        assert noticed(module, keys) == []


@pytest.mark.parametrize(
    "number", range(len(MUTATIONS)), ids=[f"{file}: {old[:60]}" for file, old, _ in MUTATIONS]
)
def test_a_fault_is_noticed(number: int, tmp_path: Path, keys: Keys) -> None:
    with copied(tmp_path, f"mutant{number}", MUTATIONS[number]) as module:
        assert noticed(module, keys)
