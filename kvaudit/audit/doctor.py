"""What whoever signs in can and cannot read of Azure: one try of each source, and what would close the holes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from kvaudit.audit.live import LiveRequest, signed_in
from kvaudit.audit.walk import Progress
from kvaudit.model.checkup import Check, Checkup, Subject, Subscription
from kvaudit.sources.live.needs import NEEDS

if TYPE_CHECKING:
    from kvaudit.sources.live.clouds import Cloud
    from kvaudit.sources.live.cures import Place
    from kvaudit.sources.live.ledger import Entry, LedgerRow
    from kvaudit.sources.live.probes import Probes
    from kvaudit.sources.live.viewer import Viewer

UNTRIED = "none was met to try it on"


def examine(
    request: LiveRequest,
    environ: Mapping[str, str],
    *,
    warn: Callable[[str], None],
    progress: Progress | None = None,
    tell: Callable[[Entry], None] | None = None,
) -> Checkup:
    """Sign in, and try what a collection would read.

    Raises LoginError where nobody could sign in, UsageError for a cloud or a selection that is not there.
    """
    from kvaudit.sources.live.cures import cures, role_definition  # noqa: PLC0415 - azure is imported on use
    from kvaudit.sources.live.probes import Probes  # noqa: PLC0415

    credential, viewer, cloud = signed_in(request, environ, warn=warn)
    with closing(Probes(credential, cloud, request.wanted, progress=progress, tell=tell)) as probes:
        probes.find()
        entries = probes.run(viewer.object_id)
        place = _place(request, probes, viewer, cloud)
        return Checkup(
            subject=_subject(viewer, cloud),
            subscriptions=tuple(Subscription(*each) for each in sorted(probes.visible.items())),
            checks=tuple(_checks(entries, request)),
            left=tuple((what, need.option) for what, need in NEEDS.items() if not request.wanted.asks_for(need.option)),
            cures=cures(entries, viewer, place),
            role=role_definition(place),
        )


def role_definition(request: LiveRequest, environ: Mapping[str, str], *, warn: Callable[[str], None]) -> dict[str, Any]:
    """A custom role of just the needed reads, for what is selected. Raises as `examine`."""
    from kvaudit.sources.live import cures  # noqa: PLC0415 - azure is imported on use
    from kvaudit.sources.live.probes import Probes  # noqa: PLC0415

    credential, viewer, cloud = signed_in(request, environ, warn=warn)
    with closing(Probes(credential, cloud, request.wanted)) as probes:
        probes.find()
        return cures.role_definition(_place(request, probes, viewer, cloud))


def _place(request: LiveRequest, probes: Probes, viewer: Viewer, cloud: Cloud) -> Place:
    from kvaudit.sources.live.cures import Place  # noqa: PLC0415 - azure is imported on use

    return Place(request.wanted.selection, tuple(probes.subscriptions), viewer.tenant, cloud.graph)


def _subject(viewer: Viewer, cloud: Cloud) -> Subject:
    return Subject(
        name=viewer.name,
        object=viewer.object_id,
        application=viewer.app_id,
        how=viewer.how,
        tenant=viewer.tenant,
        cloud=cloud.name,
        clock=viewer.warning,
    )


def _checks(entries: Iterable[Entry], request: LiveRequest) -> Iterator[Check]:
    """What came of each source, in the order in which they are told everywhere."""
    from kvaudit.sources.live.ledger import rows  # noqa: PLC0415 - azure is imported on use

    found: dict[str, list[LedgerRow]] = {}
    for row in rows(entries):
        found.setdefault(row.what, []).append(row)
    for what, need in NEEDS.items():
        for row in found.get(what, ()):
            code = " ".join(part for part in (str(row.http or ""), row.code) if part)
            yield Check(what, need.words, row.status, code, row.reason, tuple(row.scopes), need.action, need.lost)
        if what not in found and request.wanted.asks_for(need.option):
            yield Check(what, need.words, "untried", "", UNTRIED, (), need.action, need.lost)
