"""Decisions at the desk: conflicts, undo, other processes, CSV files; SQLite and PostgreSQL."""

import csv
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_pages import page_ref, page_result, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_pages import fill, invented_pages, replaced
from test_store import opened, postgres_socket, postgres_url

from digitizer import corrections
from digitizer.errors import StoreError, UsageError
from digitizer.profiles.profiles import load_profile
from digitizer.records import RowStatus
from digitizer.review import csvfiles, desk, rowedits
from digitizer.review.desk import Conflict, Desk
from digitizer.review.filters import Filter
from digitizer.store import Store
from digitizer.workspace.decisions import CONSENT, STATUS, Action, Decision, last_step, standing
from digitizer.workspace.repeats import Repeat
from digitizer.workspace.stored import RecordRow, Rescan, SheetRow

__all__ = ["opened", "postgres_socket", "postgres_url"]

ONE, TWO = (page.sheet_id for page in invented_pages())


@pytest.fixture
def at_desk(opened: Store, tmp_path: Path) -> Iterator[Desk]:
    """A desk over the invented workspace, on each kind of database."""
    fill(opened, tmp_path, *invented_pages())
    found = Desk(opened, tmp_path)
    assert found.loading.ready
    yield found
    found.close()


def made(at_desk: Desk, who: str, text: str, sheet: str = ONE, number: int = 1) -> list[Decision]:
    """A decision on a row's name, from a card as it stands now."""
    listed = at_desk.sheet(sheet)
    assert listed is not None
    name = f"{sheet}-r{number:02d}" if number else sheet
    return list(corrections.decide([listed], name, values={"name": text}, who=who))


def status(at_desk: Desk, who: str, word: str, sheet: str = ONE, number: int = 1) -> list[Decision]:
    """A decision on a row's status."""
    listed = at_desk.sheet(sheet)
    assert listed is not None
    return list(corrections.decide([listed], f"{sheet}-r{number:02d}", status=word, who=who))


def record(at_desk: Desk, sheet: str = ONE, number: int = 1) -> RecordRow | None:
    """A row as it stands."""
    listed = at_desk.sheet(sheet)
    assert listed is not None
    return next((r for r in listed[1] if r.row == number), None)


def name(at_desk: Desk, sheet: str = ONE, number: int = 1) -> str:
    """The name in a row."""
    found = record(at_desk, sheet, number)
    assert found is not None
    value = found.get("name")
    assert value is not None
    return value.value


def queued(at_desk: Desk) -> set[tuple[str, int, str]]:
    """Everything that waits."""
    return {item.key for item in at_desk.queue.items()}


def waiting(store: Store) -> set[tuple[str, int, str]]:
    """Everything that waits, of the whole listing."""
    found = {
        (sheet.sheet_id, r.row, name)
        for sheet, records in store.listing()
        for r in records
        for name in r.review_fields or ((STATUS,) if r.status is RowStatus.REVIEW else ())
    }
    return found | {
        (sheet.sheet_id, 0, name) for sheet in store.sheets() for name in sheet.review_fields
    }


# Single sheets ---------------------------------------------------------------


def listing(store: Store) -> dict[str, tuple[SheetRow, tuple[RecordRow, ...]]]:
    """Every sheet by id."""
    return {sheet.sheet_id: (sheet, records) for sheet, records in store.listing()}


def test_a_single_sheet_is_listed_as_in_the_whole_listing(opened: Store, tmp_path: Path) -> None:
    first, second = invented_pages()
    third = page_result(page_ref("three"), row(1, "Ana Roy"), petition="Free thom all")
    fourth = page_result(page_ref("four"), row(1, "Ana Roy"), row(2, "Di Fo"))
    copy = replace(first, ref=replace(first.ref, source_file="again.pdf", path="/again.pdf"))
    fill(opened, tmp_path, first, second, third, fourth)
    fill(opened, tmp_path, copy, second)
    opened.save_rescans([Rescan(fourth.sheet_id, third.sheet_id, 0.9)])
    opened.save_repeats([Repeat(f"{third.sheet_id}-r01", f"{ONE}-r01", 0.9, certain=True)])
    decided = Decision(ONE, 2, "name", Action.SET, "Bo Li", "Bo Lee", "Ann")
    opened.decide([decided, Decision(f"{ONE}-c2", 1, "name", Action.SET, "", "X", "Ann")])
    everything = listing(opened)
    assert f"{ONE}-c2" in everything
    for name, found in everything.items():
        assert opened.listed((name,))[name] == found
    assert opened.listed(tuple(everything)) == everything
    assert opened.listed(("nothing-p1",)) == {}
    assert everything[third.sheet_id][0].petition == "Free them all"


# Deciding --------------------------------------------------------------------


def test_a_decision_is_stored_and_leaves_the_queue(at_desk: Desk) -> None:
    key = (ONE, 1, "name")
    assert key in queued(at_desk)
    at_desk.decide([replace(d, seconds=2.5) for d in made(at_desk, "Ann", "Ana Ray")])
    assert key not in queued(at_desk)
    assert queued(at_desk) == waiting(at_desk.store)
    assert name(at_desk) == "Ana Ray"
    (stored,) = at_desk.store.decisions()
    assert (stored.before, stored.after, stored.who) == ("Ana Roy", "Ana Ray", "Ann")
    assert stored.seconds == 2.5
    assert stored.batch == ""


def test_a_second_writer_is_refused_with_both_values(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    first, second = made(at_desk, "Ann", "Ana Ray"), made(at_desk, "Bob", "Anna Roy")
    at_desk.decide(first, stand)
    with pytest.raises(Conflict) as refused:
        at_desk.decide(second, stand)
    assert (refused.value.now, refused.value.who) == ("Ana Ray", "Ann")
    assert refused.value.decision.after == "Anna Roy"
    assert name(at_desk) == "Ana Ray"
    # Having seen it, Bob may.
    at_desk.decide(made(at_desk, "Bob", "Anna Roy"), at_desk.stand(ONE))
    assert name(at_desk) == "Anna Roy"


def test_a_card_from_before_anothers_confirmation_is_refused(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    other = made(at_desk, "Bob", "Anna Roy")
    at_desk.decide(made(at_desk, "Ann", "Ana Roy"), stand)
    with pytest.raises(Conflict):
        at_desk.decide(other, stand)


def test_without_a_stand_the_value_alone_must_be_as_before(at_desk: Desk) -> None:
    second = made(at_desk, "Bob", "Anna Roy")
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    with pytest.raises(Conflict):
        at_desk.decide(second)


def test_the_same_decided_twice_at_once_is_one_decision(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    first, second = made(at_desk, "Ann", "Ana Roy"), made(at_desk, "Bob", "Ana Roy")
    assert len(at_desk.decide(first, stand)) == 1
    assert at_desk.decide(second, stand) == ()
    assert [d.who for d in at_desk.store.decisions()] == ["Ann"]


def test_ones_own_earlier_card_is_no_conflict(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    again = made(at_desk, "Ann", "Anna Roy")
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"), stand)
    at_desk.decide(again, stand)
    assert name(at_desk) == "Anna Roy"


def test_of_several_decisions_all_or_none_are_written(at_desk: Desk) -> None:
    both = [*made(at_desk, "Bob", "Bo", number=2), *made(at_desk, "Bob", "Anna Roy")]
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    with pytest.raises(Conflict):
        at_desk.decide(both)
    assert [d.who for d in at_desk.store.decisions()] == ["Ann"]


def test_two_decide_on_two_fields_of_a_row(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    other = status(at_desk, "Bob", "struck")
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"), stand)
    at_desk.decide(other, stand)
    found = record(at_desk)
    assert found is not None
    assert found.status is RowStatus.STRUCK
    assert queued(at_desk) == waiting(at_desk.store)


def test_a_status_decided_meanwhile_is_a_conflict(at_desk: Desk) -> None:
    stand = at_desk.stand(ONE)
    other = status(at_desk, "Bob", "counted")
    at_desk.decide(status(at_desk, "Ann", "struck"), stand)
    with pytest.raises(Conflict) as refused:
        at_desk.decide(other, stand)
    assert refused.value.now == "struck"


def test_nothing_to_decide_is_nothing(at_desk: Desk) -> None:
    assert at_desk.decide([]) == ()


def test_a_decision_ends_the_lease(at_desk: Desk) -> None:
    found = at_desk.queue.next(Filter(field="name", sheet=ONE), "Ann")
    assert found is not None
    assert at_desk.leases.holder(found.key) == "Ann"
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    assert at_desk.leases.holder(found.key) is None
    assert at_desk.store.leases(time.time()) == {}


def test_twenty_at_once_on_one_sheet_lose_nothing(at_desk: Desk) -> None:
    """Each changes the same field from what they see, until it is theirs once."""
    refused = 0
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work(who: str) -> None:
        nonlocal refused
        try:
            for _ in range(60):
                stand = at_desk.stand(ONE)
                try:
                    at_desk.decide(made(at_desk, who, f"By {who}"), stand)
                    return
                except Conflict:
                    with lock:
                        refused += 1
            raise AssertionError("never had a turn")
        except BaseException as error:  # noqa: BLE001 - told below
            errors.append(error)

    people = [f"P{n}" for n in range(8)]
    threads = [threading.Thread(target=work, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    decided = at_desk.store.decisions()
    assert sorted(d.who for d in decided) == people
    chain = ["Ana Roy", *(d.after for d in decided)]
    assert [d.before for d in decided] == chain[:-1], "each was made from the one before"


# Undo ------------------------------------------------------------------------


def test_undo_takes_back_step_by_step_after_a_restart_too(at_desk: Desk, tmp_path: Path) -> None:
    before = queued(at_desk)
    at_desk.decide(made(at_desk, "Ann", "One"))
    at_desk.decide(status(at_desk, "Ann", "struck", number=2))
    at_desk.decide(made(at_desk, "Ann", "Two"))
    again = Desk(at_desk.store, tmp_path)
    for expected in ("Two", "struck", "One"):
        undone = again.undo("Ann")
        assert undone is not None
        assert undone.after == expected
    assert again.undo("Ann") is None
    assert queued(again) == before == waiting(again.store)
    assert name(again) == "Ana Roy"
    assert len(at_desk.store.decisions()) == 6, "nothing is ever deleted"
    again.close()


def test_undo_leaves_alone_what_others_decided(at_desk: Desk) -> None:
    at_desk.decide(made(at_desk, "Ann", "One", number=2))
    at_desk.decide(made(at_desk, "Ann", "Two"))
    at_desk.decide(made(at_desk, "Bob", "Three"))
    undone = at_desk.undo("Ann")
    assert undone is not None
    assert undone.row == 2, "Bob decided the other anew"
    assert name(at_desk) == "Three"
    assert at_desk.undo("Cy") is None


def test_decisions_taken_as_one_are_taken_back_as_one(at_desk: Desk) -> None:
    before = queued(at_desk)
    group = [
        *made(at_desk, "Ann", "A"),
        *made(at_desk, "Ann", "B", TWO),
        *made(at_desk, "Ann", "C", ONE, 2),
    ]
    at_desk.decide(made(at_desk, "Ann", "Z", ONE, 3))
    at_desk.decide(group)
    assert len({d.batch for d in at_desk.store.decisions()[1:]}) == 1
    undone = at_desk.undo("Ann")
    assert undone is not None
    assert undone.after == "A"
    assert (name(at_desk), name(at_desk, TWO)) == ("Ana Roy", "Zoé Côté")
    assert name(at_desk, ONE, 3) == "Z"
    assert queued(at_desk) == before


def test_a_long_row_of_undone_steps_is_looked_through(at_desk: Desk) -> None:
    at_desk.decide(made(at_desk, "Ann", "Kept", TWO))
    some = [Decision(ONE, 1, "name", Action.SET, "", f"N{n}", "Ann") for n in range(150)]
    at_desk.store.decide(some)
    at_desk.store.decide([Decision(ONE, 1, "name", Action.UNDO, "", "", "Bob")] * 150)
    undone = at_desk.undo("Ann")
    assert undone is not None
    assert undone.after == "Kept"


def test_what_only_followed_its_row_to_another_number_is_no_step(at_desk: Desk) -> None:
    at_desk.decide(made(at_desk, "Ann", "Mine", TWO))
    moved = Decision(
        ONE, 1, "name", Action.SET, "Ana Roy", "X", "Ann", why="page edit 3: was row 2"
    )
    at_desk.store.decide([moved])
    undone = at_desk.undo("Ann")
    assert undone is not None
    assert undone.after == "Mine"
    assert at_desk.undo("Ann") is None


PEOPLE = ("Ann", "Bob")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(PEOPLE),
            st.lists(
                st.tuples(st.sampled_from((ONE, TWO)), st.integers(1, 2)),
                min_size=1,
                max_size=3,
                unique=True,
            ),
            st.sampled_from(("X", "Y", "Z")),
        ),
        st.sampled_from(PEOPLE),
    ),
    max_size=10,
)


@given(steps=STEPS)
@settings(
    deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_decisions_and_undos_leave_what_replaying_says(
    steps: "list[tuple[str, list[tuple[str, int]], str] | str]",
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("undo")
    with Store.open(folder / "one.db") as store:
        fill(store, folder, *invented_pages())
        at_desk = Desk(store, folder)
        # The model: of each field all that stands, as (step, who, text).
        stacks = {(s, n): [(-1, "", name(at_desk, s, n))] for s in (ONE, TWO) for n in (1, 2)}
        for number, step in enumerate(steps):
            if isinstance(step, str):
                on_top = [stack[-1][0] for stack in stacks.values() if stack[-1][1] == step]
                undone = at_desk.undo(step)
                assert (undone is not None) == bool(on_top)
                for stack in stacks.values():
                    if on_top and stack[-1][0] == max(on_top):
                        stack.pop()
            else:
                who, places, text = step
                at_desk.decide([d for s, n in places for d in made(at_desk, who, text, s, n)])
                for place in places:
                    stacks[place].append((number, who, text))
        replayed = standing(store.decisions())
        for (sheet, row_number), stack in stacks.items():
            assert name(at_desk, sheet, row_number) == stack[-1][2]
            decision = replayed.get(sheet, {}).get((row_number, "name"))
            assert (decision is None) == (len(stack) == 1)
        assert queued(at_desk) == waiting(store)
        at_desk.close()


def test_the_last_step_is_none_without_decisions() -> None:
    assert last_step([], "Ann") == ()


# Other processes -------------------------------------------------------------


def test_what_another_process_decides_is_seen_within_a_second(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_desk.look()
    at_desk.store.decide(made(at_desk, "Cli", "Ana Ray"))
    assert (ONE, 1, "name") in queued(at_desk)
    at_desk.look()
    assert (ONE, 1, "name") in queued(at_desk), "at most one look a second"
    monkeypatch.setattr(desk, "LOOK_EVERY_S", 0.0)
    at_desk.look()
    assert queued(at_desk) == waiting(at_desk.store)
    assert (ONE, 1, "name") not in queued(at_desk)


def test_nobody_is_led_to_what_another_server_has_just_decided(
    at_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_EVERY_S", 3600.0)
    other = Desk(at_desk.store, tmp_path)
    wanted = Filter(sheet=ONE, field="name")
    found = at_desk.queue.next(wanted, "Ann")
    assert found is not None
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    assert found.key in queued(other), "it has not looked yet"
    assert other.queue.next(wanted, "Bob") is None
    assert found.key not in queued(other)
    assert at_desk.store.leases(time.time()) == {}
    other.close()


def test_a_sheet_kept_in_memory_is_never_an_old_one(at_desk: Desk, tmp_path: Path) -> None:
    other = Desk(at_desk.store, tmp_path)
    assert name(at_desk) == name(other) == "Ana Roy"
    other.decide(made(other, "Bob", "Ana Ray"))
    assert name(at_desk) == "Ana Ray", "though this server has not looked yet"
    other.undo("Bob")
    assert name(at_desk) == "Ana Roy"
    other.close()


def test_sheets_read_by_another_process_join_the_queue(
    at_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_EVERY_S", 0.0)
    at_desk.look()
    page = page_result(page_ref("new"), replaced(row(1, "Di Fo", review="name")))
    fill(at_desk.store, tmp_path, page)
    at_desk.look()
    assert (page.sheet_id, 1, "name") in queued(at_desk)


def test_another_profile_is_followed_by_the_whole_queue(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LOOK_EVERY_S", 0.0)
    at_desk.store.set_profile(load_profile("ontario"))
    at_desk.look()
    at_desk.reload(10.0)
    assert at_desk.profile.name == "ontario"
    assert queued(at_desk) == waiting(at_desk.store)


def test_a_struck_first_row_changes_the_other_sheets_row_at_once(at_desk: Desk) -> None:
    other = f"{TWO}-r01"
    at_desk.store.save_repeats([Repeat(other, f"{ONE}-r03", 0.99, certain=True)])
    at_desk.refresh((ONE, TWO))
    assert (TWO, 1, "name") not in queued(at_desk), "nobody need look at a row that does not count"
    at_desk.decide(status(at_desk, "Ann", "struck", ONE, 3))
    assert queued(at_desk) == waiting(at_desk.store)
    assert (TWO, 1, "name") in queued(at_desk)
    found = at_desk.repeat_of(other)
    assert found is not None
    assert found.duplicate_of == f"{ONE}-r03"
    assert at_desk.repeat_of(f"{ONE}-r01") is None


def test_a_queue_under_construction_keeps_what_is_decided_meanwhile(
    at_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(at_desk.store.listing())
    going, go = threading.Event(), threading.Event()

    def slowly() -> Iterator[tuple[SheetRow, tuple[RecordRow, ...]]]:
        going.set()
        assert go.wait(10)
        yield from whole

    monkeypatch.setattr(at_desk.store, "listing", slowly)
    at_desk.reload()
    assert going.wait(10)
    assert not at_desk.loading.ready
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    go.set()
    assert until(lambda: at_desk.loading.ready)
    monkeypatch.undo()
    assert (ONE, 1, "name") not in queued(at_desk)
    assert queued(at_desk) == waiting(at_desk.store)


def test_listeners_hear_of_decisions_and_undos(at_desk: Desk) -> None:
    heard: list[str] = []
    at_desk.follow(lambda decisions: heard.extend(d.after for d in decisions))
    at_desk.decide(made(at_desk, "Ann", "Ana Ray"))
    at_desk.undo("Ann")
    assert heard == ["Ana Ray", "Ana Roy"]


# CSV files -------------------------------------------------------------------


def names_in(folder: Path) -> list[str]:
    """Names in records.csv."""
    with (folder / "records.csv").open(encoding="utf-8-sig", newline="") as file:
        return [line["name"] for line in csv.DictReader(file)]


def until(true: Callable[[], bool]) -> bool:
    """Wait some seconds for something."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def test_the_csv_files_follow_soon_and_at_the_end(
    at_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csvfiles, "WRITE_AFTER_S", 0.05)
    at_desk.decide(made(at_desk, "Ann", "Soon"))
    assert until(lambda: (tmp_path / "records.csv").exists() and "Soon" in names_in(tmp_path))
    monkeypatch.setattr(csvfiles, "WRITE_AFTER_S", 3600.0)
    at_desk.decide(made(at_desk, "Ann", "At the end"))
    at_desk.close()
    assert "At the end" in names_in(tmp_path)


def test_large_files_are_written_by_another_process(
    at_desk: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(csvfiles, "PAGES_WRITTEN_HERE", 0)
    at_desk.decide(made(at_desk, "Ann", "Elsewhere"))
    at_desk.write_files()
    assert "Elsewhere" in names_in(tmp_path)
    monkeypatch.setattr(at_desk._files, "_workspace", tmp_path / "gone")
    with pytest.raises(StoreError, match="could not be written"):
        at_desk.write_files()
    at_desk.close()
    assert "could not be written" in caplog.text, "the decisions are safe, and it is told"
    monkeypatch.undo()


# Two people in one row -------------------------------------------------------


def test_two_people_in_a_row_become_two_rows_and_one_again(at_desk: Desk) -> None:
    at_desk.decide(made(at_desk, "Ann", "Jean et Marie Roy"))
    listed = at_desk.sheet(ONE)
    assert listed is not None
    sheet, records = listed
    one = next(r for r in records if r.row == 1)
    first, second = rowedits.two_people(one)
    assert (first["name"], second["name"]) == ("Jean Roy", "Marie Roy")
    assert (second["address"], second["phone"]) == ("1 Main Street", "")
    at_desk.decide(rowedits.split(sheet, records, 1, first, second, who="Ann"))
    assert (name(at_desk), name(at_desk, ONE, 4)) == ("Jean Roy", "Marie Roy"), "row 4 was blank"
    found = record(at_desk, ONE, 4)
    assert found is not None
    assert found.status is RowStatus.COUNTED
    assert not found.contact_consent, "consent is never assumed"
    at_desk.undo("Ann")
    assert name(at_desk) == "Jean et Marie Roy"
    assert record(at_desk, ONE, 4) is None


def test_on_a_full_sheet_the_second_person_comes_behind_the_last_row(at_desk: Desk) -> None:
    listed = at_desk.sheet(ONE)
    assert listed is not None
    sheet, records = listed
    full = replace(sheet, rows_on_form=5)
    taken = [replace(records[0], row=n) for n in range(1, 6)]
    assert rowedits.free_row(full, taken, 3) == 6
    assert rowedits.free_row(full, taken[:3], 1) == 4
    assert rowedits.free_row(full, taken[2:], 5) == 2
    made_ = rowedits.split(full, taken, 3, {}, {"name": "Marie", "address": ""}, who="Ann")
    assert [(d.row, d.field, d.after) for d in made_] == [(6, "name", "Marie")]


def test_what_cannot_be_split_is_refused(at_desk: Desk) -> None:
    listed = at_desk.sheet(ONE)
    assert listed is not None
    with pytest.raises(UsageError, match="nothing to split"):
        rowedits.split(*listed, 4, {}, {"name": "X"}, who="Ann")
    with pytest.raises(UsageError, match="deuxième"):
        rowedits.split(*listed, 1, {}, {"name": " "}, who="Ann", language="fr")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jean & Marie Roy", ("Jean Roy", "Marie Roy")),
        ("Jean Roy/Marie Côté", ("Jean Roy", "Marie Côté")),
        ("Anders Sandy", ("Anders Sandy", "")),
        ("Ann and", ("Ann and", "")),
    ],
    ids=["surname once", "both whole", "and within a word", "nobody behind it"],
)
def test_names_are_taken_apart(text: str, expected: tuple[str, str]) -> None:
    assert rowedits._two_names(text) == expected


def test_consent_is_compared_as_a_word(at_desk: Desk) -> None:
    listed = at_desk.sheet(ONE)
    assert listed is not None
    wanted = corrections.decide([listed], f"{ONE}-r01", values={CONSENT: "N"}, who="Ann")
    at_desk.decide(wanted, at_desk.stand(ONE))
    found = record(at_desk)
    assert found is not None
    assert not found.contact_consent


def test_a_doubtful_row_names_its_sheet(at_desk: Desk) -> None:
    """Collector fields are decided on the sheet, row 0."""
    listed = at_desk.sheet(TWO)
    assert listed is not None
    values = {"event_location": "Montreal"}
    at_desk.decide(corrections.decide([listed], TWO, values=values, who="Ann"), at_desk.stand(TWO))
    assert (TWO, 0, "event_location") not in queued(at_desk)
