"""Whether a name field holds two people's names, as couples write them who share a row.

Of such a row one person would be counted. It is told by a word between two names ("and", "et",
"&") and by a surname that comes twice ("Ann Walsh Paul Walsh"); where they stand below each other
also by one that was misread once, and by a given name that begins anew behind a surname. Long names
of one person hold none of it: particles, double surnames and given names beside each other are no
sign, nor is a name over two lines. Couples of two surnames are told by listed given names only.
"""

import re
from functools import cache

from rapidfuzz import fuzz

from digitizer.validity import fold
from digitizer.values.personnames import short_and_full_names

TWO_NAMES_HELD = "two-names"
# What stands between the names of two people.
_BETWEEN = frozenset({"&", "+", "/", "and", "et", "und"})
# Fewer letters tell no surname, nor do these words before one.
_SURNAME_LETTERS = 3
_PARTICLES = frozenset(
    "abdul abu ali ben bin bint dal das del della den der des dos las los mac san santa santos sao "
    "saint ste van von zur".split()
)
# So many words are the least that two names have; a misread surname is so like the other one.
_LEAST_WORDS, _MISREAD = 4, 75.0
# Given names that hardly anybody has for a surname, beside those that have short forms.
_GIVEN = frozenset(
    """
    aaron abdullah adele adriana agnes ahmed aisha alain alban alice alicia alison amara amelie
    amina amir ana anais andrea andree angela angelica anita ann anna anne annie ariane arjun audrey
    ayesha bastien beatrice brenda brian bruno camille carla carlos carol carole cecile celine
    chantal claire clara clement colette colleen corinne craig darlene deepa denise derek diana
    diane diego donna doris dorothee dylan edith eileen elaine elena eleonore elise ella elodie elsa
    emilie emma eric erica erin esther etienne eva fabienne fabrice farah fatima fatoumata felix
    fernanda fiona florence florian francine frederique gaetan gilles ginette giovanni gisele giulia
    glenn gloria guadalupe hassan helen helena helene herve hiroshi holly huguette hussein ian
    ibrahim ines ingrid irene irina iris isaac ivan jasmine jeanne jeannette jerome jill jocelyne
    joel johanne jonathan jorge josee juan juanita karim karine katarina keith kevin khadija kristin
    kyle laetitia laila laura lena liam lise lorraine luc lucia lucie lucy luis luisa lyne lynn
    mahmoud manon marc marcel marco margot maria mariam marianne marie marina marion marta mary
    maryam mateo maude maureen megan mehmet mei mia michele miguel mireille mohamed moira monica
    monique muriel myriam nadia nadine nancy naomi natalia nathalie neil nicola nina noelle noemie
    nora odette olga omar paige paola pascale paul paula pauline pedro pierre priya rajesh ramona
    raquel remi rene renee rita romain rosa rosalie roxane ruth ryan sabrina salma sandrine sara
    sean sheila sofia sonia sonja soo stella svetlana sylvain tara tatiana teresa thierry thuy tina
    tomas tracy tristan ursula vanessa vera vikram virginie viviane wei wendy xavier xiomara yasmin
    yolanda youssef yuki yves yvette zainab zeynep
    """.split()
)


def holds_two_names(text: str, lines: int = 1) -> bool:
    """Whether ``text`` holds the names of two people; ``lines``: how many it was written on."""
    words = _words(text)
    for at, word in enumerate(words):
        if word in _BETWEEN and at and at + 1 < len(words):
            return len(words) >= _LEAST_WORDS - 1
    words = [word for word in words if word not in _BETWEEN]
    if len(words) < _LEAST_WORDS:
        return False
    if _comes_twice(words):
        return True
    return lines > 1 and (_is_alike_twice(words) or _begins_anew(words))


def _words(text: str) -> list[str]:
    """The words of a name, folded; a double name of two parts is one."""
    apart = re.sub(r"([&+/])", r" \1 ", fold(text).lower())
    return [w for w in (re.sub(r"[^a-z&+/-]", "", w).strip("-") for w in apart.split()) if w]


def _comes_twice(words: list[str]) -> bool:
    """Whether a surname stands twice, with another person's given name between."""
    named = [w if len(w) >= _SURNAME_LETTERS and w not in _PARTICLES else "" for w in words]
    return any(
        named[i] and named[i] == named[j]
        for i in range(len(words))
        for j in range(i + 2, len(words))
        # "Marc Roy Marc" is one person, as may be any name that ends as it begins, and who has
        # a grandfather's name.
        if (i, j) != (0, len(words) - 1) and (i or words[0] not in _given_names())
    )


def _is_alike_twice(words: list[str]) -> bool:
    """Whether two names of two words end, or begin, alike."""
    if len(words) != _LEAST_WORDS:
        return False
    return any(
        min(len(words[k]), len(words[k + 2])) > _SURNAME_LETTERS
        and fuzz.ratio(words[k], words[k + 2]) >= _MISREAD
        and (k or words[0] not in _given_names())
        for k in (0, 1)
    )


def _begins_anew(words: list[str]) -> bool:
    """Whether given name and surname are followed by the same once more."""
    given = [word.partition("-")[0] in _given_names() for word in words]
    return len(words) == _LEAST_WORDS and given == [True, False, True, False]


@cache
def _given_names() -> frozenset[str]:
    return _GIVEN | short_and_full_names()
