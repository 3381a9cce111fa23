"""The form definitions that a workspace was given, so that a later run need not name them.

Only ever appended to: of each name the last content holds, and an empty one says that the
definition was put aside. Installed definitions are not kept, they come with the program.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from digitizer.errors import FormError
from digitizer.forms.forms import Form, load_forms, own_definitions
from digitizer.forms.unchanged import form_text
from digitizer.workspace import schema as t
from digitizer.workspace.statements import new_key

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunForms:
    """The definitions of a run.

    ``forms``: as ``PageTask`` has them; ``texts``: what they say, ``form_text`` of each;
    ``names``: of those that were given and do not come with the program; ``numbers``: where
    the workspace keeps all that do not.
    """

    forms: tuple[str, ...]
    texts: tuple[str, ...]
    names: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()


def join(
    connection: sa.Connection, forms: Sequence[str], texts: Sequence[str], *, with_kept: bool
) -> RunForms:
    """Keep the definitions that a run was given, and join those that were kept before.

    ``forms``: names and paths; ``texts``: what they say. One that was given takes the place
    of a kept one of its name, a kept one that of an installed one. ``with_kept``: False joins none.
    """
    own = own_definitions(forms)
    given = {name: _keep(connection, name, content) for name, content in own.items()}
    others = {
        name: (number, content)
        for name, (number, content) in _kept(connection).items()
        if with_kept and name not in given and _is_understood(name, content)
    }
    if others.keys() & set(forms):
        forms = [name for name in forms if name not in others]
        texts = [form_text(form) for form in load_forms(forms)] if forms else []
    kept = [content for _, content in others.values()]
    return RunForms(
        (*forms, *kept),
        (*texts, *(form_text(load_forms([content])[0]) for content in kept)),
        tuple(own),
        tuple(sorted((*given.values(), *(number for number, _ in others.values())))),
    )


def put_aside_others(connection: sa.Connection, names: Collection[str]) -> None:
    """Keep of the definitions those with these names."""
    for name in _kept(connection):
        if name not in names:
            _keep(connection, name, "")


def contents(connection: sa.Connection, numbers: Sequence[int]) -> tuple[str, ...]:
    """The definitions kept under these numbers."""
    columns = t.DEFINITIONS.c
    wanted = sa.select(columns.content).where(columns.id.in_(numbers)).order_by(columns.id)
    return tuple(connection.scalars(wanted))


def form_called(connection: sa.Connection, name: str) -> Form | None:
    """The definition of a form as the workspace keeps it, else as it is installed; or None."""
    columns = t.DEFINITIONS.c
    wanted = sa.select(columns.content).where(columns.name == name, columns.content != "")
    kept = connection.scalar(wanted.order_by(columns.id.desc()).limit(1))
    for content in (kept, name):
        try:
            if content:
                return load_forms((content,))[0]
        except FormError:
            continue
    return None


def _kept(connection: sa.Connection) -> dict[str, tuple[int, str]]:
    """Number and content of each definition that is not put aside, by its name."""
    columns = t.DEFINITIONS.c
    wanted = sa.select(columns.id, columns.name, columns.content).order_by(columns.id)
    last = {name: (number, content) for number, name, content in connection.execute(wanted)}
    return {name: kept for name, kept in last.items() if kept[1]}


def _keep(connection: sa.Connection, name: str, content: str) -> int:
    number, known = _kept(connection).get(name, (0, ""))
    if known == content:
        return number
    return new_key(
        connection.execute(
            t.DEFINITIONS.insert().values(
                at=datetime.now(UTC).isoformat(timespec="seconds"), name=name, content=content
            )
        )
    )


def _is_understood(name: str, content: str) -> bool:
    try:
        load_forms([content])
    except FormError:
        # Written for another version: its pages stay as they were read, and are told.
        _LOG.warning("the definition %s that the workspace keeps is not understood", name)
        return False
    return True
