// Who has what: by vault, and by principal, with the paths behind it.
const access = data.access;
const laidOut = access ? data.vaultLists[access.vaults] : [];
const laidOutSet = new Set(laidOut);
let byVault = null;

// Who has something on a vault, with their cells, worked out for all vaults when the first is asked for.
function holdersOf(vault) {
  if (byVault === null) {
    byVault = new Map();
    access.holders.forEach((holder, number) => {
      for (const [list, cell] of holder.held) {
        if (access.cells[cell].empty) continue;
        for (const each of data.vaultLists[list]) {
          if (!byVault.has(each)) byVault.set(each, []);
          byVault.get(each).push([number, cell]);
        }
      }
    });
  }
  return byVault.get(vault) ?? [];
}

function vaultLink(number) {
  return el("a", { href: `#vault-${number}` }, short(data.vaults[number].name));
}

function vaultNames(numbers) {
  const shown = numbers.slice(0, 200).map((number) => el("li", {}, vaultLink(number)));
  if (numbers.length > 200) shown.push(el("li", {}, `${(numbers.length - 200).toLocaleString("en")} more`));
  return el("ul", { class: "names" }, shown);
}

function principalLink(number) {
  return el("a", { href: `#principal-${number}` }, short(principalName(number)));
}

function verdictView(verdict) {
  return el("span", { class: `cell ${verdict}` }, verdict === "none" ? "nothing" : VERDICT_WORDS[verdict]);
}

function cellVerdict(cell) {
  return strongest(access.cells[cell].verdicts);
}

function cellView(cell) {
  return el("td", { class: "words" }, el("p", {}, verdictView(cellVerdict(cell))), el("ul", { class: "plain" }, access.cells[cell].words.map(([kinds, words]) => el("li", {}, el("strong", {}, kinds), `: ${short(words, 600)}`))));
}

function principalHead(number, holder) {
  const principal = data.principals[number];
  return [principalLink(number), el("br"), quiet(
    [short(principal.type, 60) || "type not known", holder?.team && `team ${short(holder.team)}`, holder?.membersUnknown && "not all of its members are known"].filter(Boolean).join(", "))];
}

// The routes of a holder to one vault, or to all.
function routesView(holder, vault) {
  const reaches = holder.reaches.filter((reach) => vault === null || data.vaultLists[reach.vaults].includes(vault));
  return el("div", { class: "routes" }, reaches.map((reach) => {
    const vaults = vault === null ? data.vaultLists[reach.vaults] : [vault];
    return el("div", {},
      vault === null ? el("p", {}, el("strong", {}, count(vaults.length, "vault")), ": ", vaultNames(vaults)) : null,
      reach.routes.map((route) => el("div", {},
        el("p", {}, verdictView(route.verdict), ` ${access.words[route.words]}`,
          route.object ? ` on ${short(route.object)} only` : null,
          route.verdict === "escalation" ? quiet(` (${CONFIDENCES[route.confidence]} confidence)`) : null),
        pathView(route.path, vaults))),
      reach.leftOut ? el("p", { class: "quiet" }, `${count(reach.leftOut, "more way")} of the same or lesser strength left out here.`) : null);
  }));
}

// Who has something on a vault, in a row of a table below which the routes open.
function holderRow(holder, cell, vault) {
  const below = el("tr", { hidden: true }, el("td", { colspan: 2 }));
  const opener = el("button", { type: "button", class: "row-opener", "aria-expanded": "false", click: () => {
    if (!below.firstChild.firstChild) below.firstChild.append(routesView(holder, vault));
    below.hidden = !below.hidden;
    opener.setAttribute("aria-expanded", !below.hidden);
  } }, "Show paths");
  return [el("tr", {}, el("th", { scope: "row" }, principalHead(holder.principal, holder), el("br"), opener), cellView(cell)), below];
}

const NOT_WORKED_OUT = "Who has what was not worked out for this report.";

const vaults = {
  list() {
    const view = byId("vaults-view");
    show(view);
    const order = data.vaults.map((_, number) => number).sort((a, b) => compareCounts(data.vaults[a].counts, data.vaults[b].counts) || a - b);
    const columns = ["Vault", ...[...SEVERITIES].reverse(), "Principals with access"];
    const rows = new Rows(el("div"), 100, "vault", "Findings of each vault by severity. 0: nothing found. –: not evaluated.", columns, (number) => this.row(number));
    view.append(searchField("Search vaults", "name or id", (typed) => {
      const wanted = matcher(typed, data.vaults);
      rows.set(order.filter((number) => !wanted || wanted.has(number)));
    }), rows.container);
    rows.set(order);
  },

  row(number) {
    const vault = data.vaults[number];
    const counts = vault.counts ?? [null, null, null, null, null];
    return el("tr", {}, el("th", { scope: "row" }, vaultLink(number)), counts.map((found, place) => {
      const severity = SEVERITIES[4 - place];
      const words = new URLSearchParams({ severity, vault: vault.id });
      return el("td", {}, found ? el("a", { href: `#findings?${words}` }, found.toLocaleString("en")) : found === 0 && vault.evaluated ? "0" : "–");
    }), el("td", {}, this.holders(number)));
  },

  holders(number) {
    if (!access || !laidOutSet.has(number)) return "not laid out here";
    const more = access.leftOutOn[number] ?? 0;
    return (holdersOf(number).length + more).toLocaleString("en") + (access.unseen[number] ? ", perhaps more" : "");
  },

  open(number) {
    const vault = data.vaults[number];
    const view = byId("vaults-view");
    const query = new URLSearchParams({ vault: vault.id });
    show(view, el("p", { class: "crumb" }, el("a", { href: "#vaults" }, "All vaults")),
      el("h3", { tabindex: -1 }, short(vault.name)), el("p", { class: "quiet mono" }, short(vault.id, 600)),
      el("p", {}, access?.networks[number] ? `Network: ${access.networks[number]}. ` : null, el("a", { href: `#findings?${query}` }, "Findings on this vault")));
    if (!vault.evaluated) view.append(el("p", { class: "card warn" }, "This vault was not evaluated: it was listed without its properties."));
    if (!access) return view.append(el("p", {}, NOT_WORKED_OUT));
    if (!laidOutSet.has(number)) {
      return view.append(el("p", { class: "card warn" }, `This page lays out the ${count(laidOut.length, "vault")} with the worst findings; this one is not among them. It is not said here that nobody has access: kvaudit access --vault shows who has.`));
    }
    if (access.unseen[number]) view.append(el("p", { class: "card warn" }, `Anybody may hold more on this vault (${access.unseen[number]}) by facts that were not given.`));
    const more = access.leftOutOn[number] ?? 0;
    if (more) view.append(el("p", { class: "card warn" }, `${count(more, "more principal")} with access to this vault left out here; kvaudit access --vault shows all.`));
    const held = [...holdersOf(number)].sort((a, b) => VERDICTS.indexOf(cellVerdict(a[1])) - VERDICTS.indexOf(cellVerdict(b[1])));
    const rows = new Rows(el("div"), 50, "principal", "Who can do what to this vault, the strongest first.", ["Principal", "What it has"],
      ([place, cell]) => holderRow(access.holders[place], cell, number));
    view.append(rows.container);
    rows.set(held);
  },
};

function compareCounts(a, b) {
  for (let place = 0; place < 5; place += 1) {
    const difference = (b?.[place] ?? -1) - (a?.[place] ?? -1);
    if (difference) return difference;
  }
  return 0;
}

const principals = {
  list() {
    const view = byId("principals-view");
    show(view);
    if (!access) return view.append(el("p", {}, NOT_WORKED_OUT));
    view.append(...leftOutWords());
    const rows = new Rows(el("div"), 100, "principal", "Everybody who has something on a vault, or could obtain it; who has most comes first.",
      ["Principal", "Strongest", "Vaults", "Through groups", "Findings"], (holder) => this.row(holder));
    view.append(searchField("Search principals", "name or id", (typed) => {
      const wanted = matcher(typed, data.principals);
      rows.set(access.holders.filter((holder) => !wanted || wanted.has(holder.principal)));
    }), rows.container);
    rows.set(access.holders);
  },

  row(holder) {
    const vaultCount = new Set(holder.held.flatMap(([list, cell]) => (access.cells[cell].empty ? [] : data.vaultLists[list]))).size;
    const found = findingsOf.get(holder.principal) ?? 0;
    const query = new URLSearchParams({ principal: data.principals[holder.principal].id });
    return el("tr", {}, el("th", { scope: "row" }, principalHead(holder.principal, holder)),
      el("td", {}, verdictView(strongest(holder.held.map(([, cell]) => cellVerdict(cell))))), el("td", {}, vaultCount.toLocaleString("en")),
      el("td", {}, holder.through.length ? el("ul", { class: "names" }, holder.through.slice(0, 10).map((group) => el("li", {}, short(principalName(group), 80))),
        holder.through.length > 10 ? el("li", {}, `${holder.through.length - 10} more`) : null) : quiet("none")),
      el("td", {}, found ? el("a", { href: `#findings?${query}` }, found.toLocaleString("en")) : "0"));
  },

  open(number) {
    const principal = data.principals[number];
    const holder = access?.holders.find((each) => each.principal === number);
    const view = byId("principals-view");
    const query = new URLSearchParams({ principal: principal.id });
    show(view, el("p", { class: "crumb" }, el("a", { href: "#principals" }, "All principals")),
      el("h3", { tabindex: -1 }, short(principalName(number))),
      el("p", { class: "quiet" }, short(principal.type, 60) || "type not known", " ", el("code", {}, short(principal.id)), holder?.team ? `, team ${short(holder.team)}` : null),
      el("p", {}, el("a", { href: `#findings?${query}` }, count(findingsOf.get(number) ?? 0, "finding")), " about this principal"));
    if (!access) return view.append(el("p", {}, NOT_WORKED_OUT));
    if (holder?.membersUnknown) view.append(el("p", { class: "card warn" }, "Not all members of this group are known: whoever they are, they have the same."));
    if (!holder) {
      const through = access.holders.filter((each) => each.through.includes(number));
      return view.append(...leftOutWords(), el("div", { class: "card" }, el("p", {}, "What this principal has is not laid out here: of a group, its members are listed instead. ", el("code", {}, "kvaudit access --groups"), " shows it."),
        through.length ? el("p", {}, `${count(through.length, "principal")} with access through it: `, el("ul", { class: "names" }, through.map((each) => el("li", {}, principalLink(each.principal))))) : null));
    }
    const held = el("div", { class: "scroll card", tabindex: 0, role: "region", "aria-label": "What it has" }, el("table", {}, el("caption", {}, "What it has, on vaults that are alike together."),
      el("thead", {}, el("tr", {}, ["Vaults", "What it has"].map((word) => el("th", { scope: "col" }, word)))),
      el("tbody", {}, holder.held.map(([list, cell]) => el("tr", {}, el("th", { scope: "row" }, el("div", { class: "long" }, vaultNames(data.vaultLists[list]))),
        cellView(cell))))));
    view.append(...leftOutWords(), held, el("h4", {}, "By these paths"), el("div", { class: "card" }, routesView(holder, null)));
  },
};

// What is not laid out, so that nothing that is missing looks like nothing.
function leftOutWords() {
  const said = [];
  if (laidOut.length < data.vaults.length) said.push(`The ${count(laidOut.length, "vault")} with the worst findings are laid out, of ${data.vaults.length.toLocaleString("en")}.`);
  if (access.leftOut) said.push(`${count(access.leftOut, "more principal")} with access left out, who have less than those shown.`);
  if (!said.length) return [];
  return [el("p", { class: "card warn" }, `${said.join(" ")} kvaudit access shows all.`)];
}
