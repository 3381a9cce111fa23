"""One name for one petition, though each sheet's printed title was read by a machine.

The title says which petition a sheet belongs to, and a letter of it may be
misread on a faint scan. Two titles are one where they have the same letters, whatever
the spaces and signs between them, or those but for one, lost or misread, of a long word, or
the same words but for a letter misread in a longer one; words of one or two letters and
numbers must be the same, so that "Ward 12" and "Ward 13" stay two. A stain beside a title is
read as a letter or two: such words at the ends of a rarer title make no new one. The wording
read most often names the petition.
"""

from collections.abc import Mapping
from itertools import takewhile, zip_longest

from rapidfuzz.distance import Levenshtein

# Letters a word must have for one of them to be a misreading, and for two.
ONE_LETTER, TWO_LETTERS = 3, 8
# A word of so many letters is known by the others where one is lost.
LONG_WORD = 5
# What is read from a stain has no more letters than this, beside a title of so many.
STAIN_LETTERS, WHOLE_TITLE = 2, 12


def name_petitions(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the name of each title read; ``counts``: how many sheets have it.

    The most frequent titles name their like, then the first by alphabet, so the
    order in which sheets were read does not matter.
    """
    names: dict[str, str] = {}
    leaders: list[str] = []
    for title in sorted(counts, key=lambda t: (-counts[t], t)):
        near = next((k for k in leaders if _alike(k, title) or _stained(k, title)), None)
        names[title] = near or title
        if near is None:
            leaders.append(title)
    return names


def _alike(first: str, second: str) -> bool:
    if _letters(first) == _letters(second):
        # Only spaces were lost, or marks read that are none.
        return True
    if _letter_lost(first, second) or _letter_lost(second, first):
        return True
    if _letter_changed(first, second) or _letter_changed(second, first):
        return True
    words = zip_longest(first.casefold().split(), second.casefold().split(), fillvalue="")
    return all(_same_word(a, b) for a, b in words)


def _letter_lost(title: str, other: str) -> bool:
    """Whether ``other`` is ``title`` but for one letter of a long word, lost in a streak.

    What is left of the word may be read as two: "L berty".
    """
    words, wanted = title.casefold().split(), _letters(other)
    if len(_letters(title)) != len(wanted) + 1 or len(wanted) < WHOLE_TITLE:
        return False
    return any(
        word[at].isalpha()
        and _letters("".join([*words[:k], word[:at], word[at + 1 :], *words[k + 1 :]])) == wanted
        for k, word in enumerate(words)
        if len(_letters(word)) >= LONG_WORD
        for at in range(len(word))
    )


def _letter_changed(title: str, other: str) -> bool:
    """Whether ``other`` is ``title`` but for one letter of a long word, whatever the spaces.

    A wide letter that is read as another and a gap: "con munautés".
    """
    ours, theirs = _letters(title), _letters(other)
    if len(ours) != len(theirs) or len(ours) < WHOLE_TITLE:
        return False
    changed = [k for k, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
    if len(changed) != 1 or not (ours[changed[0]].isalpha() and theirs[changed[0]].isalpha()):
        return False
    # For each letter the length of its word.
    words = [len(word) for word in map(_letters, title.split()) for _ in word]
    return words[changed[0]] >= LONG_WORD


def _stained(title: str, other: str) -> bool:
    """Whether ``other`` is ``title`` with stains read as words at its ends."""
    if len(_letters(title)) < WHOLE_TITLE:
        return False
    words = other.split()
    before = sum(1 for _ in takewhile(_is_stain, words))
    behind = sum(1 for _ in takewhile(_is_stain, reversed(words)))
    # Short words at the ends may be the title's own.
    return any(
        _alike(title, " ".join(words[first : len(words) - last]))
        for first in range(before + 1)
        for last in range(min(behind, len(words) - first) + 1)
    )


def _is_stain(word: str) -> bool:
    return len(_letters(word)) <= STAIN_LETTERS and not any(c.isdigit() for c in word)


def _letters(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum())


def _same_word(first: str, second: str) -> bool:
    if first == second:
        return True
    shorter = min(len(first), len(second))
    if shorter < ONE_LETTER or any(c.isdigit() for c in first + second):
        return False
    most = 2 if shorter >= TWO_LETTERS else 1
    return Levenshtein.distance(first, second, score_cutoff=most) <= most
