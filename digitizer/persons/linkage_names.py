"""Two names read from handwriting: how many slips apart, and where to cut one that lost its space.

Whoever prints "LOGAN NTOUTOUME" close together is read as "LOGANNTOUTOUME", which
has neither a given name nor a surname. The name beside it says where to cut.
"""

from dataclasses import replace

from rapidfuzz.distance import DamerauLevenshtein

from digitizer.values.personnames import PersonName, possible_names, shape

# Names from this length on may be misread in two letters and still be one name ...
LONG_NAME = 7
# ... and shorter than this in none.
SHORTEST_MISREAD = 3
# Much of a name was read where no more than one letter in so many is wrong.
LETTERS_A_SLIP = 3


def slips(one: str, other: str) -> float:
    """Letters to change between two texts; those that look alike count half."""
    apart = DamerauLevenshtein.distance(one, other)
    return (apart + DamerauLevenshtein.distance(shape(one), shape(other))) / 2 if apart else 0.0


def may_be_misread(one: str, other: str) -> bool:
    """Whether one text may be a misreading of the other."""
    shorter = min(len(one), len(other))
    if shorter < SHORTEST_MISREAD:
        return False
    return slips(one, other) <= (2 if shorter >= LONG_NAME else 1)


def may_be_half_read(one: str, other: str) -> bool:
    """Whether two texts have so much in common that poor readings of one may be both."""
    return slips(one, other) <= min(len(one), len(other)) // LETTERS_A_SLIP


def cut_alike(one: PersonName, other: PersonName) -> tuple[PersonName, PersonName]:
    """The names, one of them cut into given name and surname as the other is.

    The cut is where fewest slips are left; middle names stay with the surname.
    """
    ways = [
        (_slips_cut(a, b, place), place, turned)
        for a, b, turned in ((one, other, False), (other, one, True))
        if a.given and a.surname
        for place in range(1, len(b.letters))
    ]
    if not ways:
        return one, other
    _, place, turned = min(ways)
    kept, cut = (other, one) if turned else (one, other)
    kept = replace(kept, middle="", surname=kept.letters[len(kept.given) :])
    cut = replace(cut, given=cut.letters[:place], middle="", surname=cut.letters[place:])
    return (cut, kept) if turned else (kept, cut)


def _slips_cut(whole: PersonName, other: PersonName, place: int) -> float:
    given, rest = other.letters[:place], other.letters[place:]
    return slips(whole.given, given) + slips(whole.letters[len(whole.given) :], rest)


def given_level(one: str, other: str, known: bool) -> str:
    """How two given names agree, in the words of ``linkage_model``; empty for not at all.

    ``known``: whether both are names that people have, so that a slip between
    them is more likely another person.
    """
    if len(one) > 1 and one == other:
        return "given"
    if set(possible_names(one)) & set(possible_names(other)):
        return "nickname"
    if min(len(one), len(other)) == 1 and one[:1] == other[:1]:
        return "initial"
    if may_be_misread(one, other):
        return "given-like" if known else "given-misread"
    return ""


def surname_level(one: str, other: str) -> str:
    """How two surnames agree, in the words of ``linkage_model``; empty for not at all."""
    if one == other:
        return "surname"
    if may_be_misread(one, other):
        return "surname-misread"
    return "surname-like" if may_be_half_read(one, other) else ""
