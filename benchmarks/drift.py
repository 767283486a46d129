"""Copy an estate as it would look a while later: a few assignments, members and policies more, and a few less.

    python benchmarks/drift.py FOLDER COPY

The same estate gives the same copy.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def main() -> None:
    """Run the script."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("copy", type=Path)
    options = parser.parse_args()
    if options.copy.exists():
        shutil.rmtree(options.copy)
    shutil.copytree(options.folder, options.copy)
    drift(options.copy, random.Random(7))


def drift(folder: Path, chance: random.Random) -> None:
    """Change an estate in place."""
    members = folder / "group-members.json"
    _edit(members, lambda groups: _swap_members(groups, chance))
    files = sorted((folder / "role-assignments").iterdir())
    for file in chance.sample(files, min(3, len(files))):
        _edit(file, lambda rows: _assign(rows, chance))
    vaults = sorted((folder / "vaults").iterdir())
    for file in chance.sample(vaults, min(3, len(vaults))):
        _edit(file, lambda rows: _change_policies(rows, chance))


def _edit(file: Path, change: Callable[[Any], None]) -> None:
    document = msgspec.json.decode(file.read_bytes())
    change(document)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))


def _swap_members(groups: list[dict[str, Any]], chance: random.Random) -> None:
    """Some leave one group and join another."""
    filled = [group for group in groups if len(group["members"]) > 1]
    for _ in range(min(5, len(filled) // 2)):
        left, joined = chance.sample(filled, 2)
        member = left["members"].pop()
        if member not in joined["members"]:
            joined["members"].append(member)


def _assign(rows: list[dict[str, Any]], chance: random.Random) -> None:
    """Somebody becomes owner of the subscription; some assignments of vaults' roles go."""
    subscription = "/".join(next(row for row in rows if "/resourceGroups/" in row["scope"])["scope"].split("/")[:3])
    about_vaults = [row for row in rows if row["roleDefinitionName"].startswith("Key Vault")]
    for row in chance.sample(about_vaults, min(3, len(about_vaults))):
        rows.remove(row)
    new = dict(chance.choice(rows))
    new |= {"name": "0d00f7b1-205f-42f7-88c1-d781b972e776", "scope": subscription, "roleDefinitionName": "Owner"}
    new["roleDefinitionId"] = f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"
    new["id"] = f"{subscription}/providers/Microsoft.Authorization/roleAssignments/{new['name']}"
    rows.append(new)


def _change_policies(rows: Any, chance: random.Random) -> None:
    """An entry of an access policy goes, another may purge."""
    for vault in _some(rows, chance):
        entries = vault["properties"].get("accessPolicies") or []
        if len(entries) > 1:
            entries.pop()
            entries[0]["permissions"]["secrets"] = ["get", "list", "purge"]


def _some(rows: Any, chance: random.Random) -> Iterator[dict[str, Any]]:
    listed = rows["value"] if isinstance(rows, dict) and "value" in rows else rows
    listed = listed if isinstance(listed, list) else [listed]
    yield from chance.sample(listed, min(3, len(listed)))


if __name__ == "__main__":
    main()
