"""What a set that measures marks holds: how many of each kind, and on which sheets.

A ``Block`` is one to four rows that belong together: a source row with its
dittos, a descender with the row below it. Blocks are dealt to sheets at
random; what has no room on a sheet goes to the next one of its form.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from scripts.sheets.penmarks import STRIKES

Random = np.random.Generator

# In a full set. Another number of sheets keeps the proportions.
FULL_SHEETS = 400
STRUCK, DITTOS, DUPLICATES, RESCANS, DECOYS = 60, 120, 80, 40, 200
DECOY_KINDS = (
    "underlined", "long-stroke", "flourish", "descender", "t-bar", "twins", "father-son",
    "corrected",
)  # fmt: skip
# Kind, column, dittoed rows. Marks in streets are most of what sheets show.
DITTO_PLANS = (
    ("quotes", "address", 1), ("double-prime", "address", 2), ("apostrophes", "address", 1),
    ("dash", "address", 1), ("line", "address", 2), ("brace", "address", 2),
    ("arrow", "address", 1), ("same", "address", 1), ("do.", "address", 1),
    ("idem", "address", 1), ("id.", "address", 1), ("pareil", "address", 1),
    ("line", "address", 3), ("quotes", "address", 3), ("arrow", "address", 2),
    ("brace", "address", 3), ("double-prime", "address", 1), ("same", "address", 2),
    ("dash", "address", 2), ("double-prime", "city", 1), ("line", "city", 2),
    ("idem", "city", 1), ("quotes", "postal_code", 1), ("line", "postal_code", 2),
    ("dash", "postal_code", 1), ("quotes", "date", 2), ("line", "date", 2),
    ("arrow", "date", 2), ("idem", "date", 1), ("brace", "date", 2), ("quotes", "name", 1),
    ("double-prime", "name", 1), ("quotes", "signature", 1), ("dash", "signature", 1),
    ("line", "signature", 2),
)  # fmt: skip
OWN_COLUMNS = frozenset({"city", "postal_code", "date"})
WORD_LANGUAGE = {"same": "en", "do.": "en", "pareil": "fr"}


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together. ``what``: struck, ditto, duplicate, decoy or plain.

    ``kind``: of strike, ditto or decoy; ``column``: where the ditto stands.
    """

    what: str
    rows: int = 1
    kind: str = ""
    column: str = ""

    def fits(self, form_columns: Iterable[str], language: str) -> bool:
        """Whether a form has the column that this needs, and speaks its words."""
        if self.column and self.column not in form_columns:
            return False
        return WORD_LANGUAGE.get(self.kind, language) == language


def plan_blocks(rng: Random, sheets: int, *, dense: float = 1.0) -> list[Block]:
    """All blocks of a set of ``sheets`` files, shuffled. ``dense``: times as many."""

    def scaled(count: int) -> int:
        return max(1, round(count * dense * sheets / FULL_SHEETS))

    blocks = [Block("duplicate") for _ in range(scaled(DUPLICATES))]
    blocks += [Block("struck", kind=kind) for kind in _cycled(rng, STRIKES, scaled(STRUCK))]
    for kind in _cycled(rng, DECOY_KINDS, scaled(DECOYS)):
        blocks.append(
            Block("decoy", 1 if kind in ("underlined", "t-bar", "corrected") else 2, kind)
        )
    left = scaled(DITTOS)
    while left > 0:
        for place in rng.permutation(len(DITTO_PLANS)):
            kind, column, rows = DITTO_PLANS[int(place)]
            rows = min(rows, left)
            if rows:
                blocks.append(Block("ditto", rows + 1, kind, column))
            left -= rows
    return [blocks[int(k)] for k in rng.permutation(len(blocks))]


def rescan_count(sheets: int) -> int:
    """How many of a set's files are second scans."""
    return round(RESCANS * sheets / FULL_SHEETS)


def deal(
    waiting: list[Block],
    form_columns: Iterable[str],
    language: str,
    rows: int,
    sheets_left: int,
    rng: Random,
    *,
    may_repeat: bool,
) -> list[Block]:
    """Take blocks for one sheet of ``rows`` filled rows out of ``waiting``; plain ones fill up.

    ``may_repeat``: whether somebody has signed before whom a duplicate can repeat.
    """
    columns = tuple(form_columns)
    room, most = rows, -(-len(waiting) // max(1, sheets_left))
    # Few forms have their own columns for city and date: those go first there.
    order = sorted(waiting, key=lambda block: block.column not in OWN_COLUMNS & set(columns))
    taken: list[Block] = []
    for block in order:
        if len(taken) >= most or block.rows > room:
            continue
        if block.what == "duplicate" and not may_repeat:
            continue
        if block.fits(columns, language):
            taken.append(block)
            room -= block.rows
    for block in taken:
        waiting.remove(block)
    taken += [Block("plain")] * room
    return [taken[int(k)] for k in rng.permutation(len(taken))]


def _cycled(rng: Random, kinds: tuple[str, ...], count: int) -> list[str]:
    """``count`` kinds, each as often as the others up to one."""
    order: list[str] = []
    while len(order) < count:
        order += [kinds[int(k)] for k in rng.permutation(len(kinds))]
    return order[:count]
