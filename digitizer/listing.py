"""What was handed in: its pages, and which files are new.

A file that looks as it did when a run last saw it is not opened: its pages are known.
"""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from digitizer.counting.progress import Watcher
from digitizer.inputs import InputFile, Inputs, Moved, digest_of
from digitizer.records import Failure, PageRef
from digitizer.store import KnownFile
from digitizer.workspace.stored import Source


@dataclass(frozen=True, slots=True)
class Listed:
    """What was handed in, where its pages are, and what is known now of the files that are new."""

    sources: tuple[Source, ...]
    refs: tuple[PageRef, ...]
    hashed: tuple[KnownFile, ...]


def list_sources(
    inputs: Inputs, known: dict[str, KnownFile], moved: Moved, watcher: Watcher
) -> Listed:
    """The pages of what was handed in; ``known``: files as earlier runs saw them, by name.

    A file that cannot be opened is a source with its failure.
    """
    sources: list[Source] = []
    refs: list[PageRef] = []
    hashed: list[KnownFile] = []
    for failure in inputs.failures:
        sources.append(Source(failure.source_file, 1, "", failure.failure))
    for place, file in enumerate(inputs.files):
        found, new = _list_file(file, known.get(file.source_file))
        if isinstance(found, Failure):
            digest = digest_of(Path(file.path))
            name = moved.name_of(file.source_file, digest)
            sources.append(Source(name, 1, digest, found, file.path))
        elif found:
            name = moved.name_of(file.source_file, found[0].sha256)
            refs += [dataclasses.replace(ref, source_file=name) for ref in found]
            sources += [Source(name, ref.page, ref.sha256, path=file.path) for ref in found]
            hashed += [dataclasses.replace(new, source_file=name)] if new is not None else []
        watcher.looking(place + 1, len(inputs.files))
    return Listed(tuple(sources), tuple(refs), tuple(hashed))


def _list_file(
    file: InputFile, known: KnownFile | None
) -> tuple[tuple[PageRef, ...] | Failure, KnownFile | None]:
    """Pages of a file, and how it looks where that was not known."""
    try:
        state = Path(file.path).stat()
    except OSError:
        state = None
    if (
        known is not None
        and state is not None
        and (known.size_bytes, known.mtime_ns) == (state.st_size, state.st_mtime_ns)
    ):
        pages = range(1, known.pages + 1)
        return tuple(PageRef(file.path, file.source_file, n, known.sha256) for n in pages), None
    from digitizer.scans import list_pages

    found = list_pages(file.path, file.source_file)
    if isinstance(found, Failure) or not found or state is None:
        return found, None
    looks = KnownFile(
        file.source_file, state.st_size, state.st_mtime_ns, found[0].sha256, len(found)
    )
    return found, looks
