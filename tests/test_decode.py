"""Decoding against brute force, and every grammar against what it accepts."""

import itertools
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitizer.engines import grammars
from digitizer.engines.automata import choice, compile_pattern, one_of, optional, repeat, sequence
from digitizer.engines.decode import (
    Decoded,
    TableAutomaton,
    decode,
    decode_mixture,
    greedy_path,
    score_text,
)
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.reading import decode_kind, make_lattice
from digitizer.records import FieldKind

LogProbs = npt.NDArray[np.float32]


def random_lattice(seed: int, steps: int, columns: int) -> LogProbs:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.full(columns, 0.5), size=steps)
    return np.asarray(np.log(np.maximum(shares, 1e-9)), np.float32)


def collapse(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(c for c, _ in itertools.groupby(path) if c != 0)


def brute_force(log_probs: LogProbs) -> dict[tuple[int, ...], float]:
    steps, columns = log_probs.shape
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(columns), repeat=steps):
        chance = float(np.exp(sum(float(log_probs[t, c]) for t, c in enumerate(path))))
        totals[collapse(path)] = totals.get(collapse(path), 0.0) + chance
    return totals


def anything(columns: int) -> TableAutomaton:
    table = np.zeros((1, columns), np.int32)
    table[0, 0] = -1
    weights = np.ones((1, columns), np.float32)
    weights[0, 0] = 0.0
    outputs = ("", *"abcdef"[: columns - 1])
    mix = np.eye(columns, dtype=np.float32)
    return TableAutomaton(outputs, mix, table, weights, np.ones(1, np.float32))


def read_email(lattice: LogProbs) -> tuple[Decoded, ...]:
    return decode_kind(make_lattice(lattice, 30), FieldKind.EMAIL)


def peaked(text: str, *, sure: float = 0.98) -> LogProbs:
    """A lattice that says ``text`` clearly, a blank after each character."""
    columns = len(ALPHABET) + 1
    rows = []
    for character in text:
        for column in (ALPHABET.index(character) + 1, 0):
            row = np.full(columns, (1 - sure) / (columns - 1))
            row[column] = sure
            rows.append(row)
    return np.asarray(np.log(np.array(rows)), np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 4))
def test_forward_probability_of_every_text_equals_the_sum_over_its_paths(
    seed: int, steps: int, columns: int
) -> None:
    log_probs = random_lattice(seed, steps, columns)
    for text, chance in brute_force(log_probs).items():
        assert score_text(log_probs, text) == pytest.approx(np.log(chance), abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 4))
def test_wide_beam_search_finds_the_best_text_and_its_total(
    seed: int, steps: int, columns: int
) -> None:
    log_probs = random_lattice(seed, steps, columns)
    totals = brute_force(log_probs)
    found = decode(log_probs, anything(columns), beams=500, keep=3)
    best = max(totals, key=lambda text: totals[text])
    # Steps that are surely blank extend nothing: 0.0002 of probability at most.
    assert found[0].log_prob == pytest.approx(np.log(totals[best]), abs=2e-3)
    assert found[0].share == pytest.approx(totals[best] / sum(totals.values()), abs=2e-3)


def weighted_grammar(seed: int, states: int, symbols: int, characters: int) -> TableAutomaton:
    """A random grammar: several states, weights, symbols that are mixtures of characters.

    Two symbols write the same text, as a small letter and a capital do where case is no matter.
    """
    rng = np.random.default_rng(seed)
    table = rng.integers(0, states, (states, symbols + 1)).astype(np.int32)
    weights = rng.uniform(0.05, 1.5, (states, symbols + 1)).astype(np.float32)
    barred = rng.random((states, symbols + 1)) < 0.3
    barred[:, 0] = True
    table[barred], weights[barred] = -1, 0.0
    final = (rng.uniform(0.1, 1.0, states) * (rng.random(states) < 0.7)).astype(np.float32)
    mix = np.zeros((characters + 1, symbols + 1), np.float32)
    mix[0, 0] = 1.0
    mix[1:, 1:] = rng.uniform(0.0, 1.0, (characters, symbols))
    mix[1:, 1:] *= rng.random((characters, symbols)) < 0.7
    outputs = ("", *"abcdef"[: symbols - 1], "a")
    return TableAutomaton(outputs, mix, table, weights, final)


def grammar_brute_force(log_probs: LogProbs, grammar: TableAutomaton) -> dict[str, float]:
    """The total of every text that the grammar accepts, over all paths of its symbols."""
    characters, columns = grammar.mix.shape
    shares = [
        [
            sum(
                float(np.exp(float(step[c]))) * float(grammar.mix[c, symbol])
                for c in range(characters)
            )
            for symbol in range(columns)
        ]
        for step in log_probs
    ]
    totals: dict[str, float] = {}
    for path in itertools.product(range(columns), repeat=len(log_probs)):
        chance = float(np.prod([shares[t][symbol] for t, symbol in enumerate(path)]))
        state = 0
        for symbol in collapse(path):
            chance *= float(grammar.weights[state, symbol])
            state = int(grammar.table[state, symbol])
            if state < 0:
                break
        else:
            chance *= float(grammar.final[state])
            if chance > 0.0:
                text = "".join(grammar.outputs[symbol] for symbol in collapse(path))
                totals[text] = totals.get(text, 0.0) + chance
    return totals


def softened(log_probs: LogProbs) -> LogProbs:
    """A lattice with no step so sure of the blank that it is passed over."""
    shares = np.exp(log_probs) + 0.05
    return np.asarray(np.log(shares / shares.sum(axis=1, keepdims=True)), np.float32)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    steps=st.integers(1, 5),
    states=st.integers(1, 4),
    symbols=st.integers(2, 3),
    characters=st.integers(2, 4),
    looks_at_all=st.booleans(),
)
def test_weights_states_and_mixtures_give_the_totals_of_brute_force(
    seed: int, steps: int, states: int, symbols: int, characters: int, looks_at_all: bool
) -> None:
    lattice = softened(random_lattice(seed, steps, characters + 1))
    grammar = weighted_grammar(seed + 1, states, symbols, characters)
    # A breadth of all symbols is no bound.
    found = decode(
        lattice,
        replace(grammar, breadth=None if looks_at_all else symbols),
        beams=2000,
        keep=2000,
    )
    totals = grammar_brute_force(lattice, grammar)
    assert {one.text for one in found} == totals.keys()
    everything = sum(totals.values())
    for one in found:
        assert one.log_prob == pytest.approx(np.log(totals[one.text]), abs=1e-6)
        assert one.share == pytest.approx(totals[one.text] / everything, abs=1e-6)
    assert [one.log_prob for one in found] == sorted((f.log_prob for f in found), reverse=True)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 6))
def test_a_narrow_beam_never_claims_more_than_a_text_has(seed: int, steps: int, beams: int) -> None:
    lattice = softened(random_lattice(seed, steps, 4))
    grammar = weighted_grammar(seed + 1, 3, 3, 3)
    totals = grammar_brute_force(lattice, grammar)
    for one in decode(lattice, grammar, beams=beams, keep=20):
        assert one.log_prob <= np.log(totals[one.text]) + 1e-6


def test_text_longer_than_the_lattice_is_impossible() -> None:
    assert score_text(random_lattice(1, 2, 4), [1, 2, 3]) == float("-inf")


def test_repeated_letter_needs_a_blank_between() -> None:
    assert score_text(random_lattice(1, 2, 4), [1, 1]) == float("-inf")
    assert np.isfinite(score_text(random_lattice(1, 3, 4), [1, 1]))


def test_lattice_without_steps_gives_the_empty_text() -> None:
    assert decode(np.zeros((0, 3), np.float32), anything(3))[0].text == ""


def test_grammar_that_nothing_satisfies_gives_nothing() -> None:
    assert decode(peaked("ab"), grammars.postal_code()) == ()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("K1A 0B1", "K1A0B1"),
        ("k1a-0b1", "K1A0B1"),
        ("KIA OBI", "K1A0B1"),
        ("H2X1Y4", "H2X1Y4"),
        ("V5K.2Z9", "V5K2Z9"),
    ],
    ids=["spaced", "small with dash", "letters for digits", "closed", "dotted"],
)
def test_postal_code_is_read_in_every_way_of_writing(written: str, meant: str) -> None:
    assert decode(peaked(written), grammars.postal_code())[0].text == meant


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(grammars.known_fsas())), st.integers(0, 9), st.integers(0, 9),
       st.sampled_from(grammars.CODE_LETTERS))  # fmt: skip
def test_every_known_area_can_be_decoded(area: str, first: int, last: int, letter: str) -> None:
    code = f"{area}{first}{letter}{last}"
    assert decode(peaked(code), grammars.postal_code())[0].text == code


def test_area_in_no_list_is_unlikely_but_not_impossible() -> None:
    unknown = next(
        f"{a}{d}{b}"
        for a in "ABC" for d in "0123456789" for b in grammars.CODE_LETTERS
        if f"{a}{d}{b}" not in grammars.known_fsas()
    )  # fmt: skip
    assert decode(peaked(f"{unknown}1A1"), grammars.postal_code())[0].text == f"{unknown}1A1"


@pytest.mark.parametrize(
    "written",
    ["(613) 555-0123", "613.555.0123", "6135550123", "1-613-555-0123", "+1 613 555 0123",
     "613 555 0123", "613-555-O123"],
)  # fmt: skip
def test_phone_is_read_in_every_way_of_writing(written: str) -> None:
    assert decode(peaked(written), grammars.phone())[0].text[-10:] == "6135550123"


@pytest.mark.parametrize("written", ["511-555-0123", "113-555-0123", "613-155-0123"])
def test_number_that_cannot_exist_is_never_returned(written: str) -> None:
    digits = "".join(c for c in written if c.isdigit())
    assert all(found.text != digits for found in decode(peaked(written), grammars.phone()))


def test_seven_digits_stay_seven() -> None:
    assert decode(peaked("555-0123"), grammars.phone())[0].text == "5550123"


@settings(max_examples=60, deadline=None)
@given(
    # Signs taken for each other (0 and o, q and a) are settled by what is usual.
    st.sampled_from(["jean.roy", "mtremblay", "anne_dubois", "p.singh7", "chen", "ocallaghan38"]),
    st.from_regex(r"[bdhmt][aeiou][klmnrt]{1,3}[aeiou]\.(ca|org|com|net|qc\.ca)", fullmatch=True),
)
def test_any_address_clearly_written_is_read_as_written(local: str, domain: str) -> None:
    assert read_email(peaked(f"{local}@{domain}"))[0].text == f"{local}@{domain}"


def test_known_domain_settles_a_misread_letter_but_the_local_part_is_left_alone() -> None:
    assert read_email(peaked("gmall@gma1l.com", sure=0.7))[0].text == ("gmall@gmail.com")


def test_unknown_domain_is_not_forced_into_a_known_one() -> None:
    assert read_email(peaked("info@gmall.ca"))[0].text == "info@gmall.ca"


@pytest.mark.parametrize(
    "written",
    ["2024-03-05", "5/3/24", "05/03/2024", "March 3, 2024", "3 mars 2024", "le 14 juillet 2023",
     "1er mai 2024", "Sept. 12 2025", "12-08-2024", "Aug 3rd, 2024",
     "3/mar/2024", "2024-mar-03", "2024 march 3", "march 3/24", "sept 12/25", "march 3 '24",
     "20240305", "mon march 3 2024", "lundi 3 mars 2024", "the 3rd of march 2024",
     "3rd of march 2024", "3.mars.2024"],
)  # fmt: skip
def test_date_is_read_as_written(written: str) -> None:
    assert decode(peaked(written), grammars.date())[0].text == written.lower()


@pytest.mark.parametrize("grammar", [grammars.date, grammars.birth_date])
def test_a_one_is_no_stroke_between_figures_that_are_parted_otherwise(
    grammar: Callable[[], TableAutomaton],
) -> None:
    """The 1 of "21 06 2008" may be a stroke: nobody parts figures by two signs."""
    lattice = peaked("21 06 2008")
    one, stroke = ALPHABET.index("1") + 1, ALPHABET.index("/") + 1
    lattice[2, [one, stroke]] = np.log(0.49)
    found = decode(lattice, grammar())
    assert found[0].text == "21 06 2008"
    assert found[0].share > 0.8
    assert decode(peaked("12/05 2008"), grammar())[0].text == "12/05 2008"


def test_date_never_has_a_thirteenth_month() -> None:
    assert all(f.text != "2024-13-45" for f in decode(peaked("2024-13-45"), grammars.date()))


@settings(max_examples=60, deadline=None)
@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèçô'-", min_size=2, max_size=14),
    st.sampled_from([str.title, str.upper, str.lower]),
)
@example("thcmpa", str.title)
@example("natawha", str.title)
@example("simpsfn", str.title)
@example("cjrlssn", str.upper)
def test_any_name_clearly_written_is_read_as_written(
    name: str, write: Callable[[str], str]
) -> None:
    assert decode(peaked(write(name)), grammars.name())[0].text == write(name)


def test_greedy_path_drops_blanks_and_repeats() -> None:
    columns, steps = greedy_path(peaked("aab"))
    assert "".join(ALPHABET[c - 1] for c in columns) == "aab"
    assert list(steps) == [0, 2, 4]


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet="abc", max_size=6))
def test_compiled_pattern_accepts_what_the_pattern_says(text: str) -> None:
    a, b, c = (one_of([k]) for k in (1, 2, 3))
    table = compile_pattern(sequence(a, repeat(choice(b, sequence(c, c)), 0, 2), optional(a)), 4)
    state = 0
    for character in text:
        state = int(table.table[state, "_abc".index(character)]) if state >= 0 else -1
    accepted = state >= 0 and table.final[state] > 0

    assert accepted == bool(re.fullmatch(r"a(b|cc){0,2}a?", text))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 1.0))
def test_mixture_weighs_its_sources_as_their_sum(seed: int, weight: float) -> None:
    lattice = random_lattice(seed, 4, 3)
    free = anything(3)
    alone = {d.text: d.log_prob for d in decode(lattice, free, keep=12)}
    mixed = decode_mixture(lattice, ((free, 1.0), (free, weight)), keep=3)
    for found in mixed:
        assert found.log_prob == pytest.approx(alone[found.text] + np.log1p(weight))
    assert sum(d.share for d in decode_mixture(lattice, ((free, 1.0),), keep=99)) == pytest.approx(
        1
    )


@pytest.mark.parametrize("local", ["bqk", "xqjv7", "jqroy", "pqd"])
def test_a_letter_that_is_plain_to_see_stays_in_an_unusual_local_part(local: str) -> None:
    rows = np.exp(peaked(f"{local}@gmail.com", sure=0.97))
    q, a = (ALPHABET.index(c) + 1 for c in "qa")
    # One part in ten of the q looks like the a that names would have.
    step = 2 * local.index("q")
    rows[step, q], rows[step, a] = 0.9 * rows[step, q], rows[step, a] + 0.1 * rows[step, q]
    assert read_email(np.log(rows).astype(np.float32))[0].text == f"{local}@gmail.com"


def test_a_gap_in_an_email_may_hold_a_lost_dot() -> None:
    assert read_email(peaked("htak@umontreal ca", sure=0.999))[0].text == "htak@umontreal.ca"
