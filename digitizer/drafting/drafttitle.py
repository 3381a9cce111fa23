"""What a drafted petition is called, and the sentences that tell its form from others.

The title is the largest print above the table, but for the name of a place or of whoever collects
the signatures, which stands in larger type still, often in a banner: below it the petition's
own may say what it is. A stamp or a logo of a word or two is no title where a line stands out
beside it. It fails where nothing is larger than the text, and where an
association's name has none of the usual words.
"""

import re
from collections.abc import Sequence

from digitizer.drafting.rowprint import without_box_sides
from digitizer.layout.identification.pagetitle import AS_LARGE, title_lines, type_size
from digitizer.layout.print.wording import bounding_box, line_pieces, plain, share_line
from digitizer.lines.tables import Table
from digitizer.records import PrintedWord

# A phrase has this many words and characters at least; so many are taken.
PHRASE_WORDS, PHRASE_LETTERS, PHRASES = 3, 16, 5
# "PETITION" over what it is for names none.
NAMELESS = frozenset(
    {
        "",
        "petition",
        "petitions",
        "petition form",
        "petition sheet",
        "signature sheet",
        "feuille de signatures",
        "liste de signatures",
        "unterschriftenliste",
        "unterschriftenbogen",
        "unterschriftenblatt",
        "unterschriftensammlung",
    }
)
# A stamp or a logo has so few words where it stands beside the title, and one where it stands over
# it; the title is so much larger than the text.
MARK_WORDS, STANDS_OUT = 2, 1.08
# What a title calls what is signed, as wording.plain spells it.
_PETITION = re.compile(r"\b(?:petition|initiative|referendum|plebiscite|recall)s?\b")
# Words in the names of those who collect signatures.
_COLLECTING = re.compile(
    r"\b(?:committee|association|society|union|coalition|alliance|federation|network|group|"
    r"friends of|league|foundation|institute|party|campaign for|comite|syndicat|"
    r"collectif|reseau|groupe|les ami(?:e?s)?|ligue|fondation|parti|mouvement|front|regroupement)\b"
)
# A place's name over what its people ask for: "Township of North Harwell".
_PLACE = re.compile(
    r"(?:the )?(?:corporation of the )?(?:city|town|township|county|municipality|village|district|"
    r"borough|parish|ville|municipalite|canton|commune|paroisse|stadt|gemeinde) "
    r"(?:of|de|d|du|des)\b"
)
# What the print engine makes of bullets; in neither language are these words.
BULLETS = frozenset({"e", "o", "s", "©", "®", "¢", "°"})
_NAMED = re.compile(r"(?:petition|pétition) ?:(?: *\w+){3}", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?]) ")


def draft_title(words: Sequence[PrintedWord], table: Table, phrase: str) -> str:
    """The title, or a smaller one that says what it is where the largest says who collects.

    ``phrase``: what names the petition where no print is larger than the rest of it.
    """
    largest = [word for line in title_lines(words, table) for word in line]
    title = " ".join(word.text for word in largest)
    if plain(title) in NAMELESS:
        return phrase or title
    named = _below_a_mark(words, largest, table)
    if named:
        return named
    said = plain(title)
    if _PETITION.search(said) or not (_COLLECTING.search(said) or _PLACE.match(said)):
        return title
    below = [word for word in words if word.box[1] > max(one.box[3] for one in largest)]
    smaller = " ".join(word.text for line in title_lines(below, table) for word in line)
    if _PETITION.search(plain(smaller)) and len(smaller.split()) >= PHRASE_WORDS:
        return smaller
    next_line = " ".join(word.text for word in next(iter(line_pieces(below)), ()))
    if _PLACE.match(said) and _PETITION.search(plain(next_line)):
        return next_line
    # "Petition: open the library" begins the text.
    texts = (" ".join(word.text for word in line) for line in line_pieces(words))
    named = next((text for text in texts if _NAMED.match(text)), "")
    return _SENTENCE.split(named.split(":", 1)[1].strip())[0] if named else title


def _below_a_mark(
    words: Sequence[PrintedWord], largest: Sequence[PrintedWord], table: Table
) -> str:
    """What stands out beside a stamp or a logo, or anywhere where that is one word; else "".

    ``largest``: the words in the largest type. One word names a petition worse than a line does.
    """
    if not 0 < len(largest) <= MARK_WORDS:
        return ""
    mark, top = bounding_box(largest), min(y for _, y in table.outline())
    rest = [word for word in words if word not in largest and word.box[3] < top]
    lines = [line for line in line_pieces(rest) if sum(len(w.text) for w in line) >= PHRASE_LETTERS]
    said = [line for line in lines if len(line) >= PHRASE_WORDS]
    if not said:
        return ""
    size = max(map(type_size, said))
    best = next(line for line in said if type_size(line) >= AS_LARGE * size)
    others = [type_size(line) for line in lines if line is not best]
    usual = sorted(others)[len(others) // 2] if others else size
    beside = share_line(bounding_box(best), mark)
    if type_size(best) < STANDS_OUT * usual or not (beside or len(largest) == 1):
        return ""
    lines_of_it = title_lines(rest, table)  # it may have several
    whole = [word for line in lines_of_it for word in line] if best in lines_of_it else best
    return " ".join(word.text for word in whole)


def draft_phrases(words: Sequence[PrintedWord]) -> tuple[tuple[str, ...], str]:
    """Sentences that tell this form from others, and what names it where it has no title."""
    lines = [
        line
        for line in line_pieces(words)
        if len(line) >= PHRASE_WORDS
        and sum(len(w.text) for w in line) >= PHRASE_LETTERS
        and sum(w.confidence for w in line) / len(line) >= 0.8
    ]
    if not lines:
        return (), ""
    # Of lines in the same type, as a typewriter's are, the uppermost is the title.
    largest = max(map(type_size, lines))
    first = next(line for line in lines if type_size(line) >= AS_LARGE * largest)
    others = sorted(
        (x for x in lines if x is not first), key=lambda x: -sum(len(w.text) for w in x)
    )
    chosen = [first, *others[: PHRASES - 1]]
    chosen.sort(key=lambda line: line[0].box[1])
    said = tuple(" ".join(word.text for word in _without_signs(line)) for line in chosen)
    # A line of running text names it by its first sentence.
    return said, _SENTENCE.split(" ".join(word.text for word in first))[0]


def _without_signs(line: Sequence[PrintedWord]) -> Sequence[PrintedWord]:
    """A line but for what a bullet or a side of a box at its start was read as."""
    start = next((k for k, word in enumerate(line) if not _is_sign(word.text)), 0)
    return line[start:]


def _is_sign(text: str) -> bool:
    """Whether what begins a line is no word: signs, or the letters that bullets are read as."""
    bare = without_box_sides(text)
    return bare in BULLETS or not any(map(str.isalnum, bare))
