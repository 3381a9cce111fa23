"""Who signed twice: suggested with a probability and the evidence for it.

Method: pairs of records that share a key are compared field by field; their
agreement, worth more the rarer it is, gives the odds of one person against
two strangers (Fellegi-Sunter, by splink on DuckDB) and, from the given name
and the email, against two of one household. Without the extra "linkage" only
records that agree exactly in name and contact are compared (``signers``).

Two people are never taken for one because they share a household: another
given name, another generation (Jr, fils), another petition is another record.
*Certain* is only what no misreading and no namesake explains: whole names
alike to the letter, the same email, and the same phone or house. All else is
a suggestion for a person.

The outcome depends on the records and their order only. It fails where the
second signature shares nothing but a common name, and cannot tell father and
son who give one name, one email and one house.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digitizer.engines.lexicon import name_words
from digitizer.persons import linkage_splink
from digitizer.persons.linkage_model import FIELDS, Level, household_odds, level_called
from digitizer.persons.linkage_names import cut_alike, given_level, surname_level
from digitizer.persons.linkage_records import Keys, Pair, Readings, SignerRecord, keys_of
from digitizer.values.personnames import PersonName, says_generation
from digitizer.values.signers import SignerKey, find_duplicate_signers, first_of

__all__ = ["DuplicateSigner", "Evidence", "Readings", "SignerRecord", "find_duplicates"]

# A suggestion is worth a person's look from here: as often right as wrong.
MIN_PROBABILITY = 0.5
# Only one of two says Jr: that is how a son signs after his father, and how
# few people sign who gave the name without it before.
GENERATION_DOUBT = 0.02
# Middle initials that differ; they are misread oftener than missing.
INITIAL_DOUBT = 0.1
# Odds against strangers (log2) of a whole name and this, to the letter: what
# the model gives for a name of ordinary rarity among 10,000 records.
EXACT_LOG2_ODDS = {"email": 22.0, "phone": 21.0, "address": 16.0, "postal-code": 11.0}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that agrees. ``share`` of the records have it, None: not counted."""

    says: str
    share: float | None = None


@dataclass(frozen=True, slots=True)
class DuplicateSigner:
    """``record_id`` is, or may be, the person of the earlier ``duplicate_of``."""

    record_id: str
    duplicate_of: str
    probability: float
    certain: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    pair: Pair
    probability: float
    certain: bool


def find_duplicates(
    records: Sequence[SignerRecord], *, use_splink: bool | None = None
) -> tuple[DuplicateSigner, ...]:
    """Suspected repeats among ``records``, given in order of arrival; the first counts.

    ``use_splink``: None for where it is installed.
    """
    keys = [keys_of(record) for record in records]
    if use_splink is None:
        use_splink = linkage_splink.installed()
    pairs = linkage_splink.find_pairs(keys) if use_splink else _exact_pairs(records)
    best: dict[int, _Judged] = {}
    first = list(range(len(records)))
    for pair in pairs:
        judged = _judge(pair, records, keys)
        if judged is None:
            continue
        if judged.certain:
            one, other = sorted((first_of(first, pair.earlier), first_of(first, pair.later)))
            first[other] = one
        if pair.later not in best or _rank(judged) > _rank(best[pair.later]):
            best[pair.later] = judged
    shares = _Shares(keys)
    return tuple(
        DuplicateSigner(
            records[place].record_id,
            records[first_of(first, judged.pair.earlier)].record_id,
            round(judged.probability, 4),
            judged.certain,
            shares.evidence(judged.pair),
        )
        for place, judged in sorted(best.items())
    )


def _rank(judged: _Judged) -> tuple[bool, float, int]:
    return judged.certain, judged.probability, -judged.pair.earlier


def _judge(pair: Pair, records: Sequence[SignerRecord], keys: Sequence[Keys]) -> _Judged | None:
    """What a pair is worth; None where it is no duplicate."""
    one, other = records[pair.earlier], records[pair.later]
    if one.petition and other.petition and one.petition != other.petition:
        return None
    ours, theirs = keys[pair.earlier], keys[pair.later]
    name, again = ours.name, theirs.name
    if name.generation and again.generation and name.generation != again.generation:
        return None
    if "joined" in (pair.says("given"), pair.says("surname")):
        pair = _cut(pair, keys)
    if not pair.says("given") or not pair.says("surname"):
        # Another given name: a housemate. Another surname: not the same name.
        return None
    odds = household_odds(pair.levels["given"], pair.levels["email"])
    if name.generation != again.generation or _may_say_generation(ours, theirs):
        odds *= GENERATION_DOUBT
    odds *= INITIAL_DOUBT if _other_initial(name.middle, again.middle) else 1.0
    probability = 1 / (1 + 2.0**-pair.log2_odds + 1 / odds)
    certain = _is_certain(ours, theirs) and one.sure and other.sure
    certain = certain and one.petition == other.petition
    if probability < MIN_PROBABILITY and not certain:
        return None
    return _Judged(pair, probability, certain)


def _cut(pair: Pair, keys: Sequence[Keys]) -> Pair:
    """The pair with the levels that its names have once a lost space is found again.

    Of all readings of the two names, those that agree best.
    """
    found = [
        _levels_of_cut(one, other)
        for one in keys[pair.earlier].names
        for other in keys[pair.later].names
    ]
    best = max(found, key=lambda levels: math.prod(one.m / one.u for one in levels.values()))
    return replace(pair, levels={**pair.levels, **best})


def _levels_of_cut(name: PersonName, again: PersonName) -> dict[str, Level]:
    one, other = cut_alike(name, again)
    known = all(each.given.upper() in name_words() for each in (one, other))
    given = given_level(one.given, other.given, known)
    if not one.given and not other.given:
        # Neither has a space: a letter may be of either part.
        given = "given" if one.letters == other.letters else ""
    surname = surname_level(one.surname, other.surname)
    return {"given": level_called("given", given), "surname": level_called("surname", surname)}


def _may_say_generation(one: Keys, other: Keys) -> bool:
    return any(says_generation(a.letters, b.letters) for a in one.names for b in other.names)


def _other_initial(one: str, other: str) -> bool:
    return bool(one and other) and one[0] != other[0]


def _is_certain(one: Keys, other: Keys) -> bool:
    """Whether nothing but one person explains how two records agree."""
    same_name = (
        one.name.whole
        and other.name.whole
        and (one.name.given, one.name.surname, one.name.generation)
        == (other.name.given, other.name.surname, other.name.generation)
        and not _other_initial(one.name.middle, other.name.middle)
    )
    same_house = bool(one.postal and one.number) and (one.postal, one.number) == (
        other.postal,
        other.number,
    )
    same_phone = bool(one.phone) and one.phone == other.phone
    same_email = bool(one.email) and one.email == other.email
    return same_name and same_email and (same_house or same_phone)


def _exact_pairs(records: Sequence[SignerRecord]) -> Iterator[Pair]:
    """Pairs of records that agree to the letter in name and some contact."""
    places = {record.record_id: place for place, record in enumerate(records)}
    found = find_duplicate_signers(
        [SignerKey(r.record_id, r.name, r.address, r.postal_code, r.phone, r.email)
         for r in records]
    )  # fmt: skip
    exact = {field: levels[0] for field, levels in FIELDS.items()}
    postal = next(level for level in FIELDS["place"] if level.says == "postal-code")
    for one in found:
        levels = {
            "given": exact["given"],
            "surname": exact["surname"],
            "place": exact["place"]
            if "address" in one.keys
            else (postal if "postal-code" in one.keys else None),
            "phone": exact["phone"] if "phone" in one.keys else None,
            "email": exact["email"] if "email" in one.keys else None,
        }
        odds = max(EXACT_LOG2_ODDS[key] for key in one.keys) if one.keys else 0.0
        yield Pair(places[one.duplicate_of], places[one.record_id], odds, levels)


class _Shares:
    """How many of the records bear a name, for the evidence."""

    def __init__(self, keys: Sequence[Keys]) -> None:
        self._keys = keys
        self._given = Counter(one.name.given for one in keys)
        self._surnames = Counter(one.name.surname for one in keys)

    def evidence(self, pair: Pair) -> tuple[Evidence, ...]:
        words: dict[str, float | None] = {}
        name = self._keys[pair.later].name
        counts: Mapping[str, int] = {
            "given": self._given[name.given],
            "surname": self._surnames[name.surname],
        }
        for field in FIELDS:
            says = pair.says(field)
            if says:
                count = counts.get(says)
                words[says] = None if count is None else round(count / len(self._keys), 6)
        return tuple(Evidence(says, share) for says, share in words.items())
