"""What waits for a person, kept in memory so that the next card comes at once.

One ``Item`` a field (or row) to look at. The database stays the truth: the
queue is built from its listing and a sheet's items are replaced whenever
something about the sheet changes.

For each filter in use there is a ``_View``: its items, sorted. A view is made
when its filter is first asked for (one pass over everything) and from then on
kept by taking out and putting in the items of a sheet that changed, each found
by bisection. So the next item costs no pass over what waits.
"""

import math
import threading
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from digitizer.review.filters import COLUMN, SHEET_BY_SHEET, Filter
from digitizer.review.items import Item, Key, items_of
from digitizer.review.leases import Leases
from digitizer.workspace.decisions import SHEET

__all__ = ["Counts", "Filter", "Item", "Key", "Queue", "items_of", "matches"]

# Filters in use at the same time by some dozens of people; the others' views
# are dropped, and made again when somebody asks.
VIEWS_KEPT = 48
# Decided items remembered, so that work goes on from where they stood.
GONE_KEPT = 4096
# Weights within a factor of 1.4 are as good as equal: they are estimates.
STEPS_PER_OCTAVE = 2
LEAST_WEIGHT = 1e-6
# What can be counted, by name of the filter's condition.
COUNTED = ("field", "kind", "reason", "collector", "event", "date", "petition", "sheet")

SortKey = tuple[float | int | str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits: in all, in how many rows and boxes, and by each condition of a filter."""

    total: int
    rows: int
    boxes: int
    by: Mapping[str, Mapping[str, int]]


class Queue:
    """All items, in order; safe to use from several threads."""

    def __init__(
        self,
        leases: Leases | None = None,
        still_waits: Callable[[Item], bool] = lambda item: True,
    ) -> None:
        """Empty at first; without ``leases`` nobody keeps anything from anybody.

        ``still_waits``: asked about an item that was just leased; another server
        may have had it decided a moment ago.
        """
        self._leases = leases
        self._still_waits = still_waits
        self._lock = threading.RLock()
        self._sheets: dict[str, tuple[Item, ...]] = {}
        self._places: dict[str, int] = {}
        self._by_key: dict[Key, Item] = {}
        self._gone: OrderedDict[Key, Item] = OrderedDict()
        self._views: OrderedDict[Filter, _View] = OrderedDict()
        self._aside: frozenset[Key] = frozenset()
        # Of everything: counting a hundred thousand items anew takes a second.
        self._counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED}
        self._rows = self._boxes = 0

    def __len__(self) -> int:
        """How many items wait."""
        return len(self._by_key)

    def replace(self, sheet_id: str, items: Sequence[Item]) -> None:
        """Put in what waits on a sheet, in place of what waited there."""
        with self._lock:
            before = self._sheets.get(sheet_id, ())
            self._places.setdefault(sheet_id, len(self._places))
            if before == tuple(items):
                return
            for view in self._views.values():
                view.change(before, items)
            for item in before:
                del self._by_key[item.key]
                self._gone[item.key] = item
            for item in items:
                self._by_key[item.key] = item
                self._gone.pop(item.key, None)
            self._rows += _rows(items) - _rows(before)
            self._boxes += _boxes(items) - _boxes(before)
            for name, counter in self._counts.items():
                counter.subtract(v for item in before for v in _values(item, name))
                counter.update(v for item in items for v in _values(item, name))
            while len(self._gone) > GONE_KEPT:
                self._gone.popitem(last=False)
            self._sheets[sheet_id] = tuple(items)

    def forget(self, keep: Iterable[str]) -> None:
        """Drop every sheet that is not among ``keep``."""
        with self._lock:
            for sheet in set(self._sheets) - set(keep):
                self.replace(sheet, ())

    def items(self, wanted: Filter = Filter()) -> tuple[Item, ...]:  # noqa: B008 - frozen
        """What waits under a filter, in its order."""
        with self._lock:
            return tuple(self._view(wanted).items)

    def count(self, wanted: Filter = Filter()) -> int:  # noqa: B008 - frozen
        """How many items wait under a filter."""
        with self._lock:
            return len(self._view(wanted).items)

    def get(self, key: Key) -> Item | None:
        """The item called ``key``, or None where nothing waits there."""
        return self._by_key.get(key)

    def waiting(self, sheet_id: str, row: int | None = None) -> tuple[Item, ...]:
        """What waits on a sheet, or in one row of it, in the form's order."""
        found = self._sheets.get(sheet_id, ())
        return tuple(item for item in found if row is None or item.row == row)

    def ahead(self, wanted: Filter, who: str, after: Key) -> Item | None:
        """The item that ``next`` would give now, set apart for ``who``; no other gets it meanwhile.

        None where only ``after`` itself is left.
        """
        with self._lock:
            item = self._candidate(wanted, who, after, set())
            if item is None or item.key == after:
                return None
            if self._leases is not None:
                self._leases.set_apart(item.key, who)
            return item

    def next(self, wanted: Filter, who: str, after: Key | None = None) -> Item | None:
        """The item for ``who`` to look at now, leased; None where nothing is left for them.

        ``after``: go on behind this one (decided or not), and start over at the
        end. Rows in which others have something open come last, what others
        have open not at all.
        """
        tried: set[Key] = set()
        while True:
            item = self._candidate(wanted, who, after, tried)
            if item is None or self._leases is None:
                return item
            if self._leases.take(item.key, who):
                if self._still_waits(item):
                    return item
                self._leases.release(item.key, who)
            tried.add(item.key)

    def take(self, key: Key, wanted: Filter, who: str) -> Item | None:
        """The item called ``key`` itself, leased; None where it is not there for ``who``."""
        item = self._by_key.get(key)
        if item is None or key in self._aside or not matches(item, wanted):
            return None
        if self._leases is not None and not self._leases.take(key, who):
            return None
        if self._still_waits(item):
            return self._by_key.get(key)
        if self._leases is not None:
            self._leases.release(key, who)
        return None

    def set_aside(self, keys: Iterable[Key]) -> None:
        """Hand these to nobody: they are left to a supervisor, and wait in a list of their own."""
        self._aside = frozenset(keys)

    def counts(self, wanted: Filter = Filter()) -> Counts:  # noqa: B008 - frozen
        """How much waits under a filter, and of what."""
        with self._lock:
            if Filter(order=wanted.order) == wanted:
                return _counts(len(self._by_key), self._rows, self._boxes, self._counts)
            items = tuple(self._view(wanted).items)
        counted = {
            name: Counter(v for item in items for v in _values(item, name)) for name in COUNTED
        }
        return _counts(len(items), _rows(items), _boxes(items), counted)

    def _candidate(
        self, wanted: Filter, who: str, after: Key | None, tried: set[Key]
    ) -> Item | None:
        taken = frozenset() if self._leases is None else self._leases.rows_of_others(who)
        second: Item | None = None
        with self._lock:
            view = self._view(wanted)
            known = None if after is None else self._by_key.get(after) or self._gone.get(after)
            for item in chain(self._row_behind(known, wanted), view.starting_behind(known)):
                if item.key == after or item.key in tried or item.key in self._aside:
                    continue
                if (item.sheet_id, item.row) not in taken:
                    return item
                if second is None and self._is_free(item.key, who):
                    second = item
            free = after not in tried and after not in self._aside
            if second is None and after in self._by_key and free:
                # Nothing else is left: the one they came from, if it waits still.
                item = self._by_key[after]
                if matches(item, wanted) and self._is_free(item.key, who):
                    return item
        return second

    def _row_behind(self, known: Item | None, wanted: Filter) -> Iterator[Item]:
        """What is left of the row that somebody works on: a decision moves it elsewhere."""
        if known is None or wanted.order == COLUMN:
            return iter(())
        behind = (
            item
            for item in self._sheets.get(known.sheet_id, ())
            if item.row == known.row
            and (item.rank, item.place) > (known.rank, known.place)
            and matches(item, wanted)
        )
        return iter(sorted(behind, key=lambda item: (item.rank, item.place)))

    def _is_free(self, key: Key, who: str) -> bool:
        return self._leases is None or self._leases.holder(key) in (None, who)

    def _view(self, wanted: Filter) -> "_View":
        view = self._views.get(wanted)
        if view is None:
            view = _View(wanted, self._places, self._all(wanted))
            self._views[wanted] = view
            while len(self._views) > VIEWS_KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(wanted)
        return view

    def _all(self, wanted: Filter) -> Iterator[Item]:
        if wanted.sheet:
            return iter(self._sheets.get(wanted.sheet, ()))
        return iter(self._by_key.values())


class _View:
    """The items of one filter in its order."""

    def __init__(self, wanted: Filter, places: Mapping[str, int], items: Iterable[Item]) -> None:
        self._wanted = wanted
        self._key = sort_key(wanted.order, places)
        self.items = sorted((i for i in items if matches(i, wanted)), key=self._key)

    def change(self, before: Sequence[Item], now: Sequence[Item]) -> None:
        """Take out and put in what changed of a sheet."""
        same = set(before) & set(now)
        for item in before:
            if item not in same and matches(item, self._wanted):
                del self.items[bisect_left(self.items, self._key(item), key=self._key)]
        for item in now:
            if item not in same and matches(item, self._wanted):
                place = bisect_left(self.items, self._key(item), key=self._key)
                self.items.insert(place, item)

    def starting_behind(self, known: Item | None) -> Iterator[Item]:
        """All items: those behind ``known`` first, then from the beginning."""
        start = 0
        if known is not None:
            start = bisect_right(self.items, self._key(known), key=self._key)
        for place in chain(range(start, len(self.items)), range(start)):
            yield self.items[place]


def matches(item: Item, wanted: Filter) -> bool:
    """Whether an item fulfils the conditions of a filter."""
    return (
        (not wanted.field or item.field == wanted.field)
        and (not wanted.sheet or item.sheet_id == wanted.sheet)
        and (not wanted.kind or item.kind.value == wanted.kind)
        and (not wanted.reason or wanted.reason in item.reasons)
        and (not wanted.collector or item.collector == wanted.collector)
        and (not wanted.event or item.event == wanted.event)
        and (not wanted.date or item.date == wanted.date)
        and (not wanted.petition or item.petition == wanted.petition)
    )


def sort_key(order: str, places: Mapping[str, int]) -> Callable[[Item], SortKey]:
    """What an order sorts by; ``places``: the sheets' order of arrival."""
    if order == SHEET_BY_SHEET:
        return lambda i: (places[i.sheet_id], i.row, i.rank, i.place)
    if order == COLUMN:
        # One kind of decision at a time: by field, by why it waits, the surest first.
        return lambda i: (
            i.field,
            " ".join(i.reasons),
            -(i.confidence or 0.0),
            places[i.sheet_id],
            i.row,
            i.place,
        )
    return lambda i: (-_step(i.weight), places[i.sheet_id], i.row, i.rank, i.place)


def _step(weight: float) -> int:
    """Which step of usefulness a weight lies on.

    Within a step rows come sheet by sheet: one hand and one page after the other.
    """
    return math.floor(STEPS_PER_OCTAVE * math.log2(max(weight, LEAST_WEIGHT)))


def _counts(total: int, rows: int, boxes: int, counted: Mapping[str, Counter[str]]) -> Counts:
    by = {name: {v: n for v, n in c.most_common() if n > 0} for name, c in counted.items()}
    return Counts(total, rows, boxes, by)


def _rows(items: Iterable[Item]) -> int:
    return len({item.key[:2] for item in items if item.row != SHEET})


def _boxes(items: Iterable[Item]) -> int:
    """Collector boxes, whose fields are in no row."""
    return len({item.key[:2] for item in items if item.row == SHEET})


def _values(item: Item, name: str) -> Iterable[str]:
    if name == "reason":
        return item.reasons
    if name == "kind":
        return (item.kind.value,)
    return (item.sheet_id if name == "sheet" else str(getattr(item, name)),)
