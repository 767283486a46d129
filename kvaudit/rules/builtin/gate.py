"""KV901-KV904: what a run left over of waivers, baseline and rules."""

from __future__ import annotations

from collections.abc import Iterator

from kvaudit.model.gate import Waiver
from kvaudit.rules.base import Context, Meta, Result, finding

_NAMED = 3  # entries by name in a sentence


def judge_expired(meta: Meta, context: Context) -> Iterator[Result]:
    """Each waiver whose last day is over, with what is back."""
    for waiver, back in context.aftermath.expired:
        counted = f"{back:,} finding{'s count' if back != 1 else ' counts'} again"
        yield _on_waiver(meta, waiver, findings=counted if back else "no finding is back for it")


def judge_unused(meta: Meta, context: Context) -> Iterator[Result]:
    """Each waiver that fits no finding, though its rule was judged whole."""
    for waiver in context.aftermath.unused:
        yield _on_waiver(meta, waiver)


def judge_gone(meta: Meta, context: Context) -> Iterator[Result]:
    """All entries of the baseline without a finding, as one."""
    gone = context.aftermath.gone
    if not gone:
        return
    names = [entry.words for entry in gone[:_NAMED]]
    if len(gone) > _NAMED:
        names.append(f"and {len(gone) - _NAMED:,} more")
    values = {"entries": f"{len(gone):,} {'entry' if len(gone) == 1 else 'entries'}", "names": "; ".join(names)}
    origins = tuple(entry.origin for entry in gone if entry.origin)
    yield finding(meta, subject="baseline", vaults=(), values=values, origins=origins)


def judge_unjudged(meta: Meta, context: Context) -> Iterator[Result]:
    """The rules that had nothing to look at, with the sections of which nothing was given, as one."""
    unjudged = context.aftermath.unjudged
    if unjudged:
        rules = sorted({rule for missing in unjudged for rule in missing.rules})
        values = {"rules": ", ".join(rules), "needs": ", ".join(missing.need for missing in unjudged)}
        yield finding(meta, subject="rules", vaults=(), values=values)


def _on_waiver(meta: Meta, waiver: Waiver, **more: str) -> Result:
    values = {"waiver": waiver.words, "owner": waiver.owner, "expires": waiver.expires.isoformat(), **more}
    return finding(meta, subject=waiver.words.lower(), vaults=(), values=values, origins=(waiver.origin,))


RULES = {"KV901": judge_expired, "KV902": judge_unused, "KV903": judge_gone, "KV904": judge_unjudged}
