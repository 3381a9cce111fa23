"""Which characters of a reading are doubtful: those its alternatives have otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from digitizer.records import Candidate

# An alternative less likely than this is no reason to doubt a character.
MIN_SHARE = 0.02
# Alternatives on offer: as many as one hand reaches on the number keys.
MAX_OFFERED = 5


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters in a row, all doubtful or all not."""

    text: str
    doubtful: bool


def doubtful_places(reading: str, others: Iterable[str]) -> frozenset[int]:
    """Indices of the characters of ``reading`` that one of ``others`` has otherwise.

    Where another has a character more, the one before it is doubtful (the first
    one at the beginning).
    """
    places: set[int] = set()
    for other in others:
        for edit in Levenshtein.opcodes(reading, other):
            if edit.tag == "insert" and reading:
                places.add(max(edit.src_start - 1, 0))
            elif edit.tag in ("replace", "delete"):
                places.update(range(edit.src_start, edit.src_end))
    return frozenset(places)


def pieces(text: str, places: Iterable[int]) -> tuple[Piece, ...]:
    """``text`` cut where doubt begins and ends."""
    wanted = frozenset(places)
    found: list[Piece] = []
    for index, character in enumerate(text):
        doubtful = index in wanted
        if found and found[-1].doubtful is doubtful:
            found[-1] = Piece(found[-1].text + character, doubtful)
        else:
            found.append(Piece(character, doubtful))
    return tuple(found)


def doubts_of(reading: str, alternatives: Sequence[Candidate]) -> tuple[Piece, ...]:
    """A reading with its doubtful characters told apart."""
    likely = [a.text for a in alternatives if a.confidence >= MIN_SHARE]
    return pieces(reading, doubtful_places(reading, likely))


def differing(text: str, reading: str) -> tuple[Piece, ...]:
    """An alternative with the characters told apart that the reading has not."""
    places: set[int] = set()
    for edit in Levenshtein.opcodes(reading, text):
        if edit.tag in ("replace", "insert"):
            places.update(range(edit.dest_start, edit.dest_end))
    return pieces(text, places)


def offered(value: str, alternatives: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The alternatives worth a key: likeliest first, none twice, none equal to ``value``."""
    best: dict[str, Candidate] = {}
    for candidate in sorted(alternatives, key=lambda c: -c.confidence):
        if candidate.text and candidate.text != value:
            best.setdefault(candidate.text, candidate)
    return tuple(best.values())[:MAX_OFFERED]
