"""Names before the @: they tip a balance, and never outweigh clear ink."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.engines.decode import Decoded
from digitizer.engines.localparts import (
    GAIN_A_LETTER,
    MOST_LETTERS,
    favour_names,
    named_share,
)

WORDS = frozenset({"SEVESTRE", "MATTEO", "SIXTINE", "VICK", "ROY", "LEA"})
EMAILS = st.lists(
    st.text("abcdelmorstvxy.19", min_size=1, max_size=12).map(lambda local: f"{local}@shaw.ca"),
    min_size=1,
    max_size=6,
    unique=True,
)


def found(**shares: float) -> list[Decoded]:
    return [Decoded(f"{local}@shaw.ca", math.log(p), p) for local, p in shares.items()]


@pytest.mark.parametrize(
    ("local", "share"),
    [
        ("matteo.sixtine", 1.0),
        ("msevestre", 1.0),
        ("sevestre70", 1.0),
        ("vick.r", 1.0),
        ("vickr", 1.0),
        ("mroy", 0.0),
        ("bqk", 0.0),
        ("7", 0.0),
        ("roy.bqk", 0.5),
    ],
    ids=[
        "two names", "initial before", "figures behind", "initial alone", "initial behind",
        "three letters and an initial are chance", "no name", "no letter", "half a name",
    ],
)  # fmt: skip
def test_a_local_part_is_explained_by_listed_names(local: str, share: float) -> None:
    assert named_share(f"{local}@gmail.com", WORDS) == share


def test_of_two_texts_nearly_as_likely_the_listed_name_comes_first() -> None:
    again = favour_names(found(mserestre=0.6, msevestre=0.3), WORDS)
    assert [item.text for item in again] == ["msevestre@shaw.ca", "mserestre@shaw.ca"]
    assert again[0].share == pytest.approx(0.3 * math.exp(2.4) / (0.3 * math.exp(2.4) + 0.6))


def test_what_the_ink_says_clearly_stays() -> None:
    most = math.exp(GAIN_A_LETTER * MOST_LETTERS)
    again = favour_names(found(mserestre=0.99, msevestre=0.9 / most), WORDS)
    assert again[0].text == "mserestre@shaw.ca"


@given(EMAILS)
def test_no_text_is_lost_or_changed_and_shares_add_up(emails: list[str]) -> None:
    given_ = [Decoded(text, -float(k), 1.0 / (k + 1)) for k, text in enumerate(emails)]
    again = favour_names(given_, WORDS)
    assert sorted(item.text for item in again) == sorted(emails)
    assert sum(item.share for item in again) == pytest.approx(1.0)
    assert [item.share for item in again] == sorted((i.share for i in again), reverse=True)
    assert favour_names(given_, frozenset()) == tuple(
        Decoded(i.text, i.log_prob, i.share / sum(g.share for g in given_)) for i in given_
    )
