"""What definitions say, in one text, and definitions that must still say what they did.

A run keeps its pages as read by what its definitions said when it began; a worker that opens
one later, mended meanwhile, must not read pages by it.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Sequence

from digitizer.errors import FormError
from digitizer.forms.forms import Form, load_forms


def load_unchanged(names_or_paths: Sequence[str], digest: str) -> tuple[Form, ...]:
    """``load_forms`` of definitions that have this ``digest_of_texts``; empty: any.

    Raises FormError as ``load_forms`` does, and where they say something else by now.
    """
    forms = load_forms(names_or_paths)
    if digest and digest_of_texts(map(form_text, forms)) != digest:
        raise FormError(
            "a form definition was changed while pages were read with it: type the same command "
            "again, which reads them all by what it says now"
        )
    return forms


def form_text(form: Form) -> str:
    """All that a definition says, whatever file it came from: for the settings' hash."""
    content = dataclasses.asdict(form)
    content.pop("source")
    return json.dumps(content, sort_keys=True)


def digest_of_texts(texts: Iterable[str]) -> str:
    """A name for what definitions say, by their ``form_text``; empty for none."""
    told = json.dumps(sorted(texts))
    return hashlib.sha256(told.encode()).hexdigest() if told != "[]" else ""
