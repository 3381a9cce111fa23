"""What a workspace's database keeps and gives back: every statement to it starts here.

A page is saved in one transaction, so a run that is killed leaves only whole
pages; saving the same page again leaves the same rows. Only the parent process
of a run writes pages; people's decisions come from several processes. How the
database is opened and what its errors say is in ``database``.
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from digitizer.errors import UsageError
from digitizer.ids import sheet_id, sheet_of
from digitizer.layout.identification.titles import name_petitions
from digitizer.profiles.profiles import DuplicatePolicy, Profile, load_profile, parse_profile
from digitizer.records import PageResult
from digitizer.states import UNWRITTEN_KINDS
from digitizer.workspace import (
    changes,
    following,
    leases,
    ledger,
    repeats,
    reviewers,
    scrub,
    statements,
    uncounted,
    views,
)
from digitizer.workspace import schema as t
from digitizer.workspace.database import HEAD_REVISION
from digitizer.workspace.decisions import Decision, standing, taken_back
from digitizer.workspace.pagestore import PageStore
from digitizer.workspace.shown import reading_id, rows_marks
from digitizer.workspace.stored import KnownFile, RecordRow, Rescan, SheetRow, Source

__all__ = ["DATABASE_FILE", "HEAD_REVISION", "KnownFile", "Store"]

DATABASE_FILE = "digitizer.db"

# Sheets fetched with all their fields at a time: about 5,000 field rows.
SHEETS_PER_FETCH = 50

# Kinds of failure that say nothing about the page, but of a drive that was away, a machine that
# was busy or a program that has been mended since: the next run tries again.
_ACCIDENTS = ("worker-died", "interrupted", "crashed", "internal-error")
PASSING_FAILURES = (*_ACCIDENTS, "not-found", "unreadable", "timeout", "missing-decoder")


class Store(PageStore):
    """An open workspace database; a context manager that closes it."""

    # Names of petitions by title, and the newest sheet they were found with.
    _named: tuple[int, Mapping[str, str]] = (-1, {})
    # The profile in force, by name and TOML as they are stored.
    _profiled: tuple[tuple[str, str] | None, Profile | None] = (None, None)

    # Writing -----------------------------------------------------------------

    def start_run(self, settings_hash: str, settings: Mapping[str, object], version: str) -> int:
        """Note that a run begins; its number orders what it brings in."""

        def write(connection: sa.Connection) -> int:
            done = connection.execute(
                t.RUNS.insert().values(
                    started=_now(),
                    version=version,
                    settings_hash=settings_hash,
                    settings=json.dumps(settings, sort_keys=True),
                )
            )
            return statements.new_key(done)

        return self._write(write)

    def end_run(self, run_id: int, outcome: str) -> None:
        """Note how a run ended."""
        self._write(
            lambda c: c.execute(
                t.RUNS.update().where(t.RUNS.c.id == run_id).values(ended=_now(), outcome=outcome)
            )
        )

    def register(self, run_id: int, settings_hash: str, sources: Sequence[Source]) -> int:
        """Note what was handed in, in its order; return how much of it is new.

        A page handed in before keeps its place. Once a file opens, earlier
        notes that it did not are taken back, as is content which it no longer
        has and which was never read.
        """
        return self._write(lambda c: following.register(c, run_id, settings_hash, sources))

    def remember_files(self, files: Sequence[KnownFile]) -> None:
        """Note how files look, so that the next run need not hash them."""
        if not files:
            return

        def write(connection: sa.Connection) -> None:
            names = [f.source_file for f in files]
            for start in range(0, len(names), SHEETS_PER_FETCH):
                chunk = names[start : start + SHEETS_PER_FETCH]
                connection.execute(t.FILES.delete().where(t.FILES.c.source_file.in_(chunk)))
            connection.execute(
                t.FILES.insert(),
                [
                    {
                        "source_file": f.source_file,
                        "size_bytes": f.size_bytes,
                        "mtime_ns": str(f.mtime_ns),
                        "sha256": f.sha256,
                        "pages": f.pages,
                    }
                    for f in files
                ],
            )

        self._write(write)

    def save_page(self, result: PageResult, settings_hash: str, *, overlay: bool = False) -> None:
        """Save one page whole, in one transaction; again is the same as once."""
        self._write(lambda c: following.save_page(c, result, settings_hash, overlay=overlay))

    def save_rescans(self, rescans: Sequence[Rescan]) -> None:
        """Replace what is known about sheets scanned twice, but of purged ones."""

        def write(connection: sa.Connection) -> None:
            columns = (t.DUPLICATES.c.sheet_id, t.DUPLICATES.c.duplicate_of, t.DUPLICATES.c.score)
            before = [dict(r) for r in connection.execute(sa.select(*columns)).mappings()]
            rows: list[dict[str, object]] = [
                {"sheet_id": r.sheet_id, "duplicate_of": r.duplicate_of, "score": r.score}
                for r in rescans
            ]
            gone, found = scrub.purged(connection), {r.sheet_id for r in rescans}
            # Nothing can be compared with what is gone: what was found before holds.
            rows += [
                r
                for r in before
                if r["sheet_id"] not in found and gone.keys() & {r["sheet_id"], r["duplicate_of"]}
            ]
            if {tuple(r.values()) for r in before} == {tuple(r.values()) for r in rows}:
                return
            connection.execute(t.DUPLICATES.delete())
            if rows:
                connection.execute(t.DUPLICATES.insert(), rows)

        self._write(write)

    def save_repeats(self, found: Sequence[repeats.Repeat]) -> None:
        """Replace what is known about people who signed twice, but on purged sheets."""

        def write(connection: sa.Connection) -> None:
            gone, new = scrub.purged(connection), {repeat.record_id for repeat in found}
            kept = [
                repeat
                for repeat in (repeats.load(connection).values() if gone else ())
                if repeat.record_id not in new
                and any(
                    reading_id(sheet_of(name)) in gone
                    for name in (repeat.record_id, repeat.duplicate_of)
                )
            ]
            repeats.save(connection, [*found, *kept])

        self._write(write)

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Append what people decided; nothing that was there before is changed."""
        self._write(lambda c: ledger.save_decisions(c, decisions))

    def decide_unless_changed(
        self,
        decisions: Sequence[Decision],
        known: Mapping[str, int],
        free: Sequence[leases.Key],
        marks: Mapping[str, str] | None = None,
    ) -> bool:
        """Append decisions if nobody decided anything about their sheets meanwhile.

        ``known``: number of the last decision on each sheet that was taken into
        account. ``free``: leases that end with them; ``marks``: ``rows_marks`` of sheets
        whose rows must lie as they did. False: nothing was written.
        """

        def write(connection: sa.Connection) -> bool:
            ledger.take_turn(connection)
            if ledger.last_decisions(connection, tuple(known)) != known:
                return False
            if marks and rows_marks(connection, tuple(marks)) != marks:
                return False
            ledger.save_decisions(connection, decisions)
            for key in free:
                leases.release(connection, key, decisions[0].who)
            return True

        return self._write(write)

    def undo_last(self, who: str, batch: str) -> tuple[Decision, ...]:
        """Take back what a person decided last and nobody decided anew since.

        Returns what was taken back; empty: nothing is left. ``batch`` marks the
        rows that do it.
        """

        def write(connection: sa.Connection) -> tuple[Decision, ...]:
            ledger.take_turn(connection)
            last = ledger.last_step_of(connection, who)
            ledger.save_decisions(connection, [taken_back(d, who, batch) for d in last])
            return last

        return self._write(write)

    def take_lease(self, key: leases.Key, who: str, now: float, until: float) -> tuple[str, float]:
        """Lease a field; returns who holds it and until when, maybe another."""
        return self._write(lambda c: leases.take(c, key, who, now, until))

    def release_lease(self, key: leases.Key, who: str) -> None:
        """Give a field back."""
        self._write(lambda c: leases.release(c, key, who))

    def drop_expired_leases(self, now: float) -> None:
        """Forget leases that have ended."""
        self._write(lambda c: leases.drop_expired(c, now))

    def set_profile(self, profile: Profile) -> None:
        """Put a validity profile in force: every listing from now on follows it."""
        self._write(lambda c: ledger.save_profile(c, profile.name, profile.text))

    def save_sample(self, seed: int, population: int, fields: Sequence[ledger.SampledField]) -> int:
        """Keep a sample of accepted fields that was drawn; returns its number."""
        return self._write(lambda c: ledger.save_sample(c, seed, population, fields))

    def save_checks(self, number: int, who: str, checks: Sequence[tuple[int, bool, str]]) -> None:
        """Note of fields of a sample, by place, whether they are right, and what is."""
        self._write(lambda c: ledger.save_checks(c, number, who, checks))

    def setting(self, name: str, make: Callable[[], str]) -> str:
        """The workspace's setting called ``name``; ``make`` gives it at first use."""
        return self._write(lambda c: ledger.setting(c, name, make))

    # Reading -----------------------------------------------------------------

    def decisions(self, sheets: Sequence[str] | None = None) -> tuple[Decision, ...]:
        """Everything people ever decided, or about ``sheets`` (ids), in order."""
        return self._read(lambda c: ledger.decisions(c, sheets))

    def last_decisions(self, sheets: Sequence[str] | None = None) -> dict[str, int]:
        """Number of the last decision on each sheet, 0 where there is none; see ``ledger``."""
        return self._read(lambda c: ledger.last_decisions(c, sheets))

    def numbered_decisions(self, sheets: Sequence[str]) -> tuple[tuple[int, Decision], ...]:
        """The decisions on sheets, in order, each with its number."""
        return self._read(lambda c: ledger.numbered(c, sheets))

    def leases(self, now: float) -> dict[leases.Key, tuple[str, float]]:
        """Who holds which field, and until when."""
        return self._read(lambda c: leases.held(c, now))

    def progress(self) -> changes.Progress:
        """How far the workspace is; see ``changed_since``."""
        return self._read(changes.progress)

    def changed_since(self, before: changes.Progress) -> changes.Changed:
        """What was read, handed in or decided since."""
        return self._read(lambda c: changes.changed_since(c, before))

    def profile(self) -> Profile:
        """The validity profile in force."""
        found = self._read(ledger.profile)
        known, parsed = self._profiled
        if parsed is None or known != found:
            parsed = load_profile() if found is None else parse_profile(found[1], found[0])
            self._profiled = (found, parsed)
        return parsed

    def sample(self, number: int) -> ledger.Sample:
        """A sample by its number; UsageError where there is none."""
        found = self._read(lambda c: ledger.sample(c, number))
        if found is None:
            raise UsageError(f"no sample {number} was drawn from {self._name}")
        return found

    def samples(self) -> tuple[ledger.Sample, ...]:
        """All samples that were drawn, in order."""
        return self._read(ledger.samples)

    def as_read(self) -> Iterator[tuple[statements.ReadSheet, str]]:
        """Every page's reading as it was read, whatever people decided; each page once.

        Beside it the provenance of its stage ``read``.
        """
        sources = self._read(statements.sources)
        details = self._read(functools.partial(statements.step_details, stage="read"))
        seen: set[tuple[str, int]] = set()
        for start in range(0, len(sources), SHEETS_PER_FETCH):
            chunk = sources[start : start + SHEETS_PER_FETCH]
            readings = self._read(functools.partial(statements.readings, wanted=chunk))
            for key, reading in readings.items():
                if key not in seen:
                    seen.add(key)
                    yield reading, details.get((reading.sheet_id, reading.settings_hash), "")

    def sources(self) -> tuple[Source, ...]:
        """Every page handed in, read or not, in order of arrival."""
        return tuple(source for source, _ in self._read(statements.sources))

    def signer_repeats(self, records: Sequence[str] | None = None) -> Mapping[str, repeats.Repeat]:
        """Rows that are or may be an earlier row's person, by record id; ``records`` alone."""
        return self._read(lambda c: repeats.load(c, records))

    def sheets_of_same_people(self, records: Sequence[str]) -> tuple[str, ...]:
        """Ids of the sheets with rows that may be the same people's as ``records`` (ids)."""
        return self._read(lambda c: uncounted.sheets_of_same_people(c, records))

    def finished(self, settings_hash: str, *, overlay: bool = False) -> frozenset[tuple[str, int]]:
        """(sha256, page) of the pages that need not, or must not, be read again.

        ``overlay``: only those whose overlay was drawn. Never read again is what
        was purged.
        """
        wanted = sa.select(t.SHEETS.c.sha256, t.SHEETS.c.page).where(
            t.SHEETS.c.settings_hash == settings_hash,
            sa.or_(
                t.SHEETS.c.failure_kind.is_(None),
                t.SHEETS.c.failure_kind.not_in(PASSING_FAILURES),
            ),
        )
        if overlay:
            wanted = wanted.where(t.SHEETS.c.overlay.is_(True))

        def read(c: sa.Connection) -> frozenset[tuple[str, int]]:
            done = frozenset((sha, page) for sha, page in c.execute(wanted))
            return done | scrub.purged_pages(c)

        return self._read(read)

    def known_files(self) -> dict[str, KnownFile]:
        """Files hashed before, by name."""
        return self._read(statements.known_files)

    def field_names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of all fields of signer rows and of collector boxes, sorted.

        Row numbers and what a form says to ignore are no fields of a record.
        """
        hidden = sorted(kind.value for kind in UNWRITTEN_KINDS)
        boxed = (t.FIELDS.c.row == t.COLLECTOR_ROW).label("boxed")
        wanted = sa.select(boxed, t.FIELDS.c.field).where(t.FIELDS.c.kind.not_in(hidden))
        found = self._read(lambda c: c.execute(wanted.distinct()).all())
        return (
            tuple(sorted(name for in_box, name in found if not in_box)),
            tuple(sorted(name for in_box, name in found if in_box)),
        )

    def sheets(self) -> tuple[SheetRow, ...]:
        """Every sheet, in order of arrival."""
        return tuple(sheet for sheet, _ in self.listing())

    def records(self, profile: Profile | None = None) -> Iterator[RecordRow]:
        """Every row that holds ink, in order of arrival; see ``listing``."""
        for _, records in self.listing(profile):
            yield from records

    def listing(
        self,
        profile: Profile | None = None,
        *,
        with_repeats: bool = True,
        decisions: Sequence[Decision] | None = None,
    ) -> Iterator[tuple[SheetRow, tuple[RecordRow, ...]]]:
        """Every sheet with its rows that hold ink, in order of arrival.

        As people decided them (``decisions``: these alone), and judged by ``profile`` or
        else the one in force. ``with_repeats``: False leaves out that people signed twice.
        """
        profile = profile or self.profile()
        once = profile.duplicates is DuplicatePolicy.FIRST
        known = self.signer_repeats() if with_repeats and once else {}
        sources = self._read(statements.sources)
        decided = standing(self.decisions() if decisions is None else decisions)
        names = name_petitions(self._read(statements.petitions))
        differing = self._read(reviewers.open_differences)
        listing = views.Listing(
            self._read(statements.duplicates), decided, profile, names, differing
        )
        showing = uncounted.showing(
            known,
            decided if with_repeats and once else {},
            lambda names: self._rows_on(names, sources, profile),
            lambda names: self._read(lambda c: uncounted.arrivals(c, names)),
        )
        for start in range(0, len(sources), SHEETS_PER_FETCH):
            chunk = sources[start : start + SHEETS_PER_FETCH]
            readings = self._read(functools.partial(statements.readings, wanted=chunk))
            for source, _ in chunk:
                listed = listing.add(source, readings.get((source.sha256, source.page)))
                if listed is not None:
                    sheet, records = listed
                    yield showing.show(sheet, records)

    def listed(self, sheet_ids: Sequence[str]) -> dict[str, tuple[SheetRow, tuple[RecordRow, ...]]]:
        """A few sheets as ``listing`` has them, by id; further copies of theirs as well.

        Costs what these sheets cost, however many there are beside them.
        """
        profile = self.profile()

        def read(c: sa.Connection) -> dict[str, tuple[SheetRow, tuple[RecordRow, ...]]]:
            found = self._listed(c, sheet_ids, profile)
            if profile.duplicates is not DuplicatePolicy.FIRST:
                return found
            names = [r.record_id for _, rows in found.values() for r in rows]
            same = uncounted.load_beside(c, names)
            # Whether a row counts depends on the rows of the same person before it.
            beside = {sheet_of(name) for person in same.people for name in person} - found.keys()
            everyone = self._listed(c, (*found, *sorted(beside)), profile) if beside else found
            showing = same.showing(record for _, rows in everyone.values() for record in rows)
            shown = {name: showing.show(*one) for name, one in everyone.items()}
            return {name: shown[name] for name in found}

        return self._read(read)

    def uncounted_people(self, records: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Of the people of ``records`` (ids) those none of whose rows counts; see ``uncounted``.

        The row of each that waits for somebody to say so, with all rows of the person.
        """
        profile = self.profile()
        if profile.duplicates is not DuplicatePolicy.FIRST:
            return {}

        def read(c: sa.Connection) -> Mapping[str, frozenset[str]]:
            people = uncounted.load_beside(c, records).people
            sheets = sorted({sheet_of(name) for person in people for name in person})
            listed = self._listed(c, sheets, profile).values() if sheets else ()
            return uncounted.among(people, (row for _, rows in listed for row in rows))

        return self._read(read)

    def _rows_on(
        self, names: Sequence[str], sources: Sequence[tuple[Source, str]], profile: Profile
    ) -> Iterator[RecordRow]:
        """The rows of sheets (ids) in order of arrival, whoever signed twice."""
        order = {sheet_id(s.sha256, s.page): place for place, (s, _) in enumerate(sources)}
        names = sorted(names, key=lambda name: (order.get(reading_id(name), -1), name))
        for start in range(0, len(names), SHEETS_PER_FETCH):
            chunk = names[start : start + SHEETS_PER_FETCH]
            found = self._read(functools.partial(self._listed, sheet_ids=chunk, profile=profile))
            for name in chunk:
                yield from found[name][1] if name in found else ()

    def _listed(
        self, c: sa.Connection, sheet_ids: Sequence[str], profile: Profile
    ) -> dict[str, tuple[SheetRow, tuple[RecordRow, ...]]]:
        """Sheets in order of arrival, without what repeats make of their rows."""
        readings_of = {reading_id(name) for name in sheet_ids}
        sources = statements.sources_of(c, tuple(readings_of))
        readings = statements.readings(c, sources)
        names = self._petition_names(c, [r.petition for r in readings.values()])
        copies = {f"{name}-c{n}" for name in readings_of for n in range(2, len(sources) + 1)}
        decided = standing(ledger.decisions(c, (*readings_of, *copies)))
        differing = reviewers.open_differences(c, (*readings_of, *copies))
        known = statements.duplicates(c, tuple(readings_of))
        listing = views.Listing(known, decided, profile, names, differing)
        found = {}
        for source, _ in sources:
            listed = listing.add(source, readings.get((source.sha256, source.page)))
            if listed is not None:
                found[listed[0].sheet_id] = listed
        for name in set(sheet_ids) - set(found):
            failed = _unopened(c, name)
            if failed is not None:
                found[name] = (views.unopened(failed), ())
        return found

    def _petition_names(
        self, connection: sa.Connection, titles: Sequence[str | None]
    ) -> Mapping[str, str]:
        """Names of petitions, worked out again only when sheets or titles are new."""
        newest = connection.scalar(sa.select(sa.func.max(t.SHEETS.c.id))) or 0
        at, names = self._named
        if newest != at or any(title and title not in names for title in titles):
            names = name_petitions(statements.petitions(connection))
            self._named = (newest, names)
        return names


def _unopened(connection: sa.Connection, name: str) -> Source | None:
    found = (source for source, _ in statements.unopened(connection))
    return next((source for source in found if views.unopened_id(source) == name), None)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
