"""Retention: what was purged is nowhere any more, does not come back, and counts stay."""

import io
import json
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_pages import page_ref, page_result, row, write_scan
from review_pages import fill, invented_pages
from test_store import opened, postgres_socket, postgres_url

from digitizer import cli
from digitizer.batch import RunSettings, run_batch
from digitizer.errors import UsageError
from digitizer.ids import sheet_id
from digitizer.intake import INCOMING
from digitizer.profiles.profiles import load_profile
from digitizer.purge import Wish, as_text, parse_day, plan_purge, purge
from digitizer.records import PageResult, PageTask
from digitizer.store import DATABASE_FILE, Store
from digitizer.workspace import reviewers, scrub
from digitizer.workspace import schema as t
from digitizer.workspace.decisions import Action, Decision
from digitizer.workspace.ledger import SampledField
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import Rescan, Source

__all__ = ["opened", "postgres_socket", "postgres_url"]

SHEET = sheet_id(page_ref("one").sha256, 1)
OTHER = sheet_id(page_ref("two").sha256, 1)
ALL = Wish(everything=True, unreviewed=True)


def filled(store: Store, folder: Path) -> Store:
    """A workspace in which people decided, checked and sampled, with all kinds of files."""
    fill(store, folder, *invented_pages())
    store.decide(
        [
            Decision(SHEET, 1, "name", Action.SET, "Ana Roy", "Anouk Royer", "Ann"),
            Decision(SHEET, 2, "postal_code", Action.CONFIRM, "K1A 0B1", "K1A 0B1", "Ann"),
            Decision(SHEET, 3, "address", Action.SET, "3 Main Street", "", "Ann"),
        ]
    )
    first = Decision(SHEET, 1, "name", Action.SET, "Ana Roy", "Anouk Royer", "Ann")
    store.write(
        lambda c: reviewers.save_second(
            c, first, who="Bob", value="Anouk Roger", agreed=False, seconds=2.0
        )
    )
    (entry,) = store.read(reviewers.second_entries)
    store.write(lambda c: reviewers.settle(c, entry.id, who="Cy", value="Anouk Royer"))
    store.write(
        lambda c: reviewers.refer(c, (SHEET, 1, "name"), who="Ann", note="is it Anouk Royet?")
    )
    sampled = SampledField(f"{SHEET}-r03", "name", "Cy Wu", 0.99, "crops/r03_name.png")
    number = store.save_sample(1, 10, [sampled])
    store.save_checks(number, "Ann", [(1, False, "Cy Wuu")])
    store.save_rescans([Rescan(OTHER, SHEET, 0.9)])
    for name in ("report.html", "sample-1.csv", f"{INCOMING}/new.png", "learned/learned.json",
                 f"pages/{SHEET}_same-hand.png"):  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("Anouk Royer", encoding="utf-8")
    return store


def everything_in(store: Store) -> str:
    """All texts of all tables."""
    with store._engine.connect() as connection:
        rows = [connection.execute(sa.select(table)).all() for table in t.METADATA.sorted_tables]
    return repr(rows)


def statuses(store: Store) -> list[tuple[str, str]]:
    """Every record and its status."""
    return [(r.record_id, r.status.value) for r in store.records()]


def test_fields_are_nowhere_any_more_and_counts_stay(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    before, tally = statuses(store), Counter(r.status for r in store.records())
    crops = len(list((tmp_path / "crops").iterdir()))
    wish = Wish(fields=("name", "email"), unreviewed=True)
    plan = plan_purge(store, tmp_path, wish)
    # Nobody would want their purge to depend on who wrote what.
    assert plan.values > 0
    done = purge(store, tmp_path, plan, who="Ann", why="petition is over")
    assert done.before == done.after == tally
    assert statuses(store) == before
    kept = everything_in(store) + (tmp_path / "records.csv").read_text(encoding="utf-8-sig")
    for gone in ("Royer", "Roger", "Royet", "Cy Wu", "Zoé", "Bo Li", "example.org", "exampel"):
        assert gone not in kept
    # What nobody asked to have removed is there, but for the picture of the contact cell.
    assert "3 Main Street" in kept
    assert "613-555-0123" in kept
    assert 0 < len(list((tmp_path / "crops").iterdir())) < crops
    assert not list((tmp_path / "crops").glob("*_name.png"))
    assert not list((tmp_path / "crops").glob("*_phone.png"))
    for name in ("report.html", "sample-1.csv", "learned"):
        assert not (tmp_path / name).exists()
    assert (tmp_path / "pages" / f"{SHEET}.jpg").is_file()
    assert "pages still show them" in as_text(plan)


def test_what_people_found_is_kept_without_what_they_typed(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    records = {r.record_id: r for r in store.records()}
    purge(store, tmp_path, plan_purge(store, tmp_path, ALL), who="Ann")
    after = {r.record_id: r for r in store.records()}
    # A person emptied the address: that the row lacks it is no text of anybody.
    assert after[f"{SHEET}-r03"].reasons == records[f"{SHEET}-r03"].reasons
    assert {d.who for d in store.decisions()} == {"Ann"}
    (entry,) = store.read(reviewers.second_entries)
    assert entry.first_value == entry.settled_value != entry.second_value
    (sample,) = store.samples()
    assert [(f.right, f.value, f.right_value) for f in sample.fields] == [(False, "", "")]
    with store._engine.connect() as connection:
        (line,) = connection.execute(sa.select(t.PURGES)).all()
    assert line.who == "Ann"
    told = json.loads(line.what)
    assert told["sheets"] == 2
    assert {"images", "crops", "name", "collector_name"} <= set(told["what"])


def test_all_files_go_and_the_database_holds_no_trace(tmp_path: Path) -> None:
    with Store.open(tmp_path / DATABASE_FILE) as store:
        filled(store, tmp_path)
        run = store.start_run("settings-1", {}, "0")
        store.register(run, "settings-1", [source_of(f"{INCOMING}/new.png")])
        done = purge(store, tmp_path, plan_purge(store, tmp_path, ALL), who="Ann")
    assert done.compacted
    left = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    # A scan that was never read stays: nobody would know that it was there.
    assert left - {f"{DATABASE_FILE}-wal", f"{DATABASE_FILE}-shm"} == {
        DATABASE_FILE, "records.csv", "sheets.csv", f"{INCOMING}/new.png",
    }  # fmt: skip
    content = b"".join(p.read_bytes() for p in tmp_path.glob(f"{DATABASE_FILE}*"))
    for gone in ("Royer", "Royet", "Main Street", "613-555", "K1A", "Zo\u00e9", "Montr"):
        assert gone.encode() not in content


def source_of(file: str) -> Source:
    """A page of a file that nobody read yet."""
    return Source(file, 1, "f" * 64)


def test_purged_pages_are_never_read_again_and_what_was_found_of_them_holds(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    scans.mkdir()
    for name in ("a", "b"):
        write_scan(scans / f"{name}.png", name)
    run_batch(RunSettings((scans,), out, jobs=1), page_function=one_row)
    with Store.open(out / DATABASE_FILE) as store:
        names = [r.record_id for r in store.records()]
        store.save_repeats([Repeat(names[1], names[0], 0.9, certain=True)])
        before = statuses(store)
        purge(store, out, plan_purge(store, out, ALL), who="Ann")
        assert statuses(store) == before
        assert store.readable(names[0].rpartition("-r")[0]) is None
    write_scan(scans / "c.png", "c")
    # Other settings, and pictures that are not there: reasons to read a page again.
    settings = RunSettings((scans,), out, jobs=1, target_error=0.01, overlay=True)
    report = run_batch(settings, page_function=one_row)
    assert report.pages_read == 1
    with Store.open(out / DATABASE_FILE) as store:
        assert statuses(store)[:2] == before
        found = [r.get("name") for r in store.records()]
        assert [value.value for value in found if value] == ["", "", "Ana Roy"]


def one_row(task: PageTask) -> PageResult:
    """A page with one signer."""
    return page_result(task.ref, row(1, "Ana Roy"))


def test_sheets_read_since_that_day_stay(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    with store._engine.begin() as connection:
        old = t.SHEETS.c.sheet_id == OTHER
        connection.execute(t.SHEETS.update().where(old).values(saved="2020-05-01T10:00:00+00:00"))
    plan = plan_purge(store, tmp_path, replace(ALL, before=date(2020, 5, 2)))
    assert plan.sheets == (OTHER,)
    purge(store, tmp_path, plan, who="Ann")
    assert (tmp_path / "pages" / f"{SHEET}.jpg").is_file()
    assert not (tmp_path / "pages" / f"{OTHER}.jpg").exists()
    names = {r.record_id: r.get("name") for r in store.records()}
    assert {name.value for record, name in names.items() if name and OTHER in record} == {""}
    assert "Bo Li" in {name.value for name in names.values() if name}
    assert plan_purge(store, tmp_path, replace(ALL, before=date(2020, 5, 1))).sheets == ()


def test_the_proof_of_consent_may_stay(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    plan = plan_purge(store, tmp_path, Wish(crops=True, keep_consent=True))
    purge(store, tmp_path, plan, who="Ann")
    left = {p.stem.rpartition("_")[2] for p in (tmp_path / "crops").iterdir()}
    assert left == {"phone", "email"}
    # Their paths are known still; those of the others are not.
    fields = next(store.records()).fields
    assert {f.field for f in fields if f.crop} == {"phone", "email"}


def test_what_waits_for_a_person_is_not_removed_unseen(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    plan = plan_purge(store, tmp_path, Wish(fields=("email",)))
    assert plan.waiting == 1
    with pytest.raises(UsageError, match="--unreviewed"):
        purge(store, tmp_path, plan, who="Ann")
    assert "exampel" in everything_in(store)


@pytest.mark.parametrize(
    ("fields", "says"), [(("nam",), "use one of address"), (("row",), "no field 'row'")]
)
def test_an_unknown_field_is_told(
    opened: Store, tmp_path: Path, fields: tuple[str, ...], says: str
) -> None:
    filled(opened, tmp_path)
    with pytest.raises(UsageError, match=says):
        plan_purge(opened, tmp_path, Wish(fields=fields))


def test_where_rows_count_by_province_it_cannot_go(opened: Store, tmp_path: Path) -> None:
    filled(opened, tmp_path)
    opened.set_profile(load_profile("ontario"))
    with pytest.raises(UsageError, match="where people live"):
        plan_purge(opened, tmp_path, Wish(fields=("postal_code",)))


@pytest.mark.parametrize(("text", "says"), [("May", "2026-11-30"), ("2999-01-01", "still to come")])
def test_a_day_that_is_none_is_told(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_day(text)


def command(workspace: Path, *words: str) -> int:
    """Run `digitizer purge`."""
    return cli.main(["purge", str(workspace), *words])


def test_the_command_shows_asks_and_removes(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = workspace / "pages" / f"{SHEET}.jpg"
    assert command(workspace, "--images", "--dry-run") == 0
    assert "2 pictures of pages" in capsys.readouterr().out
    assert command(workspace) == 2
    # Nobody at the keyboard, then somebody who says no, then one who says yes.
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    assert command(workspace, "--images") == 2
    for answer, exists in (("no\n", True), ("Yes\n", False)):
        terminal = io.StringIO(answer)
        monkeypatch.setattr(terminal, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", terminal)
        assert command(workspace, "--images", "--by", "Ann") == 0
        assert page.is_file() is exists
    assert command(workspace, "--images", "--yes") == 0
    assert "nothing left" in capsys.readouterr().out
    assert command(workspace, "--fields", "name", "--yes", "--quiet") == 2
    assert command(workspace, "--fields", "name", "--yes", "--unreviewed", "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert "Bo Li" not in (workspace / "records.csv").read_text(encoding="utf-8-sig")


def test_what_only_people_typed_goes_too(opened: Store, tmp_path: Path) -> None:
    """A field that no reading has, and one that was read as empty."""
    read = page_result(page_ref("one"), row(1, "Ana Roy", phone=""))
    fill(opened, tmp_path, read)
    opened.decide(
        [
            Decision(SHEET, 1, "ward", Action.SET, "", "Ward of Royer", "Ann"),
            Decision(SHEET, 1, "phone", Action.SET, "", "613-555-0777", "Ann"),
        ]
    )
    opened.write(
        lambda c: reviewers.refer(c, (SHEET, 1, "status"), who="Ann", note="same as Royer?")
    )
    assert plan_purge(opened, tmp_path, Wish(fields=("phone",))).values == 1
    plan = plan_purge(opened, tmp_path, Wish(fields=("ward", "phone")))
    assert plan.values == 2
    purge(opened, tmp_path, plan, who="Ann")
    kept = everything_in(opened) + (tmp_path / "records.csv").read_text(encoding="utf-8-sig")
    assert "Royer" not in kept and "0777" not in kept
    assert plan_purge(opened, tmp_path, Wish(fields=("ward", "phone"))).is_empty


def test_what_killed_programs_left_behind_goes_too(opened: Store, tmp_path: Path) -> None:
    filled(opened, tmp_path)
    left = (".records.csv.x1", ".sheets.csv.x2", ".reading-ab/crops/a.png", "incoming/.upload-1")
    for name in left:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("Anouk Royer", encoding="utf-8")
    plan = plan_purge(opened, tmp_path, ALL)
    assert "killed" in as_text(plan)
    purge(opened, tmp_path, plan, who="Ann")
    assert not any((tmp_path / name).exists() for name in left)
    assert not (tmp_path / ".reading-ab").exists()


def test_a_file_that_is_gone_already_is_no_error(opened: Store, tmp_path: Path) -> None:
    store = filled(opened, tmp_path)
    plan = plan_purge(store, tmp_path, Wish(images=True))
    plan.files[0].unlink()
    purge(store, tmp_path, plan, who="Ann")
    assert plan_purge(store, tmp_path, Wish(images=True)).is_empty
    assert store.read(scrub.purged) == {SHEET: frozenset({"images"}), OTHER: frozenset({"images"})}
