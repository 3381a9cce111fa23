"""Retention: pictures and fields of a workspace are removed for good.

What a purge removes are files (pages, crops, scans that came through the review
pages) and texts in the database, which is then written anew without the freed
space. What it leaves is what the number stands on (``scrub``), so a count is the
same afterwards, and a line that tells when, by whom and what. Pages from which
something was purged are never read again; the scans themselves, where they lie
outside of the workspace, are not ours to delete.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

from digitizer import export
from digitizer.errors import StoreError, UsageError
from digitizer.intake import INCOMING, UPLOADING
from digitizer.learned import FOLDER as LEARNED
from digitizer.profiles.profiles import Profile
from digitizer.records import FieldKind, RowStatus
from digitizer.states import UNWRITTEN_KINDS
from digitizer.store import Store
from digitizer.workspace import scrub

PAGES, CROPS = "pages", "crops"
IMAGES = "images"
# Written by other commands into the workspace, with names and places in them.
_REPORT = "report.html"
_SAMPLES = "sample-*.csv"
# What a program that was killed has left of these, of the CSV files, of a page being read
# again and of a scan that was coming in.
_UNFINISHED = (".records.csv.*", ".sheets.csv.*", ".report.html.*", ".sample-*.csv.*")
_UNFINISHED_FOLDERS = ".reading-*"

_CONTACT = frozenset({FieldKind.PHONE, FieldKind.EMAIL})


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to go. ``fields``: names, or None for none; ``before``: a day (UTC).

    ``everything``: pictures and all fields. ``keep_consent``: but the pictures of
    contact fields of rows whose signers agreed to be written to.
    """

    images: bool = False
    crops: bool = False
    fields: tuple[str, ...] = ()
    everything: bool = False
    before: date | None = None
    keep_consent: bool = False
    unreviewed: bool = False

    @property
    def pages(self) -> bool:
        """Whether pictures of pages go."""
        return self.images or self.everything

    @property
    def all_crops(self) -> bool:
        """Whether pictures of fields go, whichever fields do."""
        return self.crops or self.everything


@dataclass(frozen=True, slots=True)
class Plan:
    """What would go: from ``sheets`` (ids), so many values of ``fields``, and files.

    ``crops``: sheet, row and field of each crop among ``files``; ``folders`` go whole.
    ``waiting``: of the fields how many a person has not looked at yet. ``still_shown``:
    pages whose pictures still show the fields.
    """

    wish: Wish
    sheets: tuple[str, ...]
    fields: tuple[str, ...]
    values: int
    files: tuple[Path, ...]
    crops: tuple[scrub.Crop, ...]
    folders: tuple[Path, ...]
    waiting: int
    still_shown: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to remove."""
        return not (self.files or self.folders or self.values)


@dataclass(frozen=True, slots=True)
class Purged:
    """What went. ``before`` and ``after``: rows by status; ``compacted``: nothing is left."""

    before: Counter[RowStatus]
    after: Counter[RowStatus]
    compacted: bool


def plan_purge(store: Store, workspace: Path, wish: Wish) -> Plan:
    """Find what a purge would remove. Raises UsageError for a wish that cannot be met."""
    day = None if wish.before is None else f"{wish.before.isoformat()}T00:00:00"
    sheets = store.read(lambda c: scrub.sheets_read(c, day))
    chosen = frozenset(sheets)
    kinds = store.read(lambda c: scrub.fields_of(c, sheets))
    fields = _fields(wish, kinds)
    _refuse_what_counts(store.profile(), {kinds[name] for name in fields})
    crops = _crops(store, sheets, wish, fields, kinds)
    files = _pictures(store, workspace, chosen, wish)
    files += [workspace / path for path in crops.values()]
    files += _leftovers(workspace, wish)
    if fields:
        files += _written_reports(workspace)
    return Plan(
        wish=wish,
        sheets=sheets,
        fields=fields,
        values=store.read(lambda c: scrub.count_values(c, sheets, fields)) if fields else 0,
        files=tuple(file for file in dict.fromkeys(files) if file.is_file()),
        crops=tuple(crops),
        folders=_folders(workspace, wish, fields),
        waiting=_waiting(store, chosen, frozenset(fields)) if fields else 0,
        still_shown=len(_page_files(workspace, chosen)) if fields and not wish.pages else 0,
    )


def purge(store: Store, workspace: Path, plan: Plan, *, who: str, why: str = "") -> Purged:
    """Remove for good what was planned, and write the CSV files anew.

    Killed midway it is done by doing it again: the database says that pages are
    purged before the first file goes. Raises UsageError where fields still wait for
    a person and the wish does not say that they may go unseen.
    """
    wish = plan.wish
    if plan.waiting and not wish.unreviewed:
        raise UsageError(
            f"{plan.waiting:,} of these fields still wait for a person, who could not see them "
            "any more: review them first, or add --unreviewed"
        )
    before = _counts(store)
    kinds = store.read(lambda c: scrub.fields_of(c, plan.sheets))

    def write(connection: sa.Connection) -> None:
        what = [IMAGES] * wish.pages
        what += [CROPS] * wish.all_crops
        scrub.mark(connection, plan.sheets, [*what, *plan.fields])
        if plan.fields:
            scrub.scrub_fields(connection, plan.sheets, plan.fields, kinds)
        scrub.forget_crops(connection, plan.sheets, plan.crops)
        told = {
            "what": [*what, *plan.fields],
            "sheets": len(plan.sheets),
            "values": plan.values,
            "files": len(plan.files),
            "counts": {status.value: count for status, count in before.items()},
            "before": None if wish.before is None else wish.before.isoformat(),
        }
        scrub.note(connection, who, why, told)

    store.write(write)
    for file in plan.files:
        _remove(file)
    for folder in plan.folders:
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            raise StoreError(f"{folder} could not be removed: make it writable and purge again")
    export.write_workspace(store.listing(), store.field_names(), workspace)
    return Purged(before, _counts(store), compacted=store.compact())


def parse_day(text: str) -> date:
    """A day as 2026-11-30. Raises UsageError for another text, and for days to come."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--before {text}: write a day as 2026-11-30") from error
    if day > datetime.now(UTC).date():
        raise UsageError(f"--before {text} is still to come: leave it away to purge all sheets")
    return day


def as_text(plan: Plan) -> str:
    """What would go, for a person to say yes to."""
    pages = [f for f in plan.files if f.parent.name == PAGES]
    crops = [f for f in plan.files if f.parent.name == CROPS]
    scans = [f for f in plan.files if f.parent.name == INCOMING]
    unfinished = [f for f in plan.folders if f.name != LEARNED]
    others = len(plan.files) - len(pages) - len(crops) - len(scans)
    told = (
        (len(pages), "picture", "of pages"),
        (len(crops), "picture", "of fields"),
        (len(scans), "scan", "that came through the review pages"),
        (others, "file", "of reports and samples with values in them"),
        (plan.values, "value", f"of {', '.join(plan.fields)}"),
        (len(plan.folders) - len(unfinished), "folder", "of what was learned from them"),
        (len(unfinished), "folder", "that a program which was killed has left"),
    )
    lines = [f"Of {len(plan.sheets):,} sheet{'' if len(plan.sheets) == 1 else 's'}:"]
    lines += [
        f"  {count:,} {what}{'' if count == 1 else 's'} {rest}"
        for count, what, rest in told
        if count
    ]
    if plan.waiting:
        lines.append(f"  {plan.waiting:,} of these values still wait for a person")
    if plan.still_shown:
        lines.append(
            f"Pictures of {plan.still_shown:,} pages still show them; --images removes those too."
        )
    if plan.is_empty:
        lines = ["There is nothing left to remove."]
    return "\n".join(lines)


def _refuse_what_counts(profile: Profile, kinds: set[FieldKind]) -> None:
    """Raise UsageError where the rules of counting ask for what would go."""
    if profile.provinces and {FieldKind.PROVINCE, FieldKind.POSTAL_CODE} & kinds:
        raise UsageError(
            f"under the profile {profile.name} rows count by where people live: the count would "
            "change without postal code and province; keep these two, or run with another profile"
        )


def _crops(
    store: Store,
    sheets: tuple[str, ...],
    wish: Wish,
    fields: tuple[str, ...],
    kinds: dict[str, FieldKind],
) -> dict[scrub.Crop, str]:
    """Pictures of fields that go, with their paths in the workspace."""
    shown = scrub.beside(fields, kinds)
    kept = _consents(store, kinds) if wish.keep_consent else frozenset()
    return {
        place: path
        for place, path in store.read(lambda c: list(scrub.crops_of(c, sheets)))
        if place not in kept and (wish.all_crops or place[2] in shown)
    }


def _pictures(store: Store, workspace: Path, sheets: frozenset[str], wish: Wish) -> list[Path]:
    """Pictures of pages that go, and scans that came in through the browser."""
    if not wish.pages:
        return []
    pages = _page_files(workspace, sheets, everything=wish.before is None)
    return [*pages, *_incoming(store, workspace, sheets)]


def _leftovers(workspace: Path, wish: Wish) -> list[Path]:
    """Pictures that earlier versions, or a program that was killed, left behind."""
    files: list[Path] = []
    if wish.all_crops and wish.before is None and not wish.keep_consent:
        files += _files(workspace / CROPS)
    if wish.pages:
        files += sorted((workspace / INCOMING).glob(f"{UPLOADING}*"))
    return files


def _written_reports(workspace: Path) -> list[Path]:
    """What other commands, also killed ones, wrote of fields."""
    found = [workspace / _REPORT, *workspace.glob(_SAMPLES)]
    found += [file for pattern in _UNFINISHED for file in sorted(workspace.glob(pattern))]
    return found


def _folders(workspace: Path, wish: Wish, fields: tuple[str, ...]) -> tuple[Path, ...]:
    """Folders that go whole."""
    folders: list[Path] = []
    if fields:
        # Words of an office are names and places that signers wrote.
        folders.append(workspace / LEARNED)
    if wish.pages or wish.all_crops or fields:
        folders += sorted(workspace.glob(_UNFINISHED_FOLDERS))
    return tuple(folder for folder in folders if folder.is_dir())


def _fields(wish: Wish, kinds: dict[str, FieldKind]) -> tuple[str, ...]:
    known = sorted(name for name, kind in kinds.items() if kind not in UNWRITTEN_KINDS)
    if wish.everything:
        return tuple(known)
    for name in wish.fields:
        if kinds and name not in known:
            raise UsageError(f"there is no field {name!r}: use one of {', '.join(known)}")
    return tuple(name for name in dict.fromkeys(wish.fields) if name in known)


def _page_files(workspace: Path, sheets: frozenset[str], *, everything: bool = False) -> list[Path]:
    """Pictures of pages, with what was drawn on them; ``everything``: of unknown pages too."""
    return [
        file
        for file in _files(workspace / PAGES)
        if everything or file.name.partition(".")[0].partition("_")[0] in sheets
    ]


def _incoming(store: Store, workspace: Path, sheets: frozenset[str]) -> list[Path]:
    """Scans that came through the browser, of which every page was chosen."""
    whole = store.read(lambda c: scrub.files_of(c, sheets))
    return [f for f in _files(workspace / INCOMING) if f"{INCOMING}/{f.name}" in whole]


def _files(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if f.is_file()) if folder.is_dir() else []


def _consents(store: Store, kinds: dict[str, FieldKind]) -> frozenset[scrub.Crop]:
    """Contact fields of rows whose signers agreed to be written to: the proof of it."""
    contact = [name for name, kind in kinds.items() if kind in _CONTACT]
    return frozenset(
        (sheet.reading_id, record.row, name)
        for sheet, records in store.listing()
        for record in records
        if record.contact_consent
        for name in contact
    )


def _waiting(store: Store, sheets: frozenset[str], fields: frozenset[str]) -> int:
    """Fields to be purged that nobody has looked at though somebody should."""
    count = 0
    for sheet, records in store.listing():
        if sheet.reading_id in sheets and sheet.duplicate_of is None:
            count += len(fields.intersection(sheet.review_fields))
            count += sum(len(fields.intersection(record.review_fields)) for record in records)
    return count


def _counts(store: Store) -> Counter[RowStatus]:
    return Counter(record.status for record in store.records())


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"{file} could not be removed: make its folder writable and purge again"
        ) from error
