"""Printed captions in lone crops: ``NOM:`` before a name, ``DATE`` below it."""

import re

from digitizer.engines import lexicon
from digitizer.engines.reading import Lattice

# Words that print puts beside or above a field, folded. They are dropped where
# they stand before a colon or make up a whole line.
_WORDS = (
    "NOM|PRENOM|NOM ET PRENOM|NAME|FIRST NAME|LAST NAME|SURNAME|GIVEN NAME|YOUR NAME|VOTRE NOM|"
    "ADDRESS|ADRESSE|STREET|RUE|CITY|VILLE|TOWN|POSTAL CODE|CODE POSTAL|PROVINCE|PHONE|"
    "TELEPHONE|TEL|E MAIL|EMAIL|COURRIEL|DATE|DATE DE NAISSANCE|CLASSE|SIGNATURE|EVENT|LOCATION"
)
_WHOLE_LINE = re.compile(rf"({_WORDS})( CLASSE)?")

# Before the caption may stand what is left of a frame or of turned print.
_BEFORE_COLON = re.compile(r"^[^:]{0,16}?[:;]")
_STARTS = tuple(word.replace(" ", "") for word in _WORDS.split("|"))

# "NOM" and "PRENOM" whose colon was not read, or read as a point.
_GLUED = re.compile(r"^\W*(P?R[EÉ]N[O0]M|[NVI][O0]M(?=[.\s])|N[O0]M(?=[A-Z]{3}))[.\s:]*")

# Letters of a caption that may be misread.
_MIN_LETTERS = 3


def without_captions(lines: list[Lattice]) -> list[Lattice]:
    """Lines without captions; the lines as they are where nothing else is left."""
    kept = []
    for line in lines:
        if len(lines) > 1 and _WHOLE_LINE.fullmatch(lexicon.fold(line.text)):
            continue
        kept.append(_after_caption(line))
    return kept or lines


def _after_caption(line: Lattice) -> Lattice:
    """What stands after a caption and its colon, if anything does."""
    match = _BEFORE_COLON.match(line.text)
    if match is None:
        glued = _GLUED.match(line.text)
        if glued is None or glued.end() >= len(line.text) - 1:
            return line
        return line.part(glued.end(), len(line.text))
    before = lexicon.fold(match.group()).replace(" ", "")
    rest = len(line.text) - len(line.text[match.end() :].lstrip())
    is_caption = any(
        before.endswith(word) or (len(word) >= _MIN_LETTERS and word in before) for word in _STARTS
    )
    return line.part(rest, len(line.text)) if is_caption and rest < len(line.text) else line
