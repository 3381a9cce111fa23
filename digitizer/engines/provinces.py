"""Telling a province at the end of an address or in a cell of its own, in any usual spelling."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from digitizer.engines import lexicon
from digitizer.engines.automata import choice, compile_pattern, one_of, sequence
from digitizer.engines.decode import Automaton, Decoded, TableAutomaton, decode
from digitizer.engines.grammars import capitals
from digitizer.engines.reading import (
    Lattice,
    evidence_of,
    free_log_prob,
    read_lattice,
    unread,
    with_evidence,
)
from digitizer.recognisers import engine_name
from digitizer.records import Candidate, FieldKind, Reading

# Ways to write each province and territory, folded, without spaces and dots.
SPELLINGS: Mapping[str, str] = {
    "ON": "ON ONT ONTARIO",
    "QC": "QC QUE QUEBEC PQ PQUE",
    "BC": "BC CB BRITISHCOLUMBIA COLOMBIEBRITANNIQUE",
    "AB": "AB ALTA ALB ALBERTA",
    "SK": "SK SASK SASKATCHEWAN",
    "MB": "MB MAN MANITOBA",
    "NS": "NS NOVASCOTIA NE NOUVELLEECOSSE",
    "NB": "NB NEWBRUNSWICK NOUVEAUBRUNSWICK",
    "PE": "PE PEI IPE PRINCEEDWARDISLAND ILEDUPRINCEEDOUARD",
    "NL": "NL NFLD NF TNL NEWFOUNDLAND TERRENEUVE NEWFOUNDLANDANDLABRADOR "
    "NEWFOUNDLANDLABRADOR TERRENEUVEETLABRADOR",
    "NT": "NT NWT TNO NORTHWESTTERRITORIES TERRITOIRESDUNORDOUEST",
    "NU": "NU NUNAVUT",
    "YT": "YT YUKON YUKONTERRITORY TERRITOIREDUYUKON",
}

# First letter of the postal code -> provinces it can lie in.
_OF_LETTER: Mapping[str, tuple[str, ...]] = {
    "A": ("NL",), "B": ("NS",), "C": ("PE",), "E": ("NB",), "G": ("QC",), "H": ("QC",),
    "J": ("QC",), "K": ("ON",), "L": ("ON",), "M": ("ON",), "N": ("ON",), "P": ("ON",),
    "R": ("MB",), "S": ("SK",), "T": ("AB",), "V": ("BC",), "X": ("NT", "NU"), "Y": ("YT",),
}  # fmt: skip

# What binding a word to the provinces' spellings may cost, for each sign: with
# a postal code that lies in the province, and without one that says so.
_COST_AGREEING = 2.5
_COST_ALONE = 0.7

# What it may cost for each sign where a cell asks for a province and for nothing else. Of 250
# provinces of joined glyphs (calibrate split) none cost more than 1.4; "NY" or "Vermont",
# clearly written, cost 3.3 and more, and stay as written.
_MOST_COST = 3.0

# What it costs a stretch that no spelling fits, in natural logs.
_NO_PROVINCE = 60.0

# Quebec is a city too: where nothing else on the line can be one, and the
# code lies in the city's areas, the word is the city.
_QUEBEC_CITY_AREAS = ("G1", "G2", "G3")

# Letters of the longest spelling, and a few read twice.
_LONGEST = 28

# Words of the longest spelling: "Île du Prince Édouard".
MAX_WORDS = 4


def cost_of(part: Lattice, written: str, code: str, *, alone: bool) -> float | None:
    """What it costs to take a stretch at the end of an address for a province.

    ``written``: its unbound reading; ``code``: the postal code found, or
    empty; ``alone``: nothing stands before it that can be a city. In natural logs, 0 for a
    usual spelling; None where it is no province. "Quebec" ``alone`` is the city
    where the code lies in the city's areas, or there is none.
    """
    letters = lexicon.fold(written).replace(" ", "")
    if not letters or len(letters) > _LONGEST:
        return None
    if len(letters) > 1 and code_of(letters) is not None:
        return None if alone and _is_quebec_city(letters, code) else 0.0
    found = decode(part.log_probs, _automaton(), keep=1)
    if not found:
        return None
    province = code_of(found[0].text)
    cost = free_log_prob(part) - found[0].log_prob
    agrees = province in _OF_LETTER.get(code[:1], ())
    if not agrees and any(c in "123456789" for c in letters):
        # "apt 4B" is no flat in Alberta; no flat is numbered 0, so "0N" is Ontario.
        return None
    limit = _COST_AGREEING if agrees else _COST_ALONE
    if cost > limit * max(2, len(found[0].text)):
        return None
    return None if alone and _is_quebec_city(found[0].text, code) else cost


def _is_quebec_city(letters: str, code: str) -> bool:
    """Whether "Quebec" on a line of its own is the city: by its areas, or where no code tells."""
    return letters == "QUEBEC" and (not code or code[:2] in _QUEBEC_CITY_AREAS)


def bind_cost(part: Lattice) -> float:
    """How much log-probability is lost by taking all of a stretch for a province, as written."""
    found = decode(part.log_probs, _automaton(), keep=1)
    return free_log_prob(part) - found[0].log_prob if found else _NO_PROVINCE


def read_province(part: Lattice, field: str) -> Reading:
    """Read a stretch as a province; the text is its two letters.

    Ink that is no province's, as of a state, stays as written, for a person to see.
    """
    found = decode(part.log_probs, _automaton())
    if not found or _cost_a_sign(part, found[0]) > _MOST_COST:
        return _as_written(part, field)
    shares: dict[str, float] = {}
    for item in found:
        code = code_of(item.text) or ""
        shares[code] = shares.get(code, 0.0) + item.share
    ranked = sorted(shares.items(), key=lambda entry: -entry[1])
    evidence = evidence_of(part, found, part.text, FieldKind.PROVINCE)
    return Reading(
        field=field,
        kind=FieldKind.PROVINCE,
        text=ranked[0][0],
        raw_confidence=ranked[0][1],
        engine=engine_name(),
        greedy=part.text,
        alternatives=tuple(Candidate(text, share) for text, share in ranked),
        evidence=tuple(sorted((evidence | {"share": ranked[0][1]}).items())),
    )


def _cost_a_sign(part: Lattice, found: Decoded) -> float:
    return (free_log_prob(part) - found.log_prob) / max(2, len(found.text))


def _as_written(part: Lattice, field: str) -> Reading:
    reading = read_lattice(part, field, FieldKind.PROVINCE)
    if not reading.text:
        return unread(field, FieldKind.PROVINCE, part.text)
    return with_evidence(replace(reading, raw_confidence=0.0), {"bound": 0.0})


@cache
def _spellings() -> Mapping[str, str]:
    return {word: code for code, words in SPELLINGS.items() for word in words.split()}


def code_of(folded: str) -> str | None:
    """Two letters of a province for a folded spelling without spaces."""
    return _spellings().get(folded)


@cache
def _automaton() -> Automaton:
    outputs, mix = capitals()
    number = {sign: index for index, sign in enumerate(outputs) if sign}
    words = [sequence(*(one_of([number[c]]) for c in word)) for word in _spellings()]
    table = compile_pattern(choice(*words), len(outputs))
    return TableAutomaton(outputs, mix, table.table, table.weights, table.final)
