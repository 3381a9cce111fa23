"""What waits beside the queue: second entries, differences between two people, questions, sheets.

A field on which two people differ is in nobody's queue, yet its row does not count before
it is settled. So whoever looks at what is left is told of it. Nor is a sheet in it that no
field stands for, but which somebody must look at as a whole.
"""

from dataclasses import dataclass

from starlette.requests import Request

from digitizer.counting.overview import SheetFacts
from digitizer.review.desk import desk_of
from digitizer.review.referred import referrals_of
from digitizer.review.routing import Reviewer
from digitizer.review.second import twice_of
from digitizer.review.twice import may_settle


@dataclass(frozen=True, slots=True)
class OtherWork:
    """Fields: ``differences`` in all, ``to_settle`` and ``second`` by this person, ``left``.

    ``sheets``: those to be looked at as a whole.
    """

    differences: int
    to_settle: int
    second: int
    left: int
    sheets: tuple[SheetFacts, ...]

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.differences or self.second or self.left or self.sheets)


def other_work(request: Request, me: Reviewer) -> OtherWork:
    """What there is beside the queue, as this person may see it."""
    twice = twice_of(request)
    differences = twice.differences()
    return OtherWork(
        differences=len(differences),
        to_settle=sum(may_settle(e, me.name, supervisor=me.supervisor) for e in differences),
        second=len(twice.for_person(me.name)),
        left=len(referrals_of(request).open()),
        sheets=tuple(s for s in desk_of(request).overview.sheets() if s.waits_itself),
    )
