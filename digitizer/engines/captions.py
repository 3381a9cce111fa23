"""Printed captions in lone crops: ``NOM:`` before a name, ``DATE`` below it.

Which of a crop's lines is the field, and which part of it, is told by what they
read as. A caption of the field itself points at what stands right of it, or else
below it; a caption of another field tells what to leave out; a line that the
crop's edge cuts is a neighbour's, unless nothing else is there. What reads as
nothing of this stays as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from rapidfuzz.distance import Levenshtein

from digitizer.engines import lexicon
from digitizer.engines.reading import Lattice
from digitizer.records import FieldKind
from digitizer.states import DATE_KINDS

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

# Captions, folded and without spaces, by the kind of field they belong to.
_CAPTIONS: dict[str, FieldKind | None] = {
    **dict.fromkeys(
        (
            "NOM", "PRENOM", "PRENOMS", "NOMETPRENOM", "NOMPRENOM", "NAME", "FIRSTNAME", "LASTNAME",
            "FULLNAME", "SURNAME", "GIVENNAME", "YOURNAME", "VOTRENOM", "NOMDEFAMILLE", "PRINTNAME",
            "NAMEPLEASEPRINT", "NOMENLETTRESMOULEES",
        ),
        FieldKind.NAME,
    ),
    **dict.fromkeys(("ADDRESS", "ADRESSE", "STREET", "STREETADDRESS", "RUE"), FieldKind.ADDRESS),
    **dict.fromkeys(("CITY", "VILLE", "TOWN", "MUNICIPALITE"), FieldKind.CITY),
    **dict.fromkeys(("POSTALCODE", "CODEPOSTAL"), FieldKind.POSTAL_CODE),
    **dict.fromkeys(("PHONE", "TELEPHONE", "TEL", "PHONENUMBER"), FieldKind.PHONE),
    **dict.fromkeys(("EMAIL", "COURRIEL", "EMAILADDRESS"), FieldKind.EMAIL),
    "DATE": FieldKind.DATE,
    **dict.fromkeys(
        ("DATEDENAISSANCE", "NELE", "NEELE", "DATEOFBIRTH", "BIRTHDATE", "DOB"),
        FieldKind.BIRTH_DATE,
    ),
    **dict.fromkeys(
        ("CLASSE", "DATEDENAISSANCECLASSE", "SIGNATURE", "EVENT", "LOCATION", "PROVINCE", "CODE",
         "CODERNE", "CODERNEUAI", "CODEUAI", "CODEUAIRNE", "ETABLISSEMENT", "SCHOOL", "ECOLE"),
        None,
    ),
}  # fmt: skip

# Letters of a caption's length for each that may be misread: of a line by itself,
# of what is as even as print, and of that before a colon, over which turned print
# and frames lie often. Four letters must stand as they are: DATE is near NAME.
_LETTERS_A_SLIP = 5
_LETTERS_A_SLIP_EVEN = 3
_LETTERS_A_SLIP_COLON = 2
_CERTAIN_LETTERS = 4


class Part(Enum):
    """What a line holds beside the field."""

    PLAIN = "no caption"
    OWN = "a caption of the field, and the field"
    OTHER = "a caption of another field, and that field"
    CAPTION = "a caption of the field and nothing else"
    OTHER_CAPTION = "another field's caption and nothing else"


@dataclass(frozen=True, slots=True, eq=False)
class SeenLine:
    """A line as read: what holds a field, and the caption before it, if any.

    ``cut`` and ``even`` as in ``croplines.CropLine``.
    """

    field: Lattice
    caption: str | None = None
    cut: bool = False
    even: bool = False


def find_caption(text: str, *, colon: bool) -> str | None:
    """The caption that a text before a caption's possible end reads as, slips allowed."""
    return _nearest(text, _LETTERS_A_SLIP_COLON if colon else _LETTERS_A_SLIP_EVEN)


def field_lines(lines: Sequence[SeenLine], kind: FieldKind) -> list[Lattice]:
    """What of a crop's lines is the field of a kind, from the top."""
    parts = [_part(line, kind) for line in lines]
    chosen = [lines[index].field for index in _chosen(parts, lines)]
    return without_captions([lattice for lattice in chosen if lattice.text.strip()])


def _chosen(parts: Sequence[Part], lines: Sequence[SeenLine]) -> list[int]:
    """Indices of the lines that hold the field."""
    everything = range(len(parts))
    heads = [i for i in everything if parts[i] is Part.OWN]
    heads = heads or [i for i in everything if parts[i] is Part.CAPTION]
    first = heads[0] if heads else -1
    plain = [i for i in everything if parts[i] is Part.PLAIN]
    after = [i for i in plain if i > first]
    if first >= 0:
        # Below the field's own caption everything up to the next caption.
        ends = [i for i in everything if i > first and parts[i] is not Part.PLAIN]
        after = [i for i in after if not ends or i < ends[0]]
    whole = [i for i in after if not lines[i].cut]
    if heads and parts[first] is Part.OWN:
        return [first, *whole]
    for choice in (whole, [i for i in after if not lines[i].even], after, plain):
        if choice:
            return choice
    others = [i for i in everything if parts[i] is Part.OTHER]
    return others or [i for i in everything if not lines[i].even]


def _part(line: SeenLine, kind: FieldKind) -> Part:
    if line.caption is not None:
        return Part.OTHER if _is_other(line.caption, kind) else Part.OWN
    owner = _nearest(line.field.text, _LETTERS_A_SLIP_EVEN if line.even else _LETTERS_A_SLIP)
    if owner is None:
        return Part.PLAIN
    return Part.OTHER_CAPTION if _is_other(owner, kind) else Part.CAPTION


def _is_other(caption: str, kind: FieldKind) -> bool:
    """Whether a caption is surely not of this kind of field."""
    owner = _CAPTIONS[caption]
    places = {FieldKind.ADDRESS, FieldKind.CITY, FieldKind.TEXT, FieldKind.POSTAL_CODE}
    same = {owner, kind} <= places or {owner, kind} <= DATE_KINDS
    return owner is not kind and not same


def _nearest(text: str, letters_a_slip: int) -> str | None:
    """The caption that a text reads as, with one slip for so many letters."""
    read = lexicon.fold(text).replace(" ", "").replace("0", "O")
    best, least = None, 1.0
    for caption in _CAPTIONS:
        allowed = 0 if len(caption) == _CERTAIN_LETTERS else len(caption) // letters_a_slip
        slips = Levenshtein.distance(read, caption, score_cutoff=allowed)
        if slips <= allowed and slips / len(caption) < least:
            best, least = caption, slips / len(caption)
    return best


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
