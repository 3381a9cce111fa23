"""Street, city, province and postal code, or some of them, out of one cell.

The postal code is looked for first: a stretch of six or so signs that loses
little when it is bound to the code grammar. What stands before it, or on the
last line, is looked at for a province, then for a city: by a comma, by a line
of its own, or by the list of Canadian places. A country behind these is left out. The
rest is the street, or the city in a cell that has no street. Where street and city
cannot be told apart the city stays in the street, as written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from digitizer.engines import grammars, lexicon, provinces
from digitizer.engines.reading import (
    Lattice,
    bind_cost,
    decode_kind,
    join_lattices,
    read_lattice,
)
from digitizer.engines.towns import as_letters, read_town
from digitizer.records import FieldKind, FieldSpec, Reading

# Natural-log units of probability that binding a stretch to the code grammar
# may cost. Codes read right cost under 2 (99 %), codes read wrong under 7. At
# the end of a line six or seven signs are a code nearly always; elsewhere, or
# with a sign too few, house numbers and street words compete.
MAX_CODE_COST = 8.0
MAX_ODD_CODE_COST = 2.5

# What it costs a stretch that begins within a word ("Welling|tor N N2"), or has a line
# below it, to be the code: of two that bind as well the other one is it. 654 addresses
# of the calibrate split are read alike with 0 to 6.
_MID_WORD_COST = 2.0
_ABOVE_COST = 2.0

# The most that binding a stretch may cost that begins within a word or shows no digit: ends
# of street and town names as they are read cost 4.5 and more (Cal|gary AB). Of 56
# addresses of the calibrate split whose code was left out 26 had one made up with
# MAX_CODE_COST, 5 have with this; 70 with their code are read alike.
_MAX_WORD_CODE_COST = 4.0

# Signs a code shows in the unbound reading, separators not counted.
_CODE_SIGNS = range(4, 9)

# Likeness (0 to 100) of a line's last words to a listed place from which they
# are that place; the postal code's own place needs less.
_PLACE_LIKENESS = 86
_PLACE_LIKENESS_OF_CODE = 72

# A listed place has up to this many words.
_PLACE_WORDS = 4

# Digits that no city has: with more than this the line is a street.
_CITY_DIGIT_SHARE = 0.15

# What stands behind a province or a code and is none of the fields.
_COUNTRY = "CANADA"

# Words that a street begins with, in French: the place that follows is its name.
_STREET_STARTS = frozenset("RUE CHEMIN CH BOUL RANG MONTEE IMPASSE".split())
_ARTICLES = frozenset("DE LA DU DES LE LES AU AUX".split())
_DIRECTIONS = frozenset("N S E W O NE NW SE SW NO SO NORTH SOUTH EAST WEST EST OUEST".split())

# Words that end a street, which a city's name is never confused with.
_STREET_WORDS = frozenset(
    "ST STREET AVE AV AVENUE RD ROAD DR DRIVE BLVD BOUL CRES CRESCENT CRT COURT LANE LN PL PLACE "
    "WAY TERR TERRACE PKWY CIR CIRCLE SQ TRAIL RUE CHEMIN CH RANG ROUTE APT UNIT APP HWY".split()
)

# Signs of each half of a code.
_GROUP = 3


@dataclass(slots=True)
class _Segment:
    """A stretch of a line; ``own_line``: nothing of the street stands before it."""

    lattice: Lattice
    own_line: bool


def read_address(
    lattices: Sequence[Lattice], fields: Mapping[FieldKind, FieldSpec], language: str
) -> tuple[Reading, ...]:
    """Read the lines of an address cell into the fields it has.

    ``language``: of the form; settles nothing yet beyond equal cases.
    """
    segments = [_Segment(lattice, index > 0) for index, lattice in enumerate(lattices)]
    found: dict[FieldKind, Reading] = {}
    if FieldKind.POSTAL_CODE in fields:
        _take_code(segments, fields[FieldKind.POSTAL_CODE], found)
    code = found[FieldKind.POSTAL_CODE].text if FieldKind.POSTAL_CODE in found else ""
    _drop_country(segments)
    if FieldKind.PROVINCE in fields:
        _take_province(segments, fields[FieldKind.PROVINCE], code, found)
    if FieldKind.CITY in fields and FieldKind.ADDRESS in fields:
        _take_city(segments, fields[FieldKind.CITY], code, found)
    spec = _of_the_rest(fields, found)
    if segments and spec is not None:
        whole = join_lattices([segment.lattice for segment in segments])
        if spec.kind is FieldKind.CITY:
            found[spec.kind] = read_town(whole, spec.name, code)
        else:
            found[spec.kind] = read_lattice(whole, spec.name, spec.kind)
    return tuple(found[kind] for kind in fields if kind in found)


def _of_the_rest(
    fields: Mapping[FieldKind, FieldSpec], found: Mapping[FieldKind, Reading]
) -> FieldSpec | None:
    """The field of what is neither code nor province: the street, else the city, else any left.

    A cell for city and code has no street: all that stands before the code is the city.
    """
    left = [spec for kind, spec in fields.items() if kind not in found]
    for kind in (FieldKind.ADDRESS, FieldKind.CITY):
        for spec in left:
            if spec.kind is kind:
                return spec
    return left[0] if left else None


def _take_code(segments: list[_Segment], spec: FieldSpec, found: dict[FieldKind, Reading]) -> None:
    """Find the likeliest postal code, read it, and leave what stands around it."""
    best: tuple[float, int, int, int, Lattice] | None = None
    for index, segment in enumerate(segments):
        for start, end in _windows(segment.lattice.text):
            part = segment.lattice.part(start, end)
            cost = bind_cost(part, FieldKind.POSTAL_CODE)
            mid_word = start > 0 and segment.lattice.text[start - 1].isalnum()
            if cost > _most_code_cost(segment.lattice.text, start, end, mid_word=mid_word):
                continue
            if mid_word:
                cost += _MID_WORD_COST
            if index + 1 < len(segments):
                cost += _ABOVE_COST
            if best is None or cost < best[0]:
                best = cost, index, start, end, part
    if best is None:
        return
    _, index, start, end, code = best
    line = segments[index]
    reading = read_lattice(code, spec.name, spec.kind)
    if not reading.text:
        return
    found[spec.kind] = reading
    before = _cut(line.lattice, 0, start)
    after = _cut(line.lattice, end, len(line.lattice.text))
    segments[index : index + 1] = [
        _Segment(part, line.own_line) for part in (before, after) if part is not None
    ]


def _drop_country(segments: list[_Segment]) -> None:
    """Leave out the country at the end: alone on what is left, or behind a town or province."""
    if not segments:
        return
    last = segments[-1]
    words = _words(last.lattice.text)
    if not words or lexicon.fold(last.lattice.text[words[-1][0] :]) != _COUNTRY:
        return
    start = words[-1][0]
    before = _cut(last.lattice, 0, start)
    if before is None:
        if len(segments) > 1:
            segments.pop()
        return
    word = lexicon.fold(last.lattice.text[slice(*words[-2])])
    if provinces.code_of(word) or _has_city(before.text, before, last):
        segments[-1] = _Segment(before, last.own_line)


def _take_province(
    segments: list[_Segment], spec: FieldSpec, code: str, found: dict[FieldKind, Reading]
) -> None:
    """Take a province off the tail of the last segment that has one.

    Of several tails the one that costs least is it, the longer one of equals: "New
    Brunswick" is two words, of "Quebec QC" the first is the city.
    """
    for index in range(len(segments) - 1, -1, -1):
        line = segments[index].lattice
        words = _words(line.text)
        best: tuple[float, int, Lattice] | None = None
        for count in range(min(provinces.MAX_WORDS, len(words)), 0, -1):
            start = words[-count][0]
            before = _cut(line, 0, start)
            if before is None and not segments[index].own_line:
                continue
            part = line.part(start, len(line.text))
            alone = not (
                _is_town(segments[index - 1])
                if before is None
                else _has_city(line.text[:start], before, segments[index])
            )
            cost = provinces.cost_of(part, line.text[start:], code, alone=alone)
            if cost is not None and (best is None or cost < best[0]):
                best = cost, start, part
        if best is None:
            continue
        _, start, part = best
        found[spec.kind] = provinces.read_province(part, spec.name)
        rest = _cut(line, 0, start)
        segments[index : index + 1] = (
            [_Segment(rest, segments[index].own_line)] if rest is not None else []
        )
        return


def _take_city(
    segments: list[_Segment], spec: FieldSpec, code: str, found: dict[FieldKind, Reading]
) -> None:
    """Take the city off the end of what is left."""
    home = grammars.places_by_fsa().get(code[:3], "")
    for index in range(len(segments) - 1, -1, -1):
        segment = segments[index]
        streetless = len(segments) == 1 and _is_streetless(segment.lattice.text, found)
        start = _city_start(segment, home, first=index == 0 and not streetless)
        if start is None:
            continue
        part = segment.lattice.part(start, len(segment.lattice.text))
        found[spec.kind] = read_town(part, spec.name, code)
        rest = _cut(segment.lattice, 0, start)
        segments[index : index + 1] = [_Segment(rest, segment.own_line)] if rest else []
        return


def _is_streetless(text: str, found: Mapping[FieldKind, Reading]) -> bool:
    """Whether all that is left may be a city: no number, no street's end."""
    told = FieldKind.POSTAL_CODE in found or FieldKind.PROVINCE in found
    street = any(c.isdigit() for c in text) or not _STREET_WORDS.isdisjoint(
        lexicon.fold(text).split()[1:]
    )
    return told and not street


def _has_city(text: str, before: Lattice, segment: _Segment) -> bool:
    """Whether what stands before a province names a city.

    "12 rue Cartier, " is a street, though towns are named Cartier.
    """
    written = text.rstrip()
    if written.endswith(",") and "," not in written[:-1] and any(c.isdigit() for c in written):
        return False
    return (
        _city_start(_Segment(before, segment.own_line), "", first=not segment.own_line) is not None
    )


def _is_town(segment: _Segment) -> bool:
    """Whether a line of its own is a listed place: below it stands no city."""
    return segment.own_line and _place_likeness(segment.lattice.text, "") > 0.0


def _city_start(segment: _Segment, home: str, *, first: bool) -> int | None:
    """Where the city begins in a segment, None where there is none."""
    text = segment.lattice.text
    words = _words(text)
    comma = text.rfind(",")
    tail = comma + 1 + len(text[comma + 1 :]) - len(text[comma + 1 :].lstrip())
    if 0 < comma and tail < len(text) and _looks_like_city(text[tail:]):
        # "12, rue Berri" has its comma before the street.
        if any(c.isalpha() for c in text[:comma]):
            return tail
    # A line of its own is read as letters: "REG1NA" holds no number.
    line = _as_city(segment.lattice) if segment.own_line and not first else ""
    if line and _place_likeness(line, home):
        return 0
    best: tuple[float, int] | None = None
    for count in range(1, min(_PLACE_WORDS, len(words) - int(first)) + 1):
        start = words[-count][0]
        before = [lexicon.fold(text[slice(*word)]) for word in words[:-count]]
        if _begins_street(before):
            break
        if lexicon.fold(text[slice(*words[-count])]) in _STREET_WORDS - {"ST"}:
            # "Street Toronto" is like West Toronto.
            continue
        likeness = _place_likeness(text[start:], home)
        if likeness and (best is None or likeness >= best[0]):
            best = likeness, start
    if best is not None:
        return best[1]
    return 0 if line else None


def _as_city(lattice: Lattice) -> str:
    """A line as a city would be written on it; empty where it is not like one."""
    found = decode_kind(lattice, FieldKind.CITY)
    return found[0].text if found and _looks_like_city(found[0].text) else ""


def _looks_like_city(text: str) -> bool:
    signs = [c for c in as_letters(text) if c.isalnum()]
    if len(signs) < 2:
        return False
    digits = sum(c.isdigit() for c in signs)
    last = lexicon.fold(text).split()[-1:]
    return digits <= _CITY_DIGIT_SHARE * len(signs) and not (last and last[0] in _STREET_WORDS)


def _place_likeness(text: str, home: str) -> float:
    """Likeness to a listed place when it is near enough to be one, else 0."""
    folded = lexicon.fold(as_letters(text))
    if len(folded) < 3 or folded in _STREET_WORDS:
        return 0.0
    if _ends_as_street(folded):
        # Streets are called after their town: of these only Carleton Place and the like are one.
        return 100.0 if folded in lexicon.known_places() else 0.0
    own = fuzz.ratio(folded, lexicon.fold(home)) if home else 0.0
    place, likeness = lexicon.nearest_place(folded)
    return max(
        own if own >= _PLACE_LIKENESS_OF_CODE else 0.0,
        likeness if place and likeness >= _PLACE_LIKENESS else 0.0,
    )


def _ends_as_street(folded: str) -> bool:
    """Whether several words end as a street does: Victoria St, Kingston Rd W."""
    words = folded.split()
    if len(words) > 2 and words[-1] in _DIRECTIONS:
        words.pop()
    return len(words) > 1 and words[-1] in _STREET_WORDS


def _begins_street(words: Sequence[str]) -> bool:
    """Whether folded words end as a French street begins: behind "rue de la" is no town."""
    before = list(words)
    while before and before[-1] in _ARTICLES:
        before.pop()
    return bool(before) and before[-1] in _STREET_STARTS


def _words(text: str) -> list[tuple[int, int]]:
    """Start and end of each word."""
    found = []
    start = None
    for at, sign in enumerate(f"{text} "):
        if sign in " ,":
            if start is not None:
                found.append((start, at))
            start = None
        elif start is None:
            start = at
    return found


def _cut(line: Lattice, start: int, end: int) -> Lattice | None:
    """Part of a line without the spaces and commas at its ends; None when empty."""
    while start < end and line.text[start] in " ,.;-":
        start += 1
    while start < end and line.text[end - 1] in " ,;-":
        end -= 1
    return line.part(start, end) if start < end else None


def _windows(text: str) -> list[tuple[int, int]]:
    """Stretches that may be a code: words of the right length, or a line's tail."""
    spots = [at for at, sign in enumerate(text) if not sign.isspace() and sign not in ",.-_'"]
    found = []
    for first, start in enumerate(spots):
        at_word = start == 0 or not text[start - 1].isalnum()
        for count in _CODE_SIGNS:
            if first + count > len(spots):
                break
            end = spots[first + count - 1] + 1
            ends_word = end == len(text) or not text[end].isalnum()
            is_tail = first + count == len(spots) and count in (6, 7)
            in_number = start > 0 and text[start - 1].isdigit() and text[start].isdigit()
            if not ends_word or not (at_word or is_tail) or in_number:
                continue
            if _may_be_code(text[start:end], whole=at_word):
                found.append((start, end))
    return found


def _most_code_cost(text: str, start: int, end: int, *, mid_word: bool) -> float:
    """What binding a stretch to the code grammar may cost there."""
    if not _is_usual(text, start, end):
        return MAX_ODD_CODE_COST
    if mid_word or not any(c.isdigit() for c in text[start:end]):
        return _MAX_WORD_CODE_COST
    return MAX_CODE_COST


def _is_usual(text: str, start: int, end: int) -> bool:
    """Whether a stretch stands where codes stand and is as long as they are."""
    signs = sum(c.isalnum() for c in text[start:end])
    rest = sum(c.isalnum() for c in text[end:])
    return rest == 0 and signs in (6, 7)


def _may_be_code(text: str, *, whole: bool) -> bool:
    """Cheap test before decoding: signs that may be digits, and letters where a code has them.

    ``whole``: it begins with a word. Words are no codes, though their letters may be digits
    ("KING ST", "B|ROMONT"), but in two groups of three ("KIA OBI"); nor are a number and the
    word behind it ("775 OAK"), nor what ends as a street does: of 2,040 codes one was read
    without any digit, and one with digits for all of its first three signs.
    """
    signs = [c for c in text if c.isalnum()]
    words = lexicon.fold(text).split()
    ends_street = len(words) > 1 and words[-1] in _STREET_WORDS
    if not any(c.isdigit() for c in signs):
        grouped = [len(word) for word in words] == [_GROUP, _GROUP]
        if not (whole and grouped) or ends_street or " ".join(words) in lexicon.known_places():
            return False
    elif all(c.isdigit() for c in signs[:_GROUP]) or (ends_street and len(words[-1]) < _GROUP):
        return False
    return sum(c in "0123456789OoIilLSsBZzTAqgG/|?!DQU" for c in text) >= 2
