"""KeyRing's operations (S5): each gives another ring, by the rules of a model of plain lists."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import cache, partial
from itertools import product
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kmcrypto import CryptoKey, KeyRing, KeyState, errors
from kmcrypto.keys.crypto_key import Side
from tests.support import KEY_ID, OTHER_KEY_ID, PASSWORD, THIRD_KEY_ID
from tests.support.encodings import integer, oid, sequence, tlv
from tests.support.key_forms import (
    STORE_PASSWORD,
    certificate_bag,
    certificate_dated,
    certificate_under,
    encrypted,
    encrypted_content,
    key_bag,
    pbes2,
    pbkdf2,
    plain_content,
    store_of,
)
from tests.support.keys import (
    END,
    START,
    certificate,
    certificate_pem,
    pkcs12,
    private_pem,
    public_pem,
    rsa_key,
    stranger,
)
from tests.support.leaks import refused
from tests.support.parties import Parties
from tests.support.properties import examples

FOURTH_KEY_ID = "00000000000000000000000000000ddd"
ALL_IDS = (KEY_ID, OTHER_KEY_ID, THIRD_KEY_ID, FOURTH_KEY_ID)
ACTIVE, INACTIVE, DISCARDED = KeyState.ACTIVE, KeyState.INACTIVE, KeyState.DISCARDED


def key(key_id: str, state: KeyState = ACTIVE) -> CryptoKey:
    """A crypto key under an id, in a state: always the same object, and one RSA pair for all."""
    return _made(key_id, state)


@cache
def _made(key_id: str, state: KeyState) -> CryptoKey:
    return CryptoKey.load(id=key_id, client_private=rsa_key(), state=state)


def two(first: KeyState = ACTIVE, second: KeyState = ACTIVE) -> KeyRing:
    """A ring of two whose primary is the first active one."""
    keys = [key(KEY_ID, first), key(OTHER_KEY_ID, second)]
    return KeyRing(keys, primary=next(one.id for one in keys if one.state is ACTIVE))


def states(ring: KeyRing) -> list[tuple[str, str]]:
    """The ids and states of a ring, in order."""
    return [(entry["id"], entry["state"]) for entry in ring.info()]


# --- first_of_pair ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", KeyState)
def test_the_first_of_a_pair_is_the_one_that_was_issued_first(state: KeyState) -> None:
    """S5.2: one pair may stand under two ids; a discarded one counts, because it came first."""
    ring = two(state, ACTIVE)
    for key_id in (KEY_ID, OTHER_KEY_ID):
        found = ring.get(key_id)
        assert found is not None
        assert ring.first_of_pair(found, Side.CLIENT) is ring.first_issued


def test_keys_of_other_pairs_are_each_the_first_of_theirs(parties: Parties) -> None:
    ring = parties.platform.ring
    assert ring is not None
    for one in (parties.first.platform_half, parties.second.platform_half):
        for side in Side:
            assert ring.first_of_pair(one, side) is one


def test_a_side_that_is_not_held_has_no_pair_in_common() -> None:
    ring = two()
    second = key(OTHER_KEY_ID)
    assert ring.first_of_pair(second, Side.PLATFORM) is second


# --- one pair, two places (S5.2) ----------------------------------------------------------------


def platform_key(key_id: str, pair: Any, state: KeyState = ACTIVE) -> CryptoKey:
    return CryptoKey.load(id=key_id, platform_public=pair.public_key(), state=state)


def both_sides(state: KeyState = ACTIVE) -> list[CryptoKey]:
    """The platform pair of one id is the client pair of another."""
    return [platform_key(OTHER_KEY_ID, rsa_key(), state), key(KEY_ID)]


@pytest.mark.parametrize("state", KeyState)
def test_a_pair_must_not_stand_on_both_sides_of_a_ring(state: KeyState) -> None:
    """In whatever state: a request of former days would come back as a callback, too."""
    ring = KeyRing([key(KEY_ID)])
    added = platform_key(OTHER_KEY_ID, rsa_key(), state)
    for make in (
        lambda: KeyRing(both_sides(state), primary=KEY_ID),
        lambda: KeyRing(both_sides(state)[::-1], primary=KEY_ID),
        lambda: ring.with_key(added),
    ):
        text = refused(make, error=errors.InvalidSetting)
        assert text == (
            f"the platform pair of crypto key {OTHER_KEY_ID} and the client pair of {KEY_ID} "
            "must not be one pair (S5.2)"
        )


@pytest.mark.parametrize(
    ("platform", "client"),
    [
        pytest.param("platform_public", "client_public", id="two public keys"),
        pytest.param("platform_private", "client_private", id="two private keys"),
        pytest.param("platform_public", "client_private", id="a provider's"),
        pytest.param("platform_private", "client_public", id="a platform's"),
    ],
)
def test_a_pair_must_not_stand_on_both_sides_of_a_crypto_key(platform: str, client: str) -> None:
    """In whatever form: the second is given as text, and is the first by its numbers."""
    given = {platform: rsa_key(), client: private_pem(rsa_key())}
    if platform == "platform_public":
        given[platform] = certificate_pem(rsa_key())
    if client == "client_public":
        given[client] = public_pem(rsa_key())
    text = refused(lambda: CryptoKey.load(id=KEY_ID, **given))  # type: ignore[arg-type]
    assert "platform pair and the client pair must not be one pair" in text


@pytest.mark.parametrize("side", ["platform", "client"])
def test_one_pair_may_stand_under_two_ids(side: str) -> None:
    """S5.2: whether the platform has a pair for each id is written nowhere."""
    pair = {f"{side}_private": rsa_key()}
    keys = [CryptoKey.load(id=key_id, **pair) for key_id in (KEY_ID, OTHER_KEY_ID)]  # type: ignore[arg-type]
    info = KeyRing(keys, primary=KEY_ID).info()
    assert info[0][side]["fingerprint"] == info[1][side]["fingerprint"]


# --- with_key -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", KeyState)
def test_a_key_is_added_as_the_last_issued_and_not_as_primary(state: KeyState) -> None:
    ring = KeyRing([key(KEY_ID)])
    more = ring.with_key(key(OTHER_KEY_ID, state))
    assert states(more) == [(KEY_ID, "active"), (OTHER_KEY_ID, state.value)]
    assert more.primary is more.first_issued is key(KEY_ID)
    assert more.get(OTHER_KEY_ID) is key(OTHER_KEY_ID, state)
    assert (states(ring), ring.get(OTHER_KEY_ID)) == ([(KEY_ID, "active")], None)


def test_a_key_added_later_is_issued_later_than_all() -> None:
    """S5.3: discarded ones included."""
    ring = two().with_state(OTHER_KEY_ID, DISCARDED).with_key(key(THIRD_KEY_ID))
    assert [entry["id"] for entry in ring.info()] == [KEY_ID, OTHER_KEY_ID, THIRD_KEY_ID]
    assert ring.first_issued.id == KEY_ID


@pytest.mark.parametrize("junk", [None, KEY_ID, 5, [], CryptoKey], ids=repr)
def test_what_is_no_crypto_key_is_not_added(junk: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        KeyRing([key(KEY_ID)]).with_key(junk)
    with pytest.raises(TypeError):
        KeyRing([key(KEY_ID)]).with_key([key(OTHER_KEY_ID)])  # type: ignore[arg-type]


# --- with_primary -------------------------------------------------------------------------------


def test_the_primary_moves_and_the_order_of_issue_does_not() -> None:
    """S5.3."""
    ring = two()
    moved = ring.with_primary(OTHER_KEY_ID)
    assert (ring.primary.id, moved.primary.id) == (KEY_ID, OTHER_KEY_ID)
    assert moved.first_issued is ring.first_issued is key(KEY_ID)
    assert states(moved) == states(ring)
    assert (
        moved.with_primary(KEY_ID).primary.id
        == moved.with_primary(KEY_ID).first_issued.id
        == KEY_ID
    )


@pytest.mark.parametrize("state", [INACTIVE, DISCARDED])
def test_only_an_active_key_becomes_primary(state: KeyState) -> None:
    """S5.1."""
    ring = two(second=state)
    assert "active" in refused(lambda: ring.with_primary(OTHER_KEY_ID), error=errors.InvalidSetting)


@pytest.mark.parametrize("key_id", ["", KEY_ID.upper(), KEY_ID + " ", THIRD_KEY_ID])
def test_an_id_that_the_ring_does_not_have_is_refused(key_id: str) -> None:
    """S1.4: ids are compared exactly."""
    ring = two()
    for step in (ring.with_primary, ring.without, partial(ring.with_state, state=INACTIVE)):
        refused(partial(step, key_id), key_id, error=errors.InvalidSetting)


@pytest.mark.parametrize("primary", [5, KEY_ID.encode(), [KEY_ID], True], ids=repr)
def test_a_primary_of_another_type_is_a_type_error(primary: Any) -> None:
    """D8; a key object in the place of its id, too."""
    given_: list[Any] = [primary, key(KEY_ID)]
    for junk in given_:
        with pytest.raises(TypeError):
            KeyRing([key(KEY_ID)], primary=junk)
        with pytest.raises(TypeError):
            two().with_primary(junk)


# --- with_state ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), list(product(KeyState, repeat=2)))
def test_the_states_of_a_key_that_is_not_primary(start: KeyState, end: KeyState) -> None:
    """S5.1: any move but out of discarded; the place in the ring stays."""
    ring = two(first=start, second=ACTIVE).with_primary(OTHER_KEY_ID)
    if start is DISCARDED and end is not DISCARDED:
        refused(lambda: ring.with_state(KEY_ID, end), error=errors.InvalidSetting)
    else:
        moved = ring.with_state(KEY_ID, end)
        assert states(moved) == [(KEY_ID, end.value), (OTHER_KEY_ID, "active")]
        assert moved.first_issued is moved.get(KEY_ID)
        assert moved.primary is ring.primary
    assert states(ring) == [(KEY_ID, start.value), (OTHER_KEY_ID, "active")]


@pytest.mark.parametrize("state", KeyState)
def test_the_primary_stays_active(state: KeyState) -> None:
    """S5.1: it is switched first."""
    ring = two()
    if state is ACTIVE:
        assert ring.with_state(KEY_ID, state).primary.id == KEY_ID
    else:
        assert "primary" in refused(
            lambda: ring.with_state(KEY_ID, state), error=errors.InvalidSetting
        )


@pytest.mark.parametrize("state", ["inactive", None, 1, True], ids=repr)
def test_a_state_is_a_key_state(state: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        two().with_state(OTHER_KEY_ID, state)


# --- without ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", KeyState)
def test_without_the_first_issued_the_next_one_is_first(state: KeyState) -> None:
    """S5.3; a key of any state can be removed."""
    ring = two(first=state).with_primary(OTHER_KEY_ID)
    rest = ring.without(KEY_ID)
    assert rest.first_issued is rest.primary is key(OTHER_KEY_ID)
    assert (rest.get(KEY_ID), states(rest)) == (None, [(OTHER_KEY_ID, "active")])
    assert ring.first_issued.id == KEY_ID


def test_without_a_later_key_the_first_stays_first() -> None:
    rest = two().without(OTHER_KEY_ID)
    assert rest.first_issued is rest.primary is key(KEY_ID)


def test_neither_the_primary_nor_the_last_key_is_removed() -> None:
    assert "primary" in refused(lambda: two().without(KEY_ID), error=errors.InvalidSetting)
    alone = KeyRing([key(KEY_ID)])
    assert "one crypto key or more" in refused(
        lambda: alone.without(KEY_ID), error=errors.InvalidSetting
    )


# --- max_live -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("max_live", "alive"), [(1, 1), (2, 2), (3, 3), (4, 4), (100, 4)])
def test_a_ring_has_at_most_so_many_keys_that_are_not_discarded(max_live: int, alive: int) -> None:
    """S5.2; whether they come at once or one by one."""
    keys = [key(key_id) for key_id in ALL_IDS]
    ring = KeyRing(keys[:alive], KEY_ID, max_live=max_live)
    assert KeyRing(keys[:1], max_live=max_live).info() == ring.info()[:1]
    grown = KeyRing(keys[:1], max_live=max_live)
    for one in keys[1:alive]:
        grown = grown.with_key(one)
    assert grown.info() == ring.info()
    for one in keys[alive:]:
        told = refused(partial(ring.with_key, one), error=errors.InvalidSetting)
        assert f"at most {max_live} keys" in told
        refused(lambda: KeyRing(keys, KEY_ID, max_live=max_live), error=errors.InvalidSetting)


def test_two_keys_are_live_unless_told_otherwise() -> None:
    """S5.2: inactive ones count, discarded ones don't."""
    for state in (ACTIVE, INACTIVE):
        refused(partial(two(second=state).with_key, key(THIRD_KEY_ID)), error=errors.InvalidSetting)
    ring = two(second=DISCARDED).with_key(key(THIRD_KEY_ID)).with_key(key(FOURTH_KEY_ID, DISCARDED))
    assert [state for _, state in states(ring)] == ["active", "discarded", "active", "discarded"]


def test_every_operation_keeps_the_limit() -> None:
    keys = [key(key_id) for key_id in ALL_IDS[:3]]
    ring = (
        KeyRing(keys[:2], KEY_ID, max_live=3)
        .with_primary(OTHER_KEY_ID)
        .with_state(KEY_ID, INACTIVE)
    )
    wide = ring.with_key(keys[2])
    assert len(wide.info()) == 3
    for full in (wide, wide.without(KEY_ID).with_key(key(KEY_ID))):
        refused(partial(full.with_key, key(FOURTH_KEY_ID)), error=errors.InvalidSetting)


@pytest.mark.parametrize("max_live", [0, -1])
def test_a_limit_that_leaves_no_key_is_refused(max_live: int) -> None:
    refused(lambda: KeyRing([key(KEY_ID)], max_live=max_live), error=errors.InvalidSetting)


@pytest.mark.parametrize("max_live", [None, "2", 2.0, True], ids=repr)
def test_a_limit_of_another_type_is_a_type_error(max_live: Any) -> None:
    """D8."""
    with pytest.raises(TypeError):
        KeyRing([key(KEY_ID)], max_live=max_live)


# --- all of it, against a model -----------------------------------------------------------------

KEYS = [(key_id, state) for key_id in ALL_IDS for state in KeyState]
OPERATIONS = st.one_of(
    st.tuples(st.just("key"), st.sampled_from(KEYS)),
    st.tuples(st.just("primary"), st.sampled_from(ALL_IDS)),
    st.tuples(st.just("state"), st.sampled_from(KEYS)),
    st.tuples(st.just("without"), st.sampled_from(ALL_IDS)),
)


def applied(ring: KeyRing, name: str, argument: Any) -> KeyRing:
    """The operation itself."""
    if name == "key":
        return ring.with_key(key(*argument))
    if name == "primary":
        return ring.with_primary(argument)
    return ring.with_state(*argument) if name == "state" else ring.without(argument)


def modelled(
    name: str, argument: Any, have: dict[str, KeyState], primary: str, max_live: int
) -> Any:
    """The ring after an operation, as states by id and the primary; None if it must be refused."""
    have = dict(have)
    if name == "key":
        key_id, state = argument
        if key_id in have:
            return None
        have[key_id] = state
    elif name == "primary":
        primary = argument
    elif name == "state":
        key_id, state = argument
        if key_id not in have or (have[key_id] is DISCARDED and state is not DISCARDED):
            return None
        have[key_id] = state
    elif have.pop(argument, None) is None:
        return None
    live = [key_id for key_id, state in have.items() if state is not DISCARDED]
    return (have, primary) if have.get(primary) is ACTIVE and len(live) <= max_live else None


@examples(200)
@given(operations=st.lists(OPERATIONS, max_size=20), max_live=st.integers(1, 4))
def test_any_operations_in_any_order_are_what_the_model_says(
    operations: list[tuple[str, Any]], max_live: int
) -> None:
    """A refused one changes nothing; the first issued is always the oldest that is left."""
    ring, have, primary = KeyRing([key(KEY_ID)], max_live=max_live), {KEY_ID: ACTIVE}, KEY_ID
    for name, argument in operations:
        due = modelled(name, argument, have, primary, max_live)
        if due is None:
            with pytest.raises(errors.InvalidSetting):
                applied(ring, name, argument)
        else:
            ring, (have, primary) = applied(ring, name, argument), due
        assert states(ring) == [(key_id, state.value) for key_id, state in have.items()]
        assert (ring.primary.id, ring.first_issued.id) == (primary, next(iter(have)))
        assert [entry["primary"] for entry in ring.info()] == [key_id == primary for key_id in have]


# --- what a certificate says of its validity ----------------------------------------------------

DATES = {"not_before": "2020-01-02T03:04:05+00:00", "not_after": "2022-01-02T03:04:05+00:00"}
NO_DATES = {"not_before": None, "not_after": None}


def dates(ring: KeyRing, side: str) -> dict[str, Any]:
    """The validity that the first key of a ring shows for a side."""
    shown = ring.info()[0][side]
    return {name: shown[name] for name in DATES}


def test_the_info_of_a_ring_shows_from_when_until_when_a_certificate_is_valid() -> None:
    """Of the side whose key came in one; ISO 8601 in UTC."""
    pem = certificate_pem(rsa_key())
    both = CryptoKey.load(id=KEY_ID, platform_public=pem, client_private=stranger())
    assert dates(KeyRing([both]), "platform") == DATES
    assert dates(KeyRing([both]), "client") == NO_DATES
    assert dates(KeyRing([CryptoKey.load(id=KEY_ID, client_public=pem)]), "client") == DATES


@pytest.mark.parametrize("years", [-20, 20])
def test_an_expired_or_future_certificate_is_taken_and_shown(years: int) -> None:
    """That a key is late is the caller's to see: a call that fails at midnight helps nobody."""
    start = datetime(2026 + years, 1, 1, tzinfo=timezone.utc)
    pem = certificate_pem(rsa_key(), start=start, end=start + timedelta(days=1))
    ring = KeyRing([CryptoKey.load(id=KEY_ID, platform_public=pem)])
    assert dates(ring, "platform") == {
        "not_before": f"{2026 + years}-01-01T00:00:00+00:00",
        "not_after": f"{2026 + years}-01-02T00:00:00+00:00",
    }


def test_the_certificate_beside_a_private_key_counts_where_no_public_half_is_given() -> None:
    """PKCS#12; the certificate of a public half that is given goes before it."""
    bundle = pkcs12(rsa_key(), certificate(rsa_key()), password=PASSWORD)
    alone = CryptoKey.load(id=KEY_ID, client_private=bundle, password=PASSWORD)
    assert dates(KeyRing([alone]), "client") == DATES
    renewed = certificate_pem(rsa_key(), end=END + timedelta(days=1))
    beside = CryptoKey.load(
        id=KEY_ID, client_private=bundle, client_public=renewed, password=PASSWORD
    )
    assert dates(KeyRing([beside]), "client") == {**DATES, "not_after": "2022-01-03T03:04:05+00:00"}
    plain = CryptoKey.load(
        id=KEY_ID, client_private=bundle, client_public=public_pem(rsa_key()), password=PASSWORD
    )
    assert dates(KeyRing([plain]), "client") == DATES


def test_a_change_of_state_keeps_the_validity() -> None:
    pem = certificate_pem(rsa_key())
    ring = KeyRing(
        [
            CryptoKey.load(id=KEY_ID, platform_public=pem),
            CryptoKey.load(id=OTHER_KEY_ID, client_private=stranger()),
        ],
        primary=OTHER_KEY_ID,
    )
    for state in (INACTIVE, ACTIVE, DISCARDED):
        ring = ring.with_state(KEY_ID, state)
        assert dates(ring, "platform") == DATES


FIRST_YEAR = tlv(0x18, b"00010101000000Z")
LAST_YEAR = tlv(0x18, b"99991231235959Z")
YEAR_ZERO = tlv(0x18, b"00001231235959Z")


def test_the_first_and_the_last_date_that_there_are_can_be_shown() -> None:
    ring = KeyRing(
        [CryptoKey.load(id=KEY_ID, platform_public=certificate_dated(FIRST_YEAR, LAST_YEAR))]
    )
    assert dates(ring, "platform") == {
        "not_before": "0001-01-01T00:00:00+00:00",
        "not_after": "9999-12-31T23:59:59+00:00",
    }


@pytest.mark.parametrize("moments", [(YEAR_ZERO, LAST_YEAR), (FIRST_YEAR, YEAR_ZERO)])
@pytest.mark.parametrize("valid_at", [None, START])
def test_a_certificate_of_the_year_zero_is_refused_when_it_is_loaded(
    moments: tuple[bytes, bytes], valid_at: datetime | None
) -> None:
    """D8: ASN.1 has that year, and `cryptography` raises when the date is read."""
    dated = certificate_dated(*moments)
    scheme = pbes2(pbkdf2(1))
    content = encrypted_content(scheme, encrypted(sequence(certificate_bag(dated))))
    store = store_of(content, plain_content(key_bag(rsa_key())))
    sources: list[dict[str, Any]] = [
        {"platform_public": dated},
        {"client_private": store, "password": STORE_PASSWORD},
    ]
    for source in sources:
        text = refused(partial(CryptoKey.load, id=KEY_ID, valid_at=valid_at, **source))
        assert "years 1 to 9999" in text


@pytest.mark.parametrize(
    "algorithm",
    [
        pytest.param(sequence(oid("2.5.8.1.1"), integer(2048)), id="rsa of X.500"),
        pytest.param(sequence(oid("1.2.840.113549.1.1.7")), id="RSAES-OAEP"),
        pytest.param(sequence(oid("1.2.3.4")), id="unknown"),
    ],
)
def test_a_certificate_of_another_algorithm_is_refused_by_its_name(algorithm: bytes) -> None:
    """`cryptography` raises UnsupportedAlgorithm, or ValueError, when the key is read."""
    assert "RSA key" in refused(
        lambda: CryptoKey.load(id=KEY_ID, platform_public=certificate_under(algorithm))
    )


def test_a_certificate_of_rsa_by_its_x500_name_beside_a_key_is_refused_by_its_name() -> None:
    """OpenSSL finds that it is the key's; `cryptography` knows no such key."""
    beside = certificate_under(sequence(oid("2.5.8.1.1"), integer(2048)))
    content = encrypted_content(pbes2(pbkdf2(1)), encrypted(sequence(certificate_bag(beside))))
    store = store_of(content, plain_content(key_bag(rsa_key())))
    text = refused(lambda: CryptoKey.load(id=KEY_ID, client_private=store, password=STORE_PASSWORD))
    assert "the key of the certificate must be an RSA key" in text


def test_the_info_can_be_written_as_json() -> None:
    pem = certificate_pem(rsa_key())
    ring = KeyRing([CryptoKey.load(id=KEY_ID, platform_public=pem, client_private=stranger())])
    assert json.loads(json.dumps(ring.info())) == ring.info()
