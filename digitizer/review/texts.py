"""The words of the pages, in English and in French.

``texts/PAGE.toml`` holds one table a message: ``[accept]`` with ``en`` and
``fr``; it is named ``PAGE.accept``. ``{name}`` in a message is filled in.
"""

import functools
import tomllib
from pathlib import Path

LANGUAGES = ("en", "fr")
_FOLDER = Path(__file__).parent / "texts"


@functools.cache
def load_texts() -> dict[str, dict[str, str]]:
    """Every message: name -> language -> words."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(_FOLDER.glob("*.toml")):
        for name, words in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found[f"{file.stem}.{name}"] = words
    return found


def say(name: str, /, language: str, **values: object) -> str:
    """A message in a language. Raises KeyError for one that there is not."""
    return load_texts()[name][language].format(**values)


def choose_language(accepted: str) -> str:
    """The first of our languages in an Accept-Language header; English for none."""
    for part in accepted.split(","):
        language = part.split(";")[0].strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]
