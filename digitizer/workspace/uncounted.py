"""People none of whose rows counts, though somebody called a row of theirs a repetition.

A repetition is left out because another row of the same person counts. Where that
one was called a repetition as well, was struck, or lacks what it needs, the person
would be counted nowhere and nobody would see it. So the first of the rows called
so waits for a person again (``NONE_COUNTS``), until one of them counts, is called
something else than a repetition, or is said to repeat a row that counts.

Which rows are one person's is what a run found (``repeats``) and what people named:
a decision whose ``why`` is "of RECORD_ID", or ends with it behind a comma.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from digitizer.ids import record_id, sheet_of
from digitizer.records import RowStatus
from digitizer.workspace import changes, ledger, repeats
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import SHEET, STATUS, Decision, Place, standing
from digitizer.workspace.repeats import WOULD_COUNT, Repeat, Showing
from digitizer.workspace.shown import reading_id
from digitizer.workspace.stored import RecordRow

Pair = tuple[str, str]
Decided = Mapping[str, Mapping[Place, Decision]]


def find(
    known: Iterable[Repeat],
    decided: Decided,
    load: Callable[[Sequence[str]], Iterable[RecordRow]],
) -> dict[str, frozenset[str]]:
    """Rows (ids) to put up again, each with all rows of its person.

    ``known``: what runs found; ``decided``: what people decided that holds, by sheet;
    ``load``: the rows on sheets (ids) in order of arrival, as ``repeats`` do not show them yet.
    """
    called = {record_id(sheet, row) for sheet, row in _called(decided)}
    people = [p for p in groups([*_pairs(known), *links(decided)]) if p & called]
    if not people:
        return {}
    rows = load(sorted({sheet_of(name) for person in people for name in person}))
    return among(people, rows)


def showing(
    known: Mapping[str, Repeat],
    decided: Decided,
    load: Callable[[Sequence[str]], Iterable[RecordRow]],
    arrivals: Callable[[Sequence[str]], Mapping[str, str]],
) -> Showing:
    """Shows what is ``known``, by what people decided; as ``find``, which see.

    ``arrivals``: of sheets (ids) when they came, UTC in ISO 8601.
    """
    later = _later(known.values(), decided, arrivals)
    return Showing(known, find(known.values(), decided, load), dict(links(decided)), later)


def arrivals(connection: sa.Connection, sheets: Sequence[str]) -> dict[str, str]:
    """When the run began that brought each of ``sheets`` (ids) in, UTC in ISO 8601."""
    read, came, runs = t.SHEETS.c, t.SOURCES.c, t.RUNS.c
    wanted = (
        sa.select(read.sheet_id, sa.func.min(runs.started))
        .join(t.SOURCES, sa.and_(came.sha256 == read.sha256, came.page == read.page))
        .join(t.RUNS, runs.id == came.run_id)
        .where(read.sheet_id.in_({reading_id(name) for name in sheets}))
        .group_by(read.sheet_id)
    )
    found = {name: started for name, started in connection.execute(wanted)}
    return {name: found[reading_id(name)] for name in sheets if reading_id(name) in found}


def _later(
    known: Iterable[Repeat],
    decided: Decided,
    arrivals: Callable[[Sequence[str]], Mapping[str, str]],
) -> frozenset[str]:
    """Rows (ids) that came after somebody called the one that they repeat a repetition.

    Of what, nobody said, and no run found: of these it cannot have been.
    """
    known = tuple(known)
    said = {name for name, _ in links(decided)} | {repeat.record_id for repeat in known}
    at = {
        record_id(sheet, row): decided[sheet][(row, STATUS)].at
        for sheet, row in _called(decided)
        if record_id(sheet, row) not in said
    }
    asked = [repeat for repeat in known if repeat.duplicate_of in at]
    came = arrivals(sorted({sheet_of(one.record_id) for one in asked})) if asked else {}
    return frozenset(
        one.record_id
        for one in asked
        if came.get(sheet_of(one.record_id), "") > at[one.duplicate_of]
    )


def among(people: Sequence[frozenset[str]], rows: Iterable[RecordRow]) -> dict[str, frozenset[str]]:
    """As ``find``, of ``people`` (all ids of each), by their ``rows`` in order of arrival."""
    person_of = {name: person for person in people for name in person}
    counts: set[frozenset[str]] = set()
    called: dict[frozenset[str], str] = {}
    for record in rows:
        person = person_of.get(record.record_id)
        if person is None or record.sheet.duplicate_of is not None:
            continue
        if record.status in WOULD_COUNT:
            counts.add(person)
        elif record.status is RowStatus.DUPLICATE and STATUS in record.decided:
            called.setdefault(person, record.record_id)
    return {first: person for person, first in called.items() if person not in counts}


def groups(pairs: Iterable[Pair]) -> list[frozenset[str]]:
    """Rows that are one person's, of ``pairs`` of such rows."""
    person_of: dict[str, set[str]] = {}
    for one, other in pairs:
        mine, theirs = person_of.get(one, {one}), person_of.get(other, {other})
        small, large = sorted((mine, theirs), key=len)
        large |= small
        person_of.update(dict.fromkeys((*small, one, other), large))
    return [frozenset(p) for p in {id(p): p for p in person_of.values()}.values()]


def links(decided: Decided) -> list[Pair]:
    """Rows called a repetition, each with the row that it was said to repeat."""
    return _links_of(decided[sheet][(row, STATUS)] for sheet, row in _called(decided))


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known of some rows and of all that may be the same people's.

    ``people``: all rows (ids) of each; ``named``, ``later``: as ``repeats.Showing`` has them.
    """

    known: Mapping[str, Repeat]
    people: Sequence[frozenset[str]]
    named: Mapping[str, str]
    later: frozenset[str]

    def showing(self, rows: Iterable[RecordRow]) -> Showing:
        """Shows them; ``rows``: those of the people in order of arrival."""
        return Showing(self.known, among(self.people, rows), self.named, self.later)


def load_beside(connection: sa.Connection, records: Sequence[str]) -> Beside:
    """What is known of ``records`` (ids) and of all that may be the same people's."""
    names: set[str] = set(records)
    # Rows of whose person one was called a repetition: all of these must be known. A row
    # of nobody else's counts, whatever the later ones are.
    asked: set[str] = set()
    while True:
        here = ledger.decisions(connection, _sheets_of(names))
        asked |= names & {record_id(sheet, row) for sheet, row in _called(standing(here))}
        known = repeats.load_beside(connection, sorted(names), firsts=sorted(asked))
        named = links(standing(_naming(connection, asked, here))) if asked else []
        pairs = [*_pairs(known.values()), *(p for p in named if not names.isdisjoint(p))]
        people = groups(pairs)
        more = {n for person in people if not asked.isdisjoint(person) for n in person}
        beside = {name for person in people for name in person}
        if beside <= names and more <= asked:
            decided = standing(here)
            later = _later(known.values(), decided, partial(arrivals, connection))
            return Beside(known, people, dict(links(decided)), later)
        names |= beside
        asked |= more


def sheets_of_same_people(connection: sa.Connection, records: Sequence[str]) -> tuple[str, ...]:
    """Ids of the sheets with rows that are or may be the same people's as ``records``.

    What people decide about a row may change whether those count.
    """
    names = set(records)
    here = ledger.decisions(connection, _sheets_of(names))
    if any(d.field == STATUS and record_id(d.sheet_id, d.row) in names for d in here):
        # What was taken back as well: it is that which changed.
        pairs = _links_of(_naming(connection, names, here))
        names |= {name for pair in pairs if not names.isdisjoint(pair) for name in pair}
    found = changes.sheets_of_same_people(connection, sorted(names))
    return tuple(sorted({*found, *(sheet_of(name) for name in names - set(records))}))


def _naming(
    connection: sa.Connection, names: Collection[str], here: Sequence[Decision]
) -> list[Decision]:
    """``here``, and all decisions on other sheets with rows said to repeat one of ``names``.

    Looks through all decisions, which takes long where there are many.
    """
    columns = t.DECISIONS.c
    wanted = sa.select(columns.sheet_id).where(
        columns.field == STATUS,
        columns.after == RowStatus.DUPLICATE.value,
        sa.or_(
            columns.why.in_([f"of {name}" for name in sorted(names)]),
            *(columns.why.endswith(f", of {name}") for name in sorted(names)),
        ),
    )
    known = {decision.sheet_id for decision in here}
    far = sorted({*connection.execute(wanted.distinct()).scalars()} - known)
    return [*here, *(ledger.decisions(connection, far) if far else ())]


def _links_of(decisions: Iterable[Decision]) -> list[Pair]:
    """As ``links``, of any decisions."""
    return [(record_id(d.sheet_id, d.row), d.repeats) for d in decisions if d.repeats]


def _sheets_of(names: Iterable[str]) -> list[str]:
    return sorted({sheet_of(name) for name in names})


def _called(decided: Decided) -> list[tuple[str, int]]:
    """Sheet and row of what people call a repetition."""
    return [
        (sheet, row)
        for sheet, places in decided.items()
        for (row, field), decision in places.items()
        if row != SHEET and field == STATUS and decision.after == RowStatus.DUPLICATE.value
    ]


def _pairs(known: Iterable[Repeat]) -> list[Pair]:
    return [(repeat.record_id, repeat.duplicate_of) for repeat in known]
