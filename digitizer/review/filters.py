"""Which part of the queue somebody works on, and in which order; as it stands in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self
from urllib.parse import urlencode

USEFUL, SHEET_BY_SHEET, COLUMN = "useful", "sheet", "column"
ORDERS = (USEFUL, SHEET_BY_SHEET, COLUMN)


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that must all hold; an empty one is none.

    ``reason`` is the word after the colon of records.csv's reasons. ``order``:
    one of ``ORDERS``.
    """

    field: str = ""
    reason: str = ""
    collector: str = ""
    event: str = ""
    sheet: str = ""
    date: str = ""
    petition: str = ""
    kind: str = ""
    order: str = USEFUL

    @classmethod
    def of(cls, params: Mapping[str, str]) -> Self:
        """The filter that an address or a form names; what it does not know is left out."""
        found = {f.name: str(params[f.name]).strip() for f in fields(cls) if f.name in params}
        if found.get("order") not in ORDERS:
            found.pop("order", None)
        return cls(**found)

    def query(self) -> str:
        """The filter as the part of an address after ``?``; empty for no filter."""
        return urlencode(self.as_dict())

    def as_dict(self) -> dict[str, str]:
        """What is not as usual: for hidden fields of a form."""
        usual = type(self)()
        named = {f.name: str(getattr(self, f.name)) for f in fields(self)}
        return {name: text for name, text in named.items() if text != getattr(usual, name)}
