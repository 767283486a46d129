"""An az that answers from a snapshot of kvaudit, as far as the script for offline collection asks: run as a program.

Its folder is named by FAKE_AZURE: snapshot.json holds the estate, faults.json what goes wrong, log.jsonl receives every
command. Query and output are az's own: jmespath, and the formatter of knack.
"""

import json
import os
import re
import sys
import time
from collections import OrderedDict
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import jmespath
from knack.output import format_tsv
from knack.util import CommandResultItem

ARM, GRAPH = "https://management.azure.com", "https://graph.microsoft.com"
CLOUD = {
    "name": "AzureCloud",
    "endpoints": {"resourceManager": f"{ARM}/", "microsoftGraphResourceId": f"{GRAPH}/"},
}
FOLDER = Path(os.environ["FAKE_AZURE"])
OF_GRAPH = {"User": "user", "Group": "group", "ServicePrincipal": "servicePrincipal"}


class RefusedError(Exception):
    """An answer that is no success."""

    def __init__(self, reason, code, message=""):
        super().__init__(f"{reason}({json.dumps({'error': {'code': code, 'message': message or code}})})")


class Tenant:
    """What Resource Manager and Graph say of a snapshot."""

    def __init__(self, snapshot):
        self.all = snapshot
        self.above = {
            each["id"].split("/")[2]: each.get("managementGroupAncestors", []) for each in self.rows("subscriptions")
        }

    def rows(self, section):
        return self.all.get(section, [])

    def around(self, section, subscription):
        """What is above, at and below a subscription."""
        groups = [f"/providers/Microsoft.Management/managementGroups/{each}" for each in self.above[subscription]]
        own = f"/subscriptions/{subscription}"
        return [
            row
            for row in self.rows(section)
            if row["properties"]["scope"] in ("/", own, *groups) or row["properties"]["scope"].startswith(f"{own}/")
        ]

    def inside(self, section, prefix):
        return [row for row in self.rows(section) if row["id"].lower().startswith(prefix.lower() + "/")]

    def arm(self, path, query):
        own = re.fullmatch(r"/subscriptions/([^/]+)/(?:providers/)?(.+)", path)
        if path == "/subscriptions":
            return {"value": [self.subscription(each) for each in self.rows("subscriptions")]}
        if path == "/providers/Microsoft.Management/getEntities":
            return {"value": [self.entity(each) for each in self.rows("subscriptions")]}
        if match := re.fullmatch(r"(.*)/providers/Microsoft.Insights/diagnosticSettings", path):
            return {"value": self.inside("diagnosticSettings", match[1])}
        if match := re.fullmatch(r"(.*)/providers/Microsoft.Authorization/roleManagementPolicyAssignments", path):
            return {"value": [row for row in self.rows("rolePolicies") if row["properties"]["scope"] == match[1]]}
        if vault := next((row for row in self.rows("vaults") if row["id"] == path), None):
            return vault
        return {"value": self.of_subscription(own[1], own[2], query)}

    def of_subscription(self, subscription, kind, query):
        prefix = f"/subscriptions/{subscription}"
        scoped = {
            "Microsoft.Authorization/roleAssignments": "roleAssignments",
            "Microsoft.Authorization/denyAssignments": "denyAssignments",
            "Microsoft.Authorization/roleEligibilityScheduleInstances": "roleEligibilities",
            "Microsoft.Authorization/roleAssignmentScheduleInstances": "roleActivations",
        }
        resources = self.inside("resources", prefix)
        identities = [row for row in resources if row["type"].endswith("/userAssignedIdentities")]
        if kind in scoped:
            return self.around(scoped[kind], subscription)
        if kind == "Microsoft.Authorization/roleDefinitions":
            return self.rows("roleDefinitions") if "CustomRole" in query["$filter"][0] else []
        return {
            "Microsoft.KeyVault/vaults": lambda: self.inside("vaults", prefix),
            "Microsoft.Authorization/locks": lambda: self.inside("locks", prefix),
            "Microsoft.ManagedServices/registrationAssignments": lambda: self.inside("delegations", prefix),
            "Microsoft.ManagedIdentity/userAssignedIdentities": lambda: identities,
            "Microsoft.ContainerService/managedClusters": list,
            "resources": lambda: [{**row, "properties": None} for row in resources],
        }[kind]()

    def subscription(self, row):
        identifier = row["id"].split("/")[2]
        return {"id": row["id"], "subscriptionId": identifier, "displayName": row["displayName"], "state": "Enabled"}

    def entity(self, row):
        chain = row.get("managementGroupAncestors", [])[::-1]
        properties = {"displayName": row["displayName"], "parentNameChain": chain}
        return {"id": row["id"], "type": "/subscriptions", "name": row["id"].split("/")[2], "properties": properties}

    def graph(self, path, body):
        if path == "/directoryRoles":
            return {"value": [{"id": "0", "roleTemplateId": row["role"]} for row in self.rows("directoryRoles")]}
        if path == "/directoryObjects/getByIds":
            wanted = set(json.loads(body)["ids"])
            return {"value": [self.principal(row) for row in self.rows("principals") if row["id"] in wanted]}
        if path.endswith("/appRoleAssignedTo"):
            return {"value": self.rows("appRoleAssignments")}
        if match := re.fullmatch(r"/applications\(appId='(.+)'\)", path):
            return self.application(match[1])
        kind, identifier, what = re.fullmatch(
            r"/(\w+)(?:/|\(roleTemplateId=')([0-9a-f-]+)(?:'\))?/(\w+)", path
        ).groups()
        section, key = {"owners": ("owners", "object"), "members": ("groupMembers", "group")}[what]
        if kind == "directoryRoles":
            section, key = "directoryRoles", "role"
        found = [row[what] for row in self.rows(section) if row[key] == identifier]
        return {"value": [{"@odata.type": "#microsoft.graph.user", "id": each} for ids in found for each in ids]}

    def principal(self, row):
        told = {key: value for key, value in row.items() if key != "type"}
        return {"@odata.type": f"#microsoft.graph.{OF_GRAPH[row['type']]}", **told, "mobilePhone": "+47 1234"}

    def application(self, app_id):
        for row in self.rows("applications"):
            if row["appId"] == app_id:
                owners = [each["owners"] for each in self.rows("owners") if each["object"] == row["id"]]
                return {**row, "owners": [{"id": each} for ids in owners for each in ids]}
        raise RefusedError("Not Found", "Request_ResourceNotFound")


def rest(options):
    """What az rest answers: a decoded body, or text that is none."""
    url = options["--url"]
    parts = urlsplit(url if "://" in url else ARM + url)
    faults = json.loads((FOLDER / "faults.json").read_text(encoding="utf-8"))
    for fault in faults.get("faults", ()):
        if fault["url"] in unquote(url):
            if "hang" in fault:
                (FOLDER / "hanging").touch()
                time.sleep(fault["hang"])
            if "refused" in fault:
                raise RefusedError(*fault["refused"])
            return fault["body"]
    tenant = Tenant(json.loads((FOLDER / "snapshot.json").read_text(encoding="utf-8")))
    query = parse_qs(parts.query)
    path = unquote(parts.path)
    is_graph = parts.netloc == "graph.microsoft.com"
    body = tenant.graph(path.removeprefix("/v1.0"), options.get("--body")) if is_graph else tenant.arm(path, query)
    size = faults.get("page")
    if size and isinstance(body.get("value"), list):
        begin = int(query.get("$skiptoken", ["0"])[0])
        rest = body["value"][begin + size :]
        again = re.sub(r"&\$skiptoken=\d+", "", url)
        more = {"@odata.nextLink" if is_graph else "nextLink": f"{again}&$skiptoken={begin + size}"} if rest else {}
        body = {"value": body["value"][begin : begin + size], **more}
    return body


def answer(command, options):
    """What a command answers."""
    if command == "rest":
        return rest(options)
    if command == "cloud show":
        return CLOUD
    if command == "account show":
        if json.loads((FOLDER / "faults.json").read_text(encoding="utf-8")).get("logged out"):
            raise RefusedError("Please run 'az login' to setup account.", "none")
        return json.loads((FOLDER / "snapshot.json").read_text(encoding="utf-8"))
    raise RefusedError("unexpected command", command)


def main(arguments):
    arguments = [Path(each[1:]).read_text(encoding="utf-8") if each[:1] == "@" else each for each in arguments]
    with (FOLDER / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(arguments) + "\n")
    first = next((at for at, each in enumerate(arguments) if each.startswith("-")), len(arguments))
    command = " ".join(arguments[:first])
    options = dict(zip(arguments[first::2], arguments[first + 1 :: 2], strict=True))
    try:
        body = answer(command, options)
    except RefusedError as refused:
        print(f"ERROR: {refused}", file=sys.stderr)
        return 1
    if isinstance(body, str):  # as az rest does where an answer is no JSON
        print("WARNING: Not a json response, outputting to stdout.", file=sys.stderr)
        print(body)
        return 0
    found = jmespath.search(options["--query"], body, jmespath.Options(OrderedDict))
    if found is not None:
        sys.stdout.write(format_tsv(CommandResultItem(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
