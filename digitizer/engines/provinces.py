"""Telling a province at the end of an address or in a cell of its own, in any usual spelling."""

from collections.abc import Mapping
from functools import cache

from digitizer.engines import lexicon
from digitizer.engines.decode import Automaton, decode
from digitizer.engines.grammars import capitals
from digitizer.engines.listed import read_listed, spellings_automaton
from digitizer.engines.reading import Lattice, free_log_prob
from digitizer.records import FieldKind, Reading

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
    return read_listed(
        part, field, FieldKind.PROVINCE, _automaton(), lambda text: code_of(text) or "", part.text
    )


@cache
def _spellings() -> Mapping[str, str]:
    return {word: code for code, words in SPELLINGS.items() for word in words.split()}


def code_of(folded: str) -> str | None:
    """Two letters of a province for a folded spelling without spaces."""
    return _spellings().get(folded)


@cache
def _automaton() -> Automaton:
    return spellings_automaton(*capitals(), _spellings())
