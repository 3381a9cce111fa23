"""Whether a sheet's dates begin with the day or the month, as its own dates tell it.

``10/23/2026`` is written month first and ``23/10/2026`` day first, whatever the language. One
that a sheet holds says how ``10/11/2026`` beside it is likely meant. That is offered and never
accepted unseen: in Canada both orders are usual, and neighbours on a sheet need not agree. Where
sure dates of a sheet contradict the order that the language or the form has, those that depend
on it wait, too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from digitizer.records import FieldKind, FieldState, FieldValue, Finding, Mark, SignerRow
from digitizer.states import DATE_KINDS, DateOrder
from digitizer.thresholds import Thresholds
from digitizer.values.dates import days_by_order

ORDER_OF_SHEET = "date-order-of-sheet"
AMBIGUOUS = "date-ambiguous"
# A ceiling for a day whose order was taken from other rows, as ``calibrate.DOUBTFUL_CONFIDENCE``:
# no measure, since nobody knows how often the signers of a sheet agree.
UNPROVEN = 0.8


def orders_told(
    rows: Sequence[SignerRow], thresholds: Thresholds, today: date
) -> frozenset[DateOrder]:
    """The orders of those dates of a sheet, surely read, that are a day in one order alone.

    ``rows``: their values as read, not yet days.
    """
    told: set[DateOrder] = set()
    for value in (value for row in rows for value in row.fields):
        plain = value.kind in DATE_KINDS and value.state is FieldState.READ
        if not plain or thresholds.is_low(value) or value.mark is not Mark.NONE:
            continue
        orders = days_by_order(value.value, today, born=value.kind is FieldKind.BIRTH_DATE)
        if len(orders) == 1:
            told |= set(orders)
    return frozenset(told)


def with_sheet_order(
    value: FieldValue, read: FieldValue, told: frozenset[DateOrder], today: date
) -> FieldValue:
    """A date with the day that its sheet's order gives, or with a doubt where that is another.

    ``value``: its day, empty where it means several; ``read``: the same field before, as read.
    """
    if not told or value.kind not in DATE_KINDS or value.state is not FieldState.READ:
        return value
    days = days_by_order(read.value, today, born=value.kind is FieldKind.BIRTH_DATE)
    if len(frozenset[date]().union(*days.values())) < 2:
        return value
    if value.value:
        taken = {order for order, group in days.items() if _is_in(value.value, group)}
        return value if told <= taken else _with(value, AMBIGUOUS)
    meant = frozenset[date]().union(*(days.get(order, frozenset()) for order in told))
    if len(told) > 1 or len(meant) != 1:
        return value
    (day,) = meant
    confidence = None if read.confidence is None else min(read.confidence, UNPROVEN)
    return _with(replace(value, value=day.isoformat(), confidence=confidence), ORDER_OF_SHEET)


def _is_in(day: str, group: frozenset[date]) -> bool:
    return any(one.isoformat() == day for one in group)


def _with(value: FieldValue, reason: str) -> FieldValue:
    return replace(value, findings=(*value.findings, Finding(value.field, reason)))
