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
    aaron abdullah adele alban angelica anais bastien clement dorothee elodie emilie fabrice florian
    frederique gilles herve isaac jonathan kristin laetitia lucy margot maude michele muriel noelle
    paige pascale remi romain roxane ryan sandrine sean sonja tristan thierry virginie xiomara
    adele adriana agnes ahmed aisha alain alice alicia alison amara amelie amina
    amir ana andrea andree angela anita ann anna anne annie ariane arjun audrey ayesha beatrice
    brenda brian bruno camille carla carlos carol carole cecile celine chantal claire clara
    colette colleen corinne craig darlene deepa denise derek diana diane diego donna doris
    dylan edith eileen elaine elena eleonore elise ella elsa emma eric erica erin esther etienne
    eva fabienne farah fatima fatoumata felix fernanda fiona florence francine gaetan ginette
    giovanni gisele giulia glenn gloria guadalupe hassan helen helena helene hiroshi holly huguette
    hussein ian ibrahim ines ingrid irene irina iris ivan jasmine jeanne jeannette jerome jill
    joel jocelyne johanne jorge josee juan juanita karim karine katarina keith kevin khadija kyle
    laila laura lena liam lise lorraine luc lucia lucie luis luisa lyne lynn mahmoud manon marc
    marcel marco maria marianne marie marina mariam marion marta mary maryam mateo maureen megan
    mehmet mei mia mireille miguel mohamed moira monica monique myriam nadia nadine nancy naomi
    natalia nathalie neil nicola nina noemie nora odette olga omar paola paul paula pauline pedro
    pierre priya rajesh ramona raquel rene renee rita rosa rosalie ruth sabrina salma sara sheila
    sofia sonia soo stella svetlana sylvain tara tatiana teresa thuy tina tomas tracy ursula vanessa
    vera vikram viviane wendy wei xavier yasmin yolanda youssef yuki yves yvette zainab zeynep
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
