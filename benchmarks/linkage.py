"""Precision and recall of the search for people who signed twice.

    python benchmarks/linkage.py [--records 20000] [--seed 7]
    python benchmarks/linkage.py --records 1000000 --only splink
    python benchmarks/linkage.py --fit

The population is invented (``population.py``): people who sign twice, misread
as handwriting is, among households, twins, and fathers and sons of one name.
A suggestion is right when both records are of one person. "certain" are those
counted automatically; "wrong" must be 0 there. Time and memory are of this
process, the drawing of the population left out. ``--fit`` prints the figures
that ``linkage_model`` holds, from another seed. Needs the extras "linkage" and
"training"; recordlinkage, which is beside it for comparison, only if installed.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.population import Signed, population
from digitizer.persons import linkage, linkage_splink
from digitizer.persons.linkage_model import FIELDS
from digitizer.persons.linkage_records import keys_of

FIT_SEED = 1001

Found = dict[int, tuple[int, bool]]  # later record -> (earlier record, certain)
Method = Callable[[Sequence[linkage.SignerRecord]], Found]


def records_of(rows: Sequence[Signed]) -> list[linkage.SignerRecord]:
    """Rows as the workspace would hand them over."""
    return [
        linkage.SignerRecord(str(place), r.name, r.address, r.postal_code, r.phone, r.email, "p")
        for place, r in enumerate(rows)
    ]


def exact_keys(records: Sequence[linkage.SignerRecord]) -> Found:
    """digitizer without the extra."""
    found = linkage.find_duplicates(records, use_splink=False)
    return {int(d.record_id): (int(d.duplicate_of), d.certain) for d in found}


def splink(records: Sequence[linkage.SignerRecord]) -> Found:
    """digitizer with the extra."""
    found = linkage.find_duplicates(records, use_splink=True)
    return {int(d.record_id): (int(d.duplicate_of), d.certain) for d in found}


def recordlinkage(records: Sequence[linkage.SignerRecord]) -> Found:
    """The package recordlinkage as its guide has it: blocks, likeness, ECM."""
    import pandas
    import recordlinkage as rl

    keys = [keys_of(record) for record in records]
    frame = pandas.DataFrame(
        {
            "given": [k.name.given for k in keys],
            "surname": [k.name.surname for k in keys],
            "start": [k.name.surname[:3] + k.postal[:3] for k in keys],
            "street": [k.number + k.street for k in keys],
            "postal": [k.postal for k in keys],
            "phone": [k.phone or None for k in keys],
            "email": [k.email or None for k in keys],
        }
    )
    index = rl.Index()
    for block in ("email", "phone", "postal", "start"):
        index.block(block)
    pairs = index.index(frame)
    compare = rl.Compare()
    compare.string("given", "given", method="jarowinkler", threshold=0.88, label="given")
    compare.string("surname", "surname", method="jarowinkler", threshold=0.9, label="surname")
    compare.string("street", "street", method="jarowinkler", threshold=0.9, label="street")
    for field in ("postal", "phone", "email"):
        compare.exact(field, field, label=field)
    features = compare.compute(pairs, frame)
    matches = rl.ECMClassifier(binarize=None).fit_predict(features)
    found: Found = {}
    for one, other in matches:
        earlier, later = sorted((int(one), int(other)))
        found.setdefault(later, (earlier, False))
    return found


METHODS: dict[str, Method] = {
    "exact": exact_keys,
    "splink": splink,
    "recordlinkage": recordlinkage,
}


def score(rows: Sequence[Signed], found: Found) -> str:
    """One line of figures."""
    seen: set[int] = set()
    repeats = {n for n, row in enumerate(rows) if row.person in seen or seen.add(row.person)}  # type: ignore[func-returns-value]
    right = {n for n, (first, _) in found.items() if rows[n].person == rows[first].person}
    wrong = found.keys() - right
    home = sum(rows[n].home == rows[found[n][0]].home for n in wrong)
    certain = {n for n, (_, sure) in found.items() if sure}
    kinds = Counter("certain wrong" for n in certain - right)
    return (
        f"recall {len(right) / max(1, len(repeats)):.3f} of {len(repeats)}, "
        f"precision {len(right) / max(1, len(found)):.3f} of {len(found)} "
        f"(wrong: {home} in one household, {len(wrong) - home} strangers); certain "
        f"{len(certain & right) / max(1, len(repeats)):.3f} of the repeats, "
        f"wrong {kinds['certain wrong']}"
    )


def fit(records: int) -> None:
    """Print how often each level is seen: one person, one household."""
    rows = population(records, FIT_SEED)
    keys = [keys_of(record) for record in records_of(rows)]
    same: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    house: dict[str, Counter[str]] = {field: Counter() for field in FIELDS}
    linkage_splink.MIN_LOG2_ODDS = -60.0
    for pair in linkage_splink.find_pairs(keys):
        one, other = rows[pair.earlier], rows[pair.later]
        if one.person != other.person and one.home != other.home:
            continue
        counts = same if one.person == other.person else house
        for field in FIELDS:
            says = pair.says(field)
            if says is not None:
                counts[field][says] += 1
    for field, levels in FIELDS.items():
        for level in levels:
            one_person = same[field][level.says] / max(1, same[field].total())
            household = house[field][level.says] / max(1, house[field].total())
            print(f"{field:8} {level.says or '-':22} m {one_person:.4f}  housemate {household:.4f}")


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="print so many wrong and missed pairs")
    options = parser.parse_args()
    if options.fit:
        fit(options.records)
        return 0
    rows = population(options.records, options.seed)
    records = records_of(rows)
    print(f"{len(records)} records, seed {options.seed}")
    for name in options.only:
        started = time.monotonic()
        try:
            found = METHODS[name](records)
        except ImportError as error:
            print(f"{name:14} left out: {error}")
            continue
        minutes = (time.monotonic() - started) / 60
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{name:14} {score(rows, found)}; {minutes:.2f} min, peak {peak:.2f} GB so far")
        show(rows, found, options.show)
    return 0


def show(rows: Sequence[Signed], found: Found, count: int) -> None:
    """Print some wrong and some missed pairs (everybody is invented)."""
    if not count:
        return
    first: dict[int, int] = {}
    wrong = [(n, f) for n, (f, _) in found.items() if rows[n].person != rows[f].person]
    missed = []
    for n, row in enumerate(rows):
        if row.person in first and n not in found:
            missed.append((n, first[row.person]))
        first.setdefault(row.person, n)
    for title, pairs in (("wrong", wrong), ("missed", missed)):
        for n, f in pairs[:count]:
            print(f"  {title}\n    {rows[f]}\n    {rows[n]}")


if __name__ == "__main__":
    sys.exit(main())
