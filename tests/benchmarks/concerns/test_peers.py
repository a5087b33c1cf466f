"""The peers do the same work as ours, and differ as the report says."""

from __future__ import annotations

import pytest

from benchmarks.concerns import by_hand, mastercard, parties
from benchmarks.method.points import points_of
from kmcrypto import Signer, TranToken, errors, jwe

pytestmark = pytest.mark.once


@pytest.mark.bench
def test_every_contestant_of_a_message_runs() -> None:
    points = [point for point in points_of(["jwe"]) if point.size == 64 and "2048" in point.chart]
    assert all(make()(1) > 0 for point in points for make in point.contestants.values())


def test_headers_by_hand_say_the_same_as_ours() -> None:
    """All seven, over the same bytes: everything but the moment and the id is equal."""
    body = parties.body_of(256)
    key = parties.project_key()
    ours = Signer(key).headers(body, parties.KEY_ID)
    theirs = by_hand.headers(parties.SECRET, body, parties.KEY_ID)
    assert {name: len(value) for name, value in ours.items()} == {
        name: len(value) for name, value in theirs.items()
    }
    TranToken.parse(theirs["X-KM-Tran-Token"]).verify(key, body)
    assert by_hand.is_verified(parties.SECRET, ours["X-KM-Tran-Token"], body)


@pytest.mark.bench
@pytest.mark.parametrize("enc", ["A128GCM", "A256GCM"])
def test_mastercard_takes_content_with_another_tag(enc: str) -> None:
    library = pytest.importorskip("client_encryption.jwe_encryption")
    public_key = parties.private_key(2048).public_key()
    token = jwe.encrypt(b'{"data":"x"}', public_key, enc)
    forged = token.rpartition(".")[0] + "." + "A" * 22
    config = mastercard.config(2048)
    for accepted in (token, forged):
        assert library.decrypt_payload({"encData": accepted}, config) == {"data": "x"}


@pytest.mark.bench
def test_mastercard_writes_an_iv_that_is_too_long() -> None:
    library = pytest.importorskip("client_encryption.jwe_encryption")
    payload = {"text": '{"data":"x"}'}
    token = library.encrypt_payload(payload, mastercard.config(2048))["encData"]
    assert len(token.split(".")[2]) == 22  # base64url of 16 bytes
    with pytest.raises(errors.DecryptionError):
        jwe.decrypt(token, parties.private_key(2048))
