"""A contact cell: phone and email, on lines of their own or on one."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from digitizer.engines.contacts import read_contact
from digitizer.engines.reading import make_lattice
from digitizer.engines.replay import lattice_of
from digitizer.records import FieldKind, FieldSpec

FIELDS = {kind: FieldSpec(kind.value, kind) for kind in (FieldKind.PHONE, FieldKind.EMAIL)}


def read(*lines: str) -> dict[str, str]:
    lattices = [make_lattice(lattice_of(line), 30) for line in lines]
    return {reading.field: reading.text for reading in read_contact(lattices, FIELDS)}


def test_both_on_one_line_are_parted() -> None:
    assert read("613-555-0123, ana@example.org") == {
        "phone": "613-555-0123",
        "email": "ana@example.org",
    }


@given(st.text(alphabet="0156 ,;/@.-abcmo", min_size=1, max_size=24))
@example("613-555-0123/")
@example("/613 555 0123 ;")
@example(", ")
@settings(max_examples=60, deadline=None)
def test_whatever_is_read_is_taken(text: str) -> None:
    assert set(read(text)) <= {"phone", "email"}
