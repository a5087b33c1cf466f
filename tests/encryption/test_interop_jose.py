"""Other people's JOSE and ours read each other's tokens: joserfc, jwcrypto, Node's crypto, `jose`.

The last two are programs. Where one is missing its tests are skipped, and say so; with the
environment variable CI set they fail instead, so that an automated run never loses them in silence.
"""

from __future__ import annotations

import base64
import json

import pytest
from jwcrypto.common import JWException  # type: ignore[import-untyped]

from kmcrypto import decrypt_message, encrypt_message, errors, jwe
from tests.support import KEY_ID
from tests.support.keys import rsa_key
from tests.support.peers import ALG, ENCS, Jose, Joserfc, Jwcrypto, Node, Peer

PLAINTEXTS = {
    "empty": b"",
    "one byte": b"x",
    "every byte": bytes(range(256)),
    "10 KiB": b"0123456789" * 1024,
}
PAYLOAD = {
    "cardNo": "1234567890123456",
    "\uc774\ub984": "\uae40\ube44\ubc00",
    "n": [1, 2.5, None, True, "\U0001f600"],
}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(Joserfc, id="joserfc"),
        pytest.param(Jwcrypto, id="jwcrypto"),
        pytest.param(Node, id="node", marks=pytest.mark.programs),
        pytest.param(Jose, id="jose", marks=pytest.mark.programs),
    ],
)
def peer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Peer:
    """Each of the four in turn."""
    if request.param is Jose:
        return Jose(rsa_key(), tmp_path_factory.mktemp("jose"))
    made: Peer = request.param(rsa_key())
    return made


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("plaintext", PLAINTEXTS.values(), ids=PLAINTEXTS.keys())
def test_they_open_our_tokens(peer: Peer, enc: str, plaintext: bytes) -> None:
    token = jwe.encrypt(plaintext, peer.key.public_key(), enc=enc)
    if plaintext or not isinstance(peer, Jwcrypto):
        assert peer.open(token) == plaintext
    else:  # jwcrypto takes an empty plaintext for a failure, in its own tokens, too
        for empty in (token, peer.seal(b"", {"alg": ALG, "enc": enc})):
            with pytest.raises(JWException, match="Success"):
                peer.open(empty)


@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize("plaintext", PLAINTEXTS.values(), ids=PLAINTEXTS.keys())
def test_we_open_their_tokens(peer: Peer, enc: str, plaintext: bytes) -> None:
    """Their headers differ from ours in order and white space."""
    token = peer.seal(plaintext, {"alg": ALG, "enc": enc})
    assert token.count(".") == 4
    assert jwe.decrypt(token, peer.key) == plaintext


@pytest.mark.parametrize("enc", ENCS)
def test_a_key_id_goes_both_ways(peer: Peer, enc: str) -> None:
    """S4.4."""
    assert peer.open(jwe.encrypt(b"x", peer.key.public_key(), enc=enc, kid=KEY_ID)) == b"x"
    theirs = peer.seal(
        b"x", {"alg": ALG, "enc": enc, "kid": KEY_ID, "typ": "JWE", "cty": "application/json"}
    )
    assert jwe.decrypt(theirs, peer.key, kid=KEY_ID) == b"x"
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(theirs, peer.key, kid="f" * 32)


@pytest.mark.parametrize("enc", ENCS)
def test_messages_go_both_ways(peer: Peer, enc: str) -> None:
    """S4.1: the JWE in encData holds the payload's UTF-8 JSON text."""
    sealed = json.loads(encrypt_message(PAYLOAD, peer.key.public_key(), enc=enc))
    opened = peer.open(sealed["encData"])
    assert json.loads(opened) == PAYLOAD
    assert "\uae40\ube44\ubc00".encode() in opened
    for text in (json.dumps(PAYLOAD), json.dumps(PAYLOAD, ensure_ascii=False, indent=2)):
        theirs = {"encData": peer.seal(text.encode(), {"enc": enc, "alg": ALG})}
        assert decrypt_message(json.dumps(theirs).encode(), peer.key) == PAYLOAD


@pytest.mark.parametrize(
    "place", range(5), ids=["header", "encrypted key", "IV", "ciphertext", "tag"]
)
def test_both_sides_refuse_a_changed_token(peer: Peer, place: int) -> None:
    """So that what opens above opens for a reason."""
    segments = jwe.encrypt(b"0123456789", peer.key.public_key()).split(".")
    if place == 0:
        raw = b'{"alg":"RSA-OAEP-256","enc":"A128GCM"}'
    else:
        raw = base64.urlsafe_b64decode(segments[place] + "==")
        raw = raw[:5] + bytes([raw[5] ^ 1]) + raw[6:]
    segments[place] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(".".join(segments), peer.key)
    with pytest.raises(peer.refusal):
        peer.open(".".join(segments))
