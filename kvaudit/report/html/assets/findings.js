// The list of findings, with its filters; what is filtered stands in the address, so that it can be handed on.
const findings = {
  fields: {},
  ready: false,

  prepare() {
    if (this.ready) return;
    this.ready = true;
    const view = byId("findings-view");
    show(view);
    if (data.findingsLeftOut) view.append(el("p", { class: "card warn" }, `The worst ${count(data.findings.length, "finding")} are here; ${data.findingsLeftOut.toLocaleString("en")} more are left out. kvaudit scan -f json has all.`));
    if (data.findings.length) view.append(this.form());
    this.pages = new Pages(view, 50, "finding", (number) => findingView(number));
    arrows(this.pages.list, ".opener");
  },

  form() {
    const change = settled(() => this.changed());
    const { fields } = this;
    const bySeverity = (severity) => data.findings.filter((finding) => finding.severity === severity).length;
    fields.severity = SEVERITIES.map((word, severity) => el("input", { type: "checkbox", value: word, "data-count": bySeverity(severity), change }));
    const rules = Map.groupBy(data.findings, (finding) => finding.rule);
    fields.rule = el("select", { change }, el("option", { value: "" }, "all"), [...rules.keys()].sort().map((rule) =>
      el("option", { value: rule }, `${rule} (${rules.get(rule).length.toLocaleString("en")}) ${short(rules.get(rule)[0].title, 60)}`)));
    fields.confidence = el("select", { change }, el("option", { value: "" }, "any"), [...CONFIDENCES].reverse().map((word) => el("option", { value: word }, word)));
    for (const [name, placeholder] of [["vault", "name or id"], ["principal", "name or id"], ["text", "words in the finding"]]) {
      fields[name] = el("input", { type: "search", placeholder, autocomplete: "off", spellcheck: "false", input: change });
    }
    const field = (label, name) => el("label", { class: "field" }, label, fields[name]);
    const severities = [...fields.severity].reverse().map((box) => el("label", {}, box, ` ${box.value} `, quiet(Number(box.dataset.count).toLocaleString("en"))));
    return el("form", { class: "filters card", role: "search", "aria-label": "Filter findings", submit: (event) => event.preventDefault() },
      el("fieldset", {}, el("legend", {}, "Severity (none ticked: all)"), severities),
      field("Search", "text"), field("Rule", "rule"), field("Vault", "vault"), field("Principal", "principal"), field("Confidence", "confidence"),
      el("button", { type: "button", click: () => { location.hash = "#findings"; } }, "Clear filters"));
  },

  // What the fields say, as it stands in the address.
  query() {
    const query = new URLSearchParams();
    const severities = this.fields.severity.filter((box) => box.checked).map((box) => box.value);
    if (severities.length) query.set("severity", severities.join(","));
    for (const name of ["rule", "confidence", "vault", "principal", "text"]) {
      if (this.fields[name].value) query.set(name, this.fields[name].value);
    }
    return query;
  },

  changed() {
    const words = this.query().toString();
    history.replaceState(null, "", words ? `#findings?${words}` : "#findings");
    this.pages.set(this.found(this.query()));
  },

  found(query) {
    const severities = (query.get("severity") ?? "").split(",").filter(Boolean).map((word) => SEVERITIES.indexOf(word));
    const confidence = query.get("confidence");
    const vaults = matcher(query.get("vault") ?? "", data.vaults);
    const principals = matcher(query.get("principal") ?? "", data.principals);
    const words = (query.get("text") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const lists = vaults && data.vaultLists.map((list) => list.some((vault) => vaults.has(vault)));
    return data.findings.flatMap((finding, number) => {
      if (severities.length && !severities.includes(finding.severity)) return [];
      if (query.get("rule") && finding.rule !== query.get("rule")) return [];
      if (confidence && CONFIDENCES[finding.confidence] !== confidence) return [];
      if (lists && !lists[finding.vaults]) return [];
      if (principals && !principals.has(finding.principal)) return [];
      return words.every((word) => haystack(finding).includes(word) || (word.length > 7 && finding.id.startsWith(word))) ? [number] : [];
    });
  },

  // Show what an address asks for.
  open(query) {
    this.prepare();
    if (!data.findings.length) return this.pages.set([]);
    const severities = (query.get("severity") ?? "").split(",");
    for (const box of this.fields.severity) box.checked = severities.includes(box.value);
    for (const name of ["rule", "confidence", "vault", "principal", "text"]) this.fields[name].value = query.get(name) ?? "";
    this.pages.set(this.found(query));
  },

  // Open one finding, on whatever page it is.
  reveal(fingerprint) {
    const number = findingNumbers.get(fingerprint);
    this.open(new URLSearchParams());
    if (number === undefined) {
      this.pages.told.textContent = "The finding of this link is not in this report. " + this.pages.told.textContent;
      say("The finding of this link is not in this report");
      return;
    }
    this.pages.open(Math.floor(number / this.pages.size));
    const opener = byId(`finding-${fingerprint}`);
    if (opener.getAttribute("aria-expanded") === "false") opener.click();
    opener.focus({ preventScroll: true });
    opener.scrollIntoView({ block: "start" });
  },
};

function findingView(number) {
  const finding = data.findings[number];
  const severity = SEVERITIES[finding.severity];
  const detail = el("div", { class: "detail", id: `detail-${finding.id}`, hidden: true });
  const toggle = () => {
    const open = detail.hidden;
    if (open && !detail.firstChild) detail.append(...findingDetail(finding));
    detail.hidden = !open;
    opener.setAttribute("aria-expanded", open);
  };
  const aside = finding.disposition ? quiet(` ${finding.disposition}`) : null;
  const sure = finding.confidence === 2 ? null : quiet(` ${CONFIDENCES[finding.confidence]} confidence`);
  const opener = el("button", { type: "button", class: "opener", id: `finding-${finding.id}`, "aria-expanded": "false", "aria-controls": detail.id, click: toggle },
    el("span", { class: `badge ${severity}` }, severity), el("span", { class: "rule" }, finding.rule),
    el("span", { class: "title" }, short(finding.title), aside, sure), el("span", { class: "sign", "aria-hidden": "true" }, "▸"),
    el("span", { class: "line" }, short(finding.message)));
  return el("article", { class: `finding card opens ${severity}`, "aria-label": `${severity} ${finding.rule}` }, el("h3", {}, opener), detail);
}

function findingDetail(finding) {
  const rule = data.rules[finding.rule];
  const vaults = vaultsOf(finding);
  const parts = [el("p", { class: "message" }, finding.message), pathView(finding.path, vaults)];
  if (finding.note) parts.push(el("p", { class: "long" }, finding.note));
  if (finding.fix) parts.push(el("h4", {}, "What to do"), el("p", { class: "long" }, finding.fix));
  parts.push(...finding.commands.map(command));
  if (rule.why) parts.push(el("h4", {}, "Why it matters"), el("p", { class: "long" }, rule.why));
  const meta = (term, ...value) => [el("dt", {}, term), el("dd", {}, ...value)];
  const places = finding.places.slice(0, 100).map((place) => el("li", {}, el("code", {}, placeWords(place))));
  parts.push(el("dl", { class: "meta" },
    vaults.length ? meta(count(vaults.length, "vault"), el("div", { class: "long" }, vaultNames(vaults))) : null,
    finding.principal === null ? null : meta("Principal", principalLink(finding.principal), " ", quiet(el("code", {}, short(data.principals[finding.principal].id)))),
    meta("Confidence", CONFIDENCES[finding.confidence]),
    places.length ? meta("At", el("div", { class: "long" }, el("ul", { class: "names" }, places)), finding.places.length > 100 ? ` and ${finding.places.length - 100} more` : null) : null,
    rule.references.length ? meta("References", el("ul", { class: "plain" }, rule.references.map((each) => el("li", {}, reference(each))))) : null,
    Object.entries(rule.controls).map(([name, ids]) => meta(name, ids.join(", "))),
    meta("Link", el("a", { href: `#finding-${finding.id}` }, el("code", {}, `#finding-${finding.id}`)))));
  return parts.filter(Boolean);
}

// Only an address of the web becomes a link.
function reference(text) {
  return /^https:\/\/[^\s]+$/.test(text) ? el("a", { href: text, rel: "noopener noreferrer" }, text) : text;
}
