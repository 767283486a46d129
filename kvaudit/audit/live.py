"""Azure itself as an input: who looks, at which cloud and at what; the collection, and how it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kvaudit.access.roles import built_in_roles
from kvaudit.audit.walk import Progress
from kvaudit.model.value import Value
from kvaudit.sources.live.wanted import Wanted

if TYPE_CHECKING:
    from kvaudit.sources.live.clouds import Cloud
    from kvaudit.sources.live.collect import Collection, Ended
    from kvaudit.sources.live.ledger import Entry
    from kvaudit.sources.live.policies import Credential
    from kvaudit.sources.live.viewer import Viewer


class LiveRequest(Value):
    """What is asked of Azure, and by whom."""

    wanted: Wanted
    taken_at: dt.datetime
    auth: str = "auto"
    tenant: str | None = None
    cloud: str | None = None
    arm: str | None = None
    authority: str | None = None
    graph: str | None = None
    resume: Path | None = None
    debug: bool = False


def signed_in(
    request: LiveRequest, environ: Mapping[str, str], *, warn: Callable[[str], None]
) -> tuple[Credential, Viewer, Cloud]:
    """What gives tokens, who they are for, and the cloud that is looked at.

    Raises LoginError where nobody could sign in, UsageError for a cloud that is not there.
    """
    from kvaudit.sources.live.clouds import choose  # noqa: PLC0415 - azure is imported where live work starts
    from kvaudit.sources.live.login import quiet_loggers, sign_in  # noqa: PLC0415

    quiet_loggers(debug=request.debug)
    cloud = choose(
        request.cloud,
        arm=request.arm,
        authority=request.authority,
        graph=request.graph,
        environ=environ,
        home=Path.home(),
    )
    credential, viewer = sign_in(request.auth, cloud, tenant=request.tenant, environ=environ, tell=warn)
    if viewer.warning:
        warn(viewer.warning)
    return credential, viewer, cloud


@contextmanager
def collecting(  # noqa: PLR0913 - what is shown of it, and where
    request: LiveRequest,
    environ: Mapping[str, str],
    *,
    warn: Callable[[str], None],
    progress: Progress | None = None,
    tell: Callable[[Entry], None] | None = None,
    folder: Path | None = None,
) -> Iterator[tuple[Collection, Ended]]:
    """Sign in, ask everything, and hand on what came, which can be written down until this is left.

    Raises LoginError where nobody could sign in, UsageError for a cloud or a selection that is not there, InputError
    for an earlier collection that cannot be gone on with.
    """
    from kvaudit.sources.live.collect import Collection  # noqa: PLC0415 - azure is imported where live work starts

    credential, viewer, cloud = signed_in(request, environ, warn=warn)
    collection = Collection(
        credential,
        viewer,
        cloud,
        request.wanted,
        taken_at=request.taken_at.isoformat(timespec="seconds"),
        known_roles=built_in_roles(),
        progress=progress,
        tell=tell,
        folder=folder,
    )
    try:
        if request.resume:
            collection.resume(request.resume)
        yield collection, collection.run()
    finally:
        collection.close()
