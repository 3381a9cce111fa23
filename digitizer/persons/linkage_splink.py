"""Pairs of records that may be one person's, found by splink on DuckDB.

splink makes the blocks, compares each pair in SQL and weighs it under the
fixed model of ``linkage_model``; nothing is drawn by chance, so that the same
records give the same pairs. 1,000,000 records stay in DuckDB's memory, which
is limited and spills to a temporary folder.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from digitizer.engines.lexicon import name_words
from digitizer.persons.linkage_model import FIELDS, MACROS, level_of, settings
from digitizer.persons.linkage_records import Keys, Pair, block_keys
from digitizer.values.personnames import possible_names, shape

# Pairs less likely than this to be one person (as log2 of the odds against
# strangers) never become a suggestion, whatever a household makes of them.
MIN_LOG2_ODDS = -1.0
# DuckDB's part of the memory; Python's records and pairs come on top.
MEMORY_LIMIT = "4GB"
PAIRS_PER_FETCH = 50_000
THREADS = 2


def installed() -> bool:
    """Whether the extra "linkage" is there."""
    return all(find_spec(name) is not None for name in ("splink", "duckdb", "pyarrow"))


def find_pairs(records: Sequence[Keys]) -> Iterator[Pair]:
    """Pairs worth judging, in order; ``records`` in order of arrival."""
    if len(records) < 2:
        return
    import duckdb
    import pyarrow
    from splink import DuckDBAPI, Linker

    # splink tells of each statement; none holds a value, but none is wanted.
    logging.getLogger("splink").setLevel(logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="digitizer-linkage-") as folder,
        duckdb.connect(":memory:") as connection,
    ):
        connection.execute(f"SET memory_limit='{MEMORY_LIMIT}'")
        connection.execute(f"SET threads={THREADS}")
        connection.execute("SET temp_directory=?", [folder])
        connection.execute("SET enable_progress_bar=false")
        for macro in MACROS:
            connection.execute(macro)
        table = DuckDBAPI(connection).register(pyarrow.table(_columns(records)))
        linker = Linker(table, settings(len(records)), log_level=None)
        found = linker.inference.predict(threshold_match_weight=MIN_LOG2_ODDS, warning_mode="never")
        gammas = ", ".join(f"gamma_{field}" for field in FIELDS)
        rows = connection.execute(
            f"SELECT place_in_order_l, place_in_order_r, match_weight, {gammas} "
            f"FROM {found.physical_name} "
            "ORDER BY greatest(place_in_order_l, place_in_order_r), "
            "least(place_in_order_l, place_in_order_r)"
        )
        while batch := rows.fetchmany(PAIRS_PER_FETCH):
            for one, other, weight, *values in batch:
                levels = {f: level_of(f, g) for f, g in zip(FIELDS, values, strict=True)}
                yield Pair(min(one, other), max(one, other), weight, levels)


def _columns(records: Sequence[Keys]) -> dict[str, list[Any]]:
    known = name_words()
    names = [keys.name for keys in records]
    return {
        "place_in_order": list(range(len(records))),
        "keys": [block_keys(keys) for keys in records],
        "given": [name.given for name in names],
        "given_shape": [shape(name.given) for name in names],
        "givens": [_all(one.given for one in keys.names if len(one.given) > 1) for keys in records],
        "starts": [_all(one.given[:1] for one in keys.names) for keys in records],
        "possible": [list(possible_names(name.given)) for name in names],
        "known": [name.given.upper() in known for name in names],
        "surname": [name.surname for name in names],
        "surname_shape": [shape(name.surname) for name in names],
        "surnames": [
            _all(one.surname for one in keys.names if len(one.surname) > 1) for keys in records
        ],
        "letters": [name.letters for name in names],
        "letters_shape": [shape(name.letters) for name in names],
        "words": [name.words for name in names],
        "number": [keys.number for keys in records],
        "numbers": [list(keys.numbers) for keys in records],
        "street": [keys.street for keys in records],
        "postal": [keys.postal for keys in records],
        "postals": [list(keys.postals) for keys in records],
        "area": [keys.postal[:3] for keys in records],
        "phone": [keys.phone for keys in records],
        "phones": [list(keys.phones) for keys in records],
        "email": [keys.email for keys in records],
        "emails": [list(keys.emails) for keys in records],
        "local": [keys.email.partition("@")[0] for keys in records],
    }


def _all(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for text in texts if text))
