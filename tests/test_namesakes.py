"""A name and an email that hold one name settle each other; others leave both alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitizer.calibrate import load_calibration
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.namesakes import weigh_namesakes
from digitizer.engines.reading import make_lattice, read_lattice, with_evidence
from digitizer.engines.replay import lattice_of
from digitizer.records import Candidate, FieldKind, Reading


def reading(kind: FieldKind, **shares: float) -> Reading:
    """A reading with these alternatives, the likeliest first; _ stands for a space, AT for @."""
    texts = {
        k.replace("_AT_", "@").replace("_", " ").replace("DOT", "."): v for k, v in shares.items()
    }
    found = tuple(Candidate(text, share) for text, share in texts.items())
    lead = float(np.log(found[0].confidence / found[-1].confidence))
    evidence = (("margin", lead), ("share", found[0].confidence))
    return Reading(kind.value, kind, found[0].text, 0.9, "test", "", found, evidence)


def name(**shares: float) -> Reading:
    return reading(FieldKind.NAME, **shares)


def email(**shares: float) -> Reading:
    return reading(FieldKind.EMAIL, **{f"{k}_AT_shawDOTca": v for k, v in shares.items()})


def test_a_doubtful_email_is_settled_by_the_name() -> None:
    sure = name(LEA_VASSEUR=0.98, LEA_VASSELR=0.02)
    _, better = weigh_namesakes([sure, email(ivassear=0.6, lvasseur=0.4)])
    assert better.text == "lvasseur@shaw.ca"
    assert better.alternatives[0].text == better.text
    evidence = dict(better.evidence)
    assert evidence["share"] == better.alternatives[0].confidence > 0.9
    assert evidence["margin"] > 2.0


def test_a_doubtful_name_is_settled_by_the_email() -> None:
    better, _ = weigh_namesakes([name(ANA_VASSELR=0.7, ANA_VASSEUR=0.3), email(avasseur=0.99)])
    assert better.text == "ANA VASSEUR"


@pytest.mark.parametrize(
    "others",
    [
        [email(bqk=0.6, bqh=0.4)],
        [],
        [email(bqk=0.6, bqh=0.4), email(avasseur=0.9)],
        [reading(FieldKind.PHONE, **{"613-555-0199": 0.9})],
    ],
    ids=["another name", "alone", "two emails", "no email"],
)
def test_what_shares_nothing_or_is_not_one_pair_stays(others: list[Reading]) -> None:
    own = name(ANA_VASSELR=0.7, ANA_VASSEUR=0.3)
    again = weigh_namesakes([own, *others])
    assert [r.text for r in again] == [own.text, *(r.text for r in others)]
    assert again[0].alternatives[0].confidence == pytest.approx(0.7)


def test_short_words_say_nothing() -> None:
    own, mail = weigh_namesakes([name(LEA_ROY=0.6, LEA_ROX=0.4), email(lrox=0.5, lroy=0.5)])
    assert own.text == "LEA ROY"
    assert [c.confidence for c in mail.alternatives] == [0.5, 0.5]


@given(st.lists(st.floats(0.01, 0.2), min_size=1, max_size=5), st.floats(0.05, 0.95))
def test_no_alternative_is_lost_and_shares_stay_shares(shares: list[float], first: float) -> None:
    words = ("MARTEN", "MARTEL", "MARTIN", "MARLIN", "MARTIA")
    own = name(**{f"ANA_{w}": s for w, s in zip(words, shares, strict=False)})
    better, mail = weigh_namesakes([own, email(amartin=first, amarlin=1.0 - first)])
    assert {c.text for c in better.alternatives} == {c.text for c in own.alternatives}
    for one in (better, mail):
        total = sum(c.confidence for c in one.alternatives)
        assert 0.0 < total <= 1.0 + 1e-9
        assert one.text == max(one.alternatives, key=lambda c: c.confidence).text


def inked(text: str, sign: int, other: str, share: float) -> Reading:
    """A name read from ink that may hold another sign at one place, confirmed by another network.

    ``share``: of the other sign, 0..1.
    """
    chances = np.exp(lattice_of(text))
    said, may = ALPHABET.index(text[sign]) + 1, ALPHABET.index(other) + 1
    sure = chances[2 * sign, said]
    chances[2 * sign, said], chances[2 * sign, may] = sure * (1.0 - share), sure * share
    lattice = make_lattice(np.asarray(np.log(chances), np.float32), 30)
    read = read_lattice(lattice, "name", FieldKind.NAME)
    return with_evidence(read, {"second": dict(read.evidence)["margin"]})


def test_a_name_that_an_email_changed_is_no_surer_for_what_confirmed_the_other_one() -> None:
    calibration = load_calibration("petition-hands")
    own = inked("Tom Ballard", 4, "M", 0.02)
    changed, _ = weigh_namesakes([own, email(tmallard=0.99)])
    assert (own.text, changed.text) == ("Tom Ballard", "Tom Mallard")
    assert not calibration.accepts(changed, 0.005)
    seen, before = dict(changed.evidence), dict(own.evidence)
    assert (seen["greedy_agrees"], before["greedy_agrees"]) == (0.0, 1.0)
    assert seen["second"] == -before["second"] < 0.0
    assert seen["bind_cost"] > before["bind_cost"]


def test_a_name_that_an_email_confirms_keeps_what_else_speaks_for_it() -> None:
    own = inked("Tom Ballard", 4, "M", 0.02)
    kept, _ = weigh_namesakes([own, email(tballard=0.99)])
    told = {"margin", "share"}
    assert {k: v for k, v in kept.evidence if k not in told} == {
        k: v for k, v in own.evidence if k not in told
    }
