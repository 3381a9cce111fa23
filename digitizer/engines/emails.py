"""The grammar of an email address.

Before the ``@`` a letter model of names with digits and signs let in; after
it a tree of well-known domains beside any other domain. A known domain is
favoured, never forced: another one costs a fixed share and a little for each
sign, so a clearly written one wins, and one that differs by a misread letter
from ``gmail.com`` does not. The local part is never mended: it may be made of
names (``bakker``) or of any signs at all (``bqk``), and the letter model of
names helps only where the whole of it looks like names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from digitizer.engines.decode import Floats, Ints, columns_of
from digitizer.engines.handwritten import ALPHABET
from digitizer.engines.language import CLASSES, class_of, load_table
from digitizer.validity import MAIL_DOMAINS

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = f"{LETTERS}0123456789.-_+'%@"

# Signs that hardly any address holds, so that none stood in those the shares were measured
# on: one read clearly is itself, one read faintly is the letter it was measured to be.
RARE_SIGNS = "+'%"
_RARE_OWN = 0.85

# Well-known domains and roughly how often each stands on a Canadian sheet.
KNOWN_DOMAINS: Mapping[str, float] = {
    "gmail.com": 0.35, "hotmail.com": 0.18, "outlook.com": 0.06, "yahoo.ca": 0.06,
    "yahoo.com": 0.05, "videotron.ca": 0.03, "sympatico.ca": 0.04, "shaw.ca": 0.03,
    "rogers.com": 0.03, "telus.net": 0.02, "bell.net": 0.02, "icloud.com": 0.03,
    "live.ca": 0.02, "live.com": 0.01, "hotmail.ca": 0.02, "hotmail.fr": 0.005,
    "outlook.fr": 0.003, "msn.com": 0.005, "cogeco.ca": 0.005, "eastlink.ca": 0.005,
    "me.com": 0.004, "mac.com": 0.003, "aol.com": 0.003, "protonmail.com": 0.004,
    "proton.me": 0.003, "yahoo.fr": 0.004, "telus.com": 0.002, "sasktel.net": 0.004,
    "mts.net": 0.003, "nb.sympatico.ca": 0.002, "ns.sympatico.ca": 0.002,
    "gmx.com": 0.001, "cgocable.ca": 0.002, "xplornet.com": 0.002, "execulink.com": 0.001,
    "uottawa.ca": 0.002, "utoronto.ca": 0.002, "mcgill.ca": 0.002, "ulaval.ca": 0.002,
    "ubc.ca": 0.002, "umontreal.ca": 0.002, "usherbrooke.ca": 0.001, "carleton.ca": 0.001,
    "queensu.ca": 0.001, "dal.ca": 0.001, "ualberta.ca": 0.001, "concordia.ca": 0.001,
}  # fmt: skip

# Of the other domains that ``validity`` lists each stands on about one sheet row in 2,000.
RARE_SHARE = 0.0005
DOMAIN_SHARES: Mapping[str, float] = dict.fromkeys(sorted(MAIL_DOMAINS), RARE_SHARE) | dict(
    KNOWN_DOMAINS
)

# Factor on any other domain, and on each of its signs.
OTHER_DOMAIN = 0.05
OTHER_SIGN = 0.5

# How far the letter model of names steers a local part made of names, and how
# much such ones count beside any others. On 250 joined-glyph emails of names
# and 250 of random letters (calibrate split) the model alone at power 0.25 read
# 52 and 34 % exactly, no model 40 and 40 %, this mixture 55 and 39 %.
LOCAL_POWER = 0.5
NAMES_WEIGHT = 0.37
# No letter weighs less or more than this: those of "zdm" behind a name, each sure in the ink,
# were "zam". Of 600 emails of the calibrate split one is won by it and three are lost.
LETTER_WEIGHTS = 0.3, 3.0
LOCAL_SIGN_FACTORS = {"digit": 0.6, ".": 0.8, "-": 0.4, "_": 0.4, "+": 0.5, "'": 0.4, "%": 0.3}

# Figures stand together at the end of a local part: "theret70", not "theret7o".
# The mixing shares know an o as a letter 36 times in 37, which holds among
# letters; after a figure a letter is rare.
LETTER_AFTER_DIGIT = 0.05
DIGIT_FIRST = 0.15

# How long figures run, set against any run of that length: two figures, or a
# year (of birth, of opening the account: 1930 to 2029) far above any other four.
# "theret1970" is what "theretl970" says. Of 200 emails each (calibrate split) these
# two constants bring 58 to 68 % of joined glyphs and 85 to 88 % in fonts; of 100
# with figures amid letters ("k4te"), which few people have, they lose 8.
RUN_FACTORS = {"": 1.0, "9": 0.7, "99": 1.0, "999": 0.4, "9999": 0.1, "99999": 0.08, "1970": 30.0}

# What else may stand for ``@``, which the recogniser often takes for a letter.
# A bracket is no sign of an address, so it may well be one.
AT_SHARES = {"a": 0.02, "Q": 0.1, "O": 0.03, "0": 0.02, "e": 0.02, "C": 0.02, "&": 0.3, "G": 0.03,
             "8": 0.01, "6": 0.01, "D": 0.02, "q": 0.03, "(": 0.3}  # fmt: skip

# What else may stand for a gap between words: addresses have none.
SPACE_SHARES = {".": 0.1, "_": 0.05}

# The share of a blank step that may hide a lost ``@`` or dot.
LOST_AT = 1e-5
LOST_DOT = 1e-4

_HISTORIES = CLASSES**3
_DIGIT_SIGN = class_of("0")

# Runs of figures that the local part tells apart, as beginnings of years where
# they may become one; 9 stands for any other figure.
_RUNS = (
    "", "1", "2", "9", "19", "20", "99", "197", "200", "999", "1970", "9999", "99999",
)  # fmt: skip
_LOCAL_STATES = _HISTORIES * len(_RUNS)


@dataclass(frozen=True, slots=True, eq=False)
class EmailAutomaton:
    """States below ``_LOCAL_STATES`` are the local part, the others the domain's tables.

    A state of the local part is its last three signs and its run of figures.
    """

    outputs: tuple[str, ...]
    mix: npt.NDArray[np.float32]
    local: npt.NDArray[np.float32]
    sign: Ints
    run_factors: npt.NDArray[np.float32]
    run_next: Ints
    table: npt.NDArray[np.int64]
    weights: Floats
    final: Floats
    at: int
    breadth: int | None = None

    def factors(self, states: Ints, symbols: Ints) -> Floats:
        """Prior factors on taking a symbol."""
        inside = states < _LOCAL_STATES
        if inside.all():
            return self._local_factors(states, symbols)
        found = np.empty((states.size, symbols.size))
        found[inside] = self._local_factors(states[inside], symbols)
        domain = states[~inside] - _LOCAL_STATES
        found[~inside] = columns_of(self.weights.take(domain, axis=0), symbols)
        return found

    def _local_factors(self, states: Ints, symbols: Ints) -> Floats:
        history, run = np.divmod(states, len(_RUNS))
        found = columns_of(self.local.take(history, axis=0), symbols)
        found = found * columns_of(self.run_factors.take(run, axis=0), symbols)
        # An address starts with a letter or digit, not with the @.
        found[np.ix_(states == 0, symbols == self.at)] = 0.0
        return found.astype(np.float64)

    def following(self, states: Ints, symbols: Ints) -> Ints:
        """Next state of each pair."""
        inside = states < _LOCAL_STATES
        if inside.all():
            return self._local_following(states, symbols)
        found = np.empty_like(states)
        found[inside] = self._local_following(states[inside], symbols[inside])
        outside = ~inside
        found[outside] = self.table[states[outside] - _LOCAL_STATES, symbols[outside]]
        found[outside] += _LOCAL_STATES
        return found

    def _local_following(self, states: Ints, symbols: Ints) -> Ints:
        history, run = np.divmod(states, len(_RUNS))
        history = np.maximum((history * CLASSES + self.sign[symbols]) % _HISTORIES, 1)
        local = history * len(_RUNS) + self.run_next[run, symbols]
        return np.where(symbols == self.at, _LOCAL_STATES, local)

    def ends(self, states: Ints) -> Floats:
        """Only a whole domain ends an address."""
        inside = states < _LOCAL_STATES
        return np.where(inside, 0.0, self.final[np.where(inside, 0, states - _LOCAL_STATES)])


def email_automaton(mix: npt.NDArray[np.float32], power: float = LOCAL_POWER) -> EmailAutomaton:
    """The automaton; ``mix``: (characters + 1, 1 + len(SIGNS)) shares.

    ``power``: of the letter model in the local part; 0 takes any letters alike.
    """
    columns = 1 + len(SIGNS)
    letters = load_table("name")
    local = np.zeros((_HISTORIES, columns), np.float32)
    sign = np.zeros(columns, np.int64)
    after_digit = np.arange(_HISTORIES) % CLASSES == _DIGIT_SIGN
    for index, character in enumerate(SIGNS, start=1):
        if character in LETTERS:
            number = class_of(character)
            local[:, index] = np.clip((letters[:, number] * CLASSES) ** power, *LETTER_WEIGHTS)
            local[after_digit, index] = LETTER_AFTER_DIGIT
            sign[index] = number
        else:
            key = "digit" if character.isdigit() else character
            local[:, index] = LOCAL_SIGN_FACTORS.get(key, 1.0)
            if character.isdigit():
                sign[index] = _DIGIT_SIGN
                local[after_digit, index] = 1.0
                local[0, index] = DIGIT_FIRST
    run_factors, run_next = _run_tables()
    table, weights, final = _domain_tables()
    at = SIGNS.index("@") + 1
    return EmailAutomaton(
        ("", *SIGNS),
        mix,
        local,
        sign,
        run_factors,
        run_next,
        table,
        weights,
        final,
        at,
    )


@cache
def _run_tables() -> tuple[npt.NDArray[np.float32], Ints]:
    """(runs, columns): factors on what ends a run of figures, and the run after each sign."""
    factors = np.ones((len(_RUNS), 1 + len(SIGNS)), np.float32)
    following = np.zeros(factors.shape, np.int64)
    for number, run in enumerate(_RUNS):
        length = "1970" if run == "1970" else "9" * len(run)
        for index, character in enumerate(SIGNS, start=1):
            if character.isdigit():
                following[number, index] = _RUNS.index(_longer(run, character))
            elif character not in LETTERS:
                factors[number, index] = RUN_FACTORS[length]
    return factors, following


def _longer(run: str, digit: str) -> str:
    """The run after one more figure."""
    if run == "":
        return digit if digit in "12" else "9"
    if run + digit in ("19", "20"):
        return run + digit
    if (run == "19" and digit in "3456789") or (run == "20" and digit in "012"):
        return "197" if run == "19" else "200"
    if run in ("197", "200"):
        return "1970"
    return "9" * min(len(run) + 1, 5)


@cache
def _domain_tables() -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Tree of known domains, with ways out of it into any other domain.

    A node's value is the largest share of a domain below it; factors are
    ratios of values, so a path's product is its domain's share.
    """
    top = max(DOMAIN_SHARES.values())
    nodes: dict[str, float] = {"": 1.0}
    for domain, share in DOMAIN_SHARES.items():
        for end in range(1, len(domain) + 1):
            prefix = domain[:end]
            nodes[prefix] = max(nodes.get(prefix, 0.0), share / top)
    number = {prefix: k for k, prefix in enumerate(nodes)}
    first_other = len(nodes)
    # Others: 0 a label begins, 1 in the first label, 2 after a dot, 3 one
    # letter after it, 4 two or more (may end).
    size = first_other + 5
    table = np.full((size, 1 + len(SIGNS)), -1, np.int64)
    weights = np.zeros(table.shape)
    final = np.zeros(size)
    column = {c: k for k, c in enumerate(SIGNS, start=1)}
    for state in range(5):
        for character in SIGNS[:-1]:
            target = _other_step(state, character)
            if target is not None:
                table[first_other + state, column[character]] = first_other + target
                weights[first_other + state, column[character]] = OTHER_SIGN
    final[first_other + 4] = 1.0
    for prefix, value in nodes.items():
        beside: int | None = 0
        for character in prefix:
            beside = _other_step(beside, character) if beside is not None else None
        spent = OTHER_DOMAIN * OTHER_SIGN ** len(prefix)
        for character in SIGNS[:-1]:
            longer = prefix + character
            here = (number[prefix], column[character])
            if longer in nodes:
                table[here], weights[here] = number[longer], nodes[longer] / value
            elif beside is not None:
                target = _other_step(beside, character)
                if target is not None:
                    table[here] = first_other + target
                    weights[here] = spent * OTHER_SIGN / value
        share = DOMAIN_SHARES.get(prefix, 0.0) / top
        final[number[prefix]] = max(share, spent if beside == 4 else 0.0) / value
    return table, weights, final


def _other_step(state: int, character: str) -> int | None:
    """Next state of any other domain, None where the sign cannot stand."""
    if character == "_" or character in RARE_SIGNS:
        return None
    if character == ".":
        return 2 if state in (1, 3, 4) else None
    if state in (0, 1):
        return None if character == "-" and state == 0 else 1
    if character in LETTERS:
        return {2: 3, 3: 4, 4: 4}[state]
    # A digit or hyphen: this label is no ending, one more must follow.
    return 1 if character != "-" or state != 2 else None


def email_shares(measured: Mapping[str, float]) -> list[tuple[str, int, float]]:
    """(character, symbol, share) for the mixing matrix."""
    column = {c: k for k, c in enumerate(SIGNS, start=1)}
    shares: list[tuple[str, int, float]] = []
    for character in ALPHABET:
        if character == " ":
            # Nothing, mostly: but what looks like a gap may be a faint dot or a line below.
            gaps = [(s, SPACE_SHARES[s]) for s in SPACE_SHARES]
            shares.append((character, 0, 1.0 - sum(share for _, share in gaps)))
            shares.extend((character, column[s], share) for s, share in gaps)
            continue
        # Half measured, half the sign itself, mostly: fewer wrong letters than either.
        share = _RARE_OWN if character in RARE_SIGNS else 0.5
        found = {s: (1.0 - share) * measured.get(f"{character}>{s}", 0.0) for s in SIGNS}
        own = character.lower()
        if own in column:
            found[own] += share if sum(found.values()) > 0.0 else 1.0
        kept = [(s, v) for s, v in found.items() if v > 0.0]
        shares.extend((character, column[s], v) for s, v in kept)
        if character in AT_SHARES:
            shares.append((character, column["@"], AT_SHARES[character]))
    return shares
