"""What the commands for counting do: decide, sample, reconcile, tally, export."""

import argparse
import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from digitizer import corrections, export
from digitizer.commands.terminal import open_workspace, require_output, tell, user_name
from digitizer.counting import reconcile, sampling, tally, targets
from digitizer.counting.summary import program
from digitizer.errors import ExitCode, UsageError
from digitizer.ids import record_id, sheet_of
from digitizer.oldercopies import Earlier
from digitizer.profiles.profiles import load_profile
from digitizer.records import RowStatus, SheetStatus
from digitizer.store import Store
from digitizer.workspace import repeats
from digitizer.workspace.decisions import SHEET, STATUS, Action, Decision
from digitizer.workspace.stored import RecordRow

# Corrections not taken that are named one by one.
_TOLD = 5


def export_csv(given: argparse.Namespace) -> ExitCode:
    """`digitizer export`."""
    dropped = export.dropped_file(given.output)
    for file in (given.output, dropped):
        require_output(file, given.workspace)
    with open_workspace(given) as store:
        names, _ = store.field_names()
        seen = _Seen(store.records())
        rows = targets.export_profile(given.profile, seen, names, given.output)
    if not given.quiet:
        tell(f"{rows} rows in {given.output}, rows left out: {dropped}")
        if seen.pending:
            tell(tally.pending_line(seen.pending, seen.rows))
    return ExitCode.OK


def count(given: argparse.Namespace) -> ExitCode:
    """`digitizer tally`."""
    asked = None if given.profile is None else load_profile(given.profile)
    with open_workspace(given) as store:
        profile = asked or store.profile()
        pages: Counter[SheetStatus] = Counter()

        def records() -> Iterator[RecordRow]:
            for sheet, rows in store.listing(profile):
                pages[sheet.status] += 1
                yield from rows

        def left_out() -> tally.LeftOut:
            failed, unknown = pages[SheetStatus.FAILED], pages[SheetStatus.UNRECOGNISED]
            listed = (given.workspace / export.SHEETS_FILE).is_file()
            return tally.LeftOut(failed, unknown, store.pending(), listed)

        result = tally.tally(
            records(), given.by, _extra_fields(store), profile=profile, left_out=left_out
        )
    show = {"table": tally.as_table, "csv": tally.as_csv, "json": tally.as_json}[given.format]
    print(show(result).rstrip("\r\n"))
    if given.format != "table" and result.pending and not given.quiet:
        # The table says it itself.
        tell(tally.pending_line(result.pending, result.total[0]))
    return ExitCode.OK


class _Seen:
    """Rows passed on, and counted as they pass; ``pending``: those that wait for review."""

    def __init__(self, records: Iterable[RecordRow]) -> None:
        self._records = records
        self.rows = self.pending = 0

    def __iter__(self) -> Iterator[RecordRow]:
        for record in self._records:
            self.rows += 1
            self.pending += record.status is RowStatus.REVIEW
            yield record


def decide(given: argparse.Namespace) -> ExitCode:
    """`digitizer decide`."""
    who = given.by or user_name()
    values = _values(given.field or (), undo=given.undo)
    _require_one_wish(given, values)
    with open_workspace(given) as store:
        if given.corrections is not None:
            made = _corrected(store, given, who)
        elif given.undo:
            made = _undone(store, given, who, tuple(values))
        else:
            box_fields = _box_fields(store)
            _check_fields(values, _extra_fields(store), box_fields)
            made = corrections.decide(
                store.listing(),
                given.record_id,
                status=given.status,
                values=values,
                who=who,
                why=given.why,
                whole_codes=True,
                box_fields=box_fields,
            )
        made, unsaid = _of_what(store, made)
        store.decide(made)
        nowhere = store.uncounted_people([record_id(d.sheet_id, d.row) for d in made])
        export.write_workspace(store.listing(), store.field_names(), given.workspace)
    _tell_of_repeats(unsaid, nowhere)
    if not given.quiet:
        rows = len({(d.sheet_id, d.row) for d in made})
        many = "" if len(made) == 1 else "s"
        where = "1 row" if rows == 1 else f"{rows} rows"
        tell(f"{len(made)} decision{many} by {who} in {where}; records.csv is written anew")
    return ExitCode.OK


def _require_one_wish(given: argparse.Namespace, values: Mapping[str, str]) -> None:
    """Raise UsageError unless it is one file, or one record and what is decided about it."""
    one = given.record_id is not None
    if one == (given.corrections is not None):
        raise UsageError("give either a RECORD_ID or --from FILE")
    if not one and (given.status or values or given.undo):
        raise UsageError("--from FILE says all there is to decide: leave the other options away")
    if one and bool(given.status or values) == given.undo and not (given.undo and values):
        raise UsageError("give --status STATUS, --field NAME=VALUE or --undo")


def _undone(
    store: Store, given: argparse.Namespace, who: str, columns: Sequence[str]
) -> tuple[Decision, ...]:
    """What takes back the last decision on a record or sheet; ``columns``: on each of these."""
    decisions, box_fields = store.decisions(), _box_fields(store)

    def undone(name: str, column: str | None) -> Decision:
        return corrections.undo(decisions, name, column, who=who, why=given.why)

    if not columns:
        return (undone(given.record_id, None if given.status is None else STATUS),)
    # A field of the box is the sheet's, whichever of its records was named.
    sheet = sheet_of(given.record_id) or given.record_id
    return tuple(undone(sheet if c in box_fields else given.record_id, c) for c in columns)


def _corrected(store: Store, given: argparse.Namespace, who: str) -> tuple[Decision, ...]:
    """The decisions of a corrected copy of records.csv; what of it is not taken is told."""
    extra = _extra_fields(store)
    decisions = store.decisions()
    earlier = Earlier(decisions, store.listing(decisions=()) if decisions else (), extra)
    found = corrections.read_corrections(
        store.listing(), given.corrections, extra, who=who, why=given.why, earlier=earlier
    )
    _tell_older(found)
    for name, column, cell in found.wrecks[:_TOLD]:
        tell(
            f"digitizer: {name}, {column}: {cell!r} is what a spreadsheet makes of a value and is "
            "not taken: format the column as text, write the value there and give the file again"
        )
    if len(found.wrecks) > _TOLD:
        tell(f"digitizer: {len(found.wrecks) - _TOLD} more such cells are not taken")
    for column in found.unknown:
        tell(f"digitizer: column {column!r} is none of records.csv: nothing of it is taken")
    for column, cells in found.unshown.items():
        tell(
            f"digitizer: {column} was taken out of review_fields in {cells} "
            f"row{'' if cells == 1 else 's'}, but the copy has no column {column!r}: it waits still"
        )
    for column, cells in found.left_alone.items():
        tell(f"digitizer: {cells} changed cells of {column} left alone, it is not a reading")
    return found.decisions


def _tell_of_repeats(unsaid: Sequence[str], nowhere: Mapping[str, frozenset[str]]) -> None:
    """Tell of repetitions of nobody knows which row, and of people of whom no row counts."""
    for name in unsaid[:_TOLD]:
        tell(
            f"digitizer: nobody said which row {name} repeats: who repeats it in turn may count "
            'beside that one; --status duplicate --why "of RECORD_ID" says it'
        )
    for name in sorted(nowhere)[:_TOLD]:
        tell(f"digitizer: {_nowhere(name, nowhere[name])}")
    if len(nowhere) > _TOLD:
        tell(
            f"digitizer: {len(nowhere) - _TOLD} more people of whom no row counts, see "
            f"{repeats.NONE_COUNTS_REASON} among reasons in records.csv"
        )


def _of_what(
    store: Store, made: Sequence[Decision]
) -> tuple[tuple[Decision, ...], tuple[str, ...]]:
    """Decisions with the row that each repetition repeats, where a run found one; and the others.

    The others are records of which nobody knows what they repeat. Raises UsageError where
    somebody named a record that is none.
    """
    said: list[Decision] = []
    unsaid: list[str] = []
    known = store.signer_repeats() if any(_calls_repeated(d) for d in made) else {}
    firsts = {repeat.duplicate_of for repeat in known.values()}
    for decision in made:
        name, found = record_id(decision.sheet_id, decision.row), decision.repeats
        if found:
            _, rows = store.listed((sheet_of(found),)).get(sheet_of(found), (None, ()))
            if all(row.record_id != found for row in rows):
                raise UsageError(f"there is no record {found}: see record_id in records.csv")
        elif _calls_repeated(decision):
            if name in known:
                why = (decision.why, f"of {known[name].duplicate_of}")
                decision = replace(decision, why=", ".join(filter(None, why)))
            elif name not in firsts:
                unsaid.append(name)
        said.append(decision)
    return tuple(said), tuple(unsaid)


def _calls_repeated(decision: Decision) -> bool:
    called = decision.row != SHEET and decision.field == STATUS
    return called and decision.action is Action.SET and decision.after == RowStatus.DUPLICATE


def _nowhere(name: str, person: frozenset[str]) -> str:
    """Of a person none of whose rows counts, what to do."""
    others = sorted(person - {name})
    return (
        f"this person is counted nowhere: {name} was called a repetition, and "
        f"{', '.join(others)} {'does' if len(others) == 1 else 'do'} not count either. It waits "
        "for a person again: --status counted on the row that counts, or "
        '--status duplicate --why "of RECORD_ID" with another row that does'
    )


def _tell_older(found: corrections.Corrections) -> None:
    """What a copy says that was decided since it was made."""
    if found.older:
        tell(
            f"digitizer: {found.older} cells left alone, they say what stood there before people "
            "decided: to go back to that, take a new copy of records.csv"
        )
    if found.overtaken:
        named = ", ".join(f"{name} {column}" for name, column in found.overtaken[:_TOLD])
        more = len(found.overtaken) - _TOLD
        tell(
            f"digitizer: {len(found.overtaken)} cells not taken, since this copy was made somebody "
            f"else decided there, or the page was read again: {named}"
            f"{f' and {more} more' if more > 0 else ''}; see them in a new copy of records.csv"
        )


def sample(given: argparse.Namespace) -> ExitCode:
    """`digitizer sample`."""
    if given.confirmed is not None:
        return _confirm_sample(given)
    if given.output is not None:
        require_output(given.output, given.workspace)
    with open_workspace(given) as store:
        population = sampling.accepted_fields(store.records())
        if not population:
            raise UsageError(f"{given.workspace} holds no accepted field to check yet")
        seed, drawn = sampling.draw_sample(population, given.n, given.seed)
        number = store.save_sample(seed, len(population), drawn)
    file = given.output or given.workspace / f"sample-{number}.csv"
    sampling.write_sample(number, drawn, given.workspace, file)
    if not given.quiet:
        tell(
            f"{len(drawn)} of {len(population):,} accepted fields in {file} (seed {seed}): look at "
            "each crop, write Y or N as correct and, if N, the right_value; then "
            f"{program()} sample {shlex.quote(str(given.workspace))} "
            f"--confirmed {shlex.quote(str(file))}"
        )
    return ExitCode.OK


def _confirm_sample(given: argparse.Namespace) -> ExitCode:
    who = given.by or user_name()
    number, checks = sampling.read_checks(given.confirmed)
    with open_workspace(given) as store:
        drawn = store.sample(number)
        if any(not 1 <= place <= len(drawn.fields) for place, _, _ in checks):
            raise UsageError(f"{given.confirmed} has places that sample {number} has not")
        store.save_checks(number, who, checks)
        measured = sampling.measure(store.sample(number))
    if given.format == "json":
        print(json.dumps(sampling.as_dict(number, drawn.seed, measured), indent=1))
    else:
        print(sampling.error_text(measured))
    return ExitCode.OK


def reconcile_sheets(given: argparse.Namespace) -> ExitCode:
    """`digitizer reconcile`."""
    manifest = None if given.manifest is None else reconcile.read_manifest(given.manifest)
    with open_workspace(given) as store:
        result = reconcile.reconcile(
            store.listing(), store.sources(), sheets=given.sheets, manifest=manifest
        )
    shows = {"table": reconcile.as_table, "csv": reconcile.as_csv, "json": reconcile.as_json}
    print(shows[given.format](result).rstrip("\r\n"))
    return ExitCode.OK


def _extra_fields(store: Store) -> list[str]:
    names, _ = store.field_names()
    return [name for name in names if name not in export.RECORD_COLUMNS]


def _values(given: list[str] | tuple[str, ...], *, undo: bool) -> dict[str, str]:
    values: dict[str, str] = {}
    for word in given:
        name, equals, text = word.partition("=")
        if not name or bool(equals) == undo:
            raise UsageError(f"--field {word}: write NAME=VALUE, or with --undo the NAME alone")
        values[name] = text
    return values


def _box_fields(store: Store) -> tuple[str, ...]:
    """Fields of collector boxes that no row has."""
    in_rows, in_boxes = store.field_names()
    return tuple(dict.fromkeys((*export.COLLECTOR_FIELDS, *sorted({*in_boxes} - {*in_rows}))))


def _check_fields(values: dict[str, str], extra: list[str], box_fields: Sequence[str]) -> None:
    known = (*export.ROW_FIELDS, *extra, *box_fields, "contact_consent")
    for name in values:
        if name not in known:
            raise UsageError(f"there is no field {name!r}: use one of {', '.join(known)}")
