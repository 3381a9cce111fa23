"""Validity profiles: reads and checks the TOML files that say what counts.

A profile decides nothing about what was read; it says which rows count. So it
may be changed at any time, and no page is read again (``judging``).
"""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from digitizer.errors import UsageError
from digitizer.validity import PROVINCES

DEFAULT_PROFILE = "advocacy"

# ``required = "form"``: what the form's own definition requires.
AS_FORM = "form"

_SECTIONS = {
    "profile": {"name", "title", "sources"},
    "rows": {"required", "required_any", "dittos", "duplicates", "provinces"},
    "petition": {"minimum_signatures"},
}


_Policy = TypeVar("_Policy", bound=StrEnum)


class DittoPolicy(StrEnum):
    """Accept: as good as written out. Flag: a person looks. Reject: as if empty."""

    ACCEPT = "accept"
    FLAG = "flag"
    REJECT = "reject"


class DuplicatePolicy(StrEnum):
    """How a signer's second row counts.

    First: the first row counts, a suspected repetition waits for a person.
    All: every row counts, suspicions are remarks.
    """

    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Profile:
    """Rules for which rows count.

    ``required``: fields that each must be filled, None for those that the form
    requires. ``required_any``: of each group at least one must be filled.
    ``provinces``: where signers must live, two letters each; empty: anywhere.
    ``minimum_signatures``: per petition, 0 where there is none. ``text``: the
    TOML that it was read from, for the record.
    """

    name: str
    title: str
    required: tuple[str, ...] | None
    required_any: tuple[tuple[str, ...], ...]
    dittos: DittoPolicy
    duplicates: DuplicatePolicy
    provinces: tuple[str, ...]
    minimum_signatures: int
    text: str


def installed_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with the program, the default first."""
    names = sorted(path.stem for path in _folder().glob("*.toml"))
    return tuple(sorted(names, key=lambda name: name != DEFAULT_PROFILE))


def load_profile(name_or_path: str = DEFAULT_PROFILE) -> Profile:
    """The installed profile of that name, or the one in that file.

    Raises UsageError, which lists what exists or says what is wrong with it.
    """
    installed = installed_profiles()
    if name_or_path in installed:
        path = _folder() / f"{name_or_path}.toml"
    else:
        path = Path(name_or_path)
        if path.suffix != ".toml" and not path.is_file():
            raise UsageError(
                f"there is no validity profile {name_or_path!r}: use one of "
                f"{', '.join(installed)}, or a TOML file of your own"
            )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the validity profile {name_or_path} cannot be read: use one of "
            f"{', '.join(installed)}, or a TOML file of your own"
        ) from error
    profile = parse_profile(text, name_or_path)
    unknown = [code for code in profile.provinces if code not in PROVINCES]
    if unknown:
        # Under a name that nobody's province has every signer would live outside.
        raise _wrong(
            name_or_path,
            f"has {unknown[0]!r} among rows.provinces, known are {', '.join(sorted(PROVINCES))}",
        )
    return profile


def parse_profile(text: str, where: str) -> Profile:
    """The profile that ``text`` (TOML) describes; ``where`` names it in errors."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong(where, f"is no TOML ({error})") from error
    for section, values in content.items():
        if section not in _SECTIONS or not isinstance(values, dict):
            raise _wrong(where, f"has [{section}], known are [{'], ['.join(_SECTIONS)}]")
        for key in values:
            if key not in _SECTIONS[section]:
                known = ", ".join(sorted(_SECTIONS[section]))
                raise _wrong(where, f"has {section}.{key}, known there are {known}")
    about, rows = content.get("profile", {}), content.get("rows", {})
    name = about.get("name")
    if not isinstance(name, str) or not name:
        raise _wrong(where, "needs profile.name")
    minimum = content.get("petition", {}).get("minimum_signatures", 0)
    if not isinstance(minimum, int) or isinstance(minimum, bool) or minimum < 0:
        raise _wrong(where, "needs a whole number from 0 as petition.minimum_signatures")
    return Profile(
        name=name,
        title=str(about.get("title", name)),
        required=_required(rows.get("required", AS_FORM), where),
        required_any=_groups(rows.get("required_any", []), where),
        dittos=_choice(DittoPolicy, rows, "dittos", DittoPolicy.ACCEPT, where),
        duplicates=_choice(DuplicatePolicy, rows, "duplicates", DuplicatePolicy.FIRST, where),
        provinces=_names(
            rows.get("provinces", []), where, "rows.provinces: a list of two-letter codes"
        ),
        minimum_signatures=minimum,
        text=text,
    )


def _folder() -> Path:
    return Path(__file__).parent


def _required(value: object, where: str) -> tuple[str, ...] | None:
    if value == AS_FORM:
        return None
    return _names(value, where, 'rows.required: a list of field names, or "form"')


def _groups(value: object, where: str) -> tuple[tuple[str, ...], ...]:
    what = "rows.required_any: a list of lists of field names"
    if not isinstance(value, list):
        raise _wrong(where, f"needs another {what}")
    return tuple(_names(group, where, what) for group in value)


def _names(value: object, where: str, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise _wrong(where, f"needs another {what}")
    return tuple(value)


def _choice(
    kind: type[_Policy], rows: dict[str, object], key: str, default: _Policy, where: str
) -> _Policy:
    value = rows.get(key, default.value)
    try:
        return kind(str(value))
    except ValueError as error:
        known = ", ".join(policy.value for policy in kind)
        raise _wrong(where, f"has rows.{key} = {value!r}, known are {known}") from error


def _wrong(where: str, what: str) -> UsageError:
    return UsageError(f"the validity profile {where} {what}")
