"""What `digitizer purge` does: shows what would go, asks, and removes it for good."""

import argparse
import sys

from digitizer.commands.terminal import open_workspace, tell, user_name
from digitizer.errors import ExitCode, UsageError

# What a person types to go on; more than a key that may be hit by chance.
YES = frozenset({"yes", "oui"})


def purge_workspace(given: argparse.Namespace) -> ExitCode:
    """`digitizer purge`."""
    from digitizer.purge import Wish, as_text, parse_day, plan_purge, purge

    wish = Wish(
        images=given.images,
        crops=given.crops,
        fields=tuple(given.fields or ()),
        everything=given.everything,
        before=None if given.before is None else parse_day(given.before),
        keep_consent=given.keep_consent,
        unreviewed=given.unreviewed,
    )
    if not (wish.images or wish.crops or wish.fields or wish.everything):
        raise UsageError("say what is to go: --images, --crops, --fields NAME... or --everything")
    with open_workspace(given) as store:
        plan = plan_purge(store, given.workspace, wish)
        if given.dry_run or not given.quiet:
            print(as_text(plan))
        if given.dry_run:
            return ExitCode.OK
        if plan.is_empty:
            # Another program may have kept a part of what was removed the last time.
            return _tell_compacted(compacted=store.compact())
        if not given.yes and not _agreed():
            tell("digitizer: nothing was removed")
            return ExitCode.OK
        done = purge(store, given.workspace, plan, who=given.by or user_name(), why=given.why)
    if not given.quiet:
        tell(
            "Removed for good. Copies elsewhere (your scans, exports, backups) are yours to delete."
        )
    if done.before != done.after:
        tell("digitizer: the count of rows changed by it; see digitizer tally")
    return _tell_compacted(compacted=done.compacted)


def _tell_compacted(*, compacted: bool) -> ExitCode:
    if not compacted:
        tell(
            "digitizer: another program has the workspace open, so its log may still hold what was "
            "removed: end that program and type the same command again"
        )
    return ExitCode.OK


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: look with --dry-run, then add --yes")
    tell("This cannot be undone. Type yes to go on:")
    return sys.stdin.readline().strip().casefold() in YES
