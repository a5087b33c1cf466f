"""Requests and answers with one mistake each, for the tests of diagnose.

Everything is formed by hand here, with hmac, hashlib, json and `cryptography`: nothing of kmcrypto
signs, encrypts or writes a header. A mistake is a function that changes a Draft at one step of its
making:

    payload     the payload, the keys and the secret are there; nothing was written
    body        plaintext and body are written, and not signed
    token       the MAC is made, and not encoded
    headers     all headers are there
    answer      the answer is there, too

`MISTAKES` has them by the code that diagnose must give; a code may have several.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.support.mistakes import answers, bodies, encryption, headers, times, tokens
from tests.support.mistakes.decoys import add_decoys
from tests.support.mistakes.draft import STEPS, Draft, Mistake, Unfit

__all__ = ["MISTAKES", "Draft", "Mistake", "make"]

MISTAKES: dict[str, list[Mistake]] = {}
for _folder in (headers, tokens, times, bodies, encryption, answers):
    for _mistake in _folder.MISTAKES:
        MISTAKES.setdefault(_mistake.code, []).append(_mistake)


def make(rng: random.Random, code: str | None) -> Draft:
    """A message with the mistake of a code, or a right one for None, and with decoys."""
    for _ in range(50):
        mistake = None if code is None else rng.choice(MISTAKES[code])
        draft = Draft(rng, mistake)
        try:
            _run(draft, mistake)
        except Unfit:
            continue
        return draft
    raise AssertionError(f"no message fits the mistake {code}")


def _run(draft: Draft, mistake: Mistake | None) -> None:
    write: dict[str, Callable[[], None]] = {
        "payload": lambda: None,
        "body": draft.write_body,
        "token": draft.sign,
        "headers": draft.write_headers,
        "answer": draft.write_answer,
    }
    for step in STEPS:
        write[step]()
        if mistake is not None and mistake.step == step:
            mistake.change(draft)
        if step == "headers":
            add_decoys(draft)
