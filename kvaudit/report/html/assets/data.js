// What the page tells: lists that refer to one another by number.
const data = JSON.parse(byId("data").textContent);
const SEVERITIES = ["info", "low", "medium", "high", "critical"];
const CONFIDENCES = ["low", "medium", "high"];
const VERDICTS = ["direct", "conditional", "eligible", "escalation", "unknown", "latent", "none"]; // strongest first
const VERDICT_WORDS = {
  direct: "direct", conditional: "conditional", eligible: "eligible", escalation: "can obtain", unknown: "unknown",
  latent: "latent", none: "–",
};

const findingNumbers = new Map(data.findings.map((finding, number) => [finding.id, number]));
const findingsOf = new Map(); // by number of the principal
for (const finding of data.findings) {
  if (finding.principal !== null) findingsOf.set(finding.principal, (findingsOf.get(finding.principal) ?? 0) + 1);
}

function vaultsOf(finding) {
  return data.vaultLists[finding.vaults];
}

function principalName(number) {
  const principal = data.principals[number];
  return principal.name || principal.id;
}

function placeWords(number) {
  const [file, line, column] = data.places[number];
  return [file, line, column].filter((part) => part).join(":");
}

function stepsOf(path) {
  return data.paths[path].map((number) => data.steps[number]);
}

function strongest(verdicts) {
  return VERDICTS[Math.min(...verdicts.map((verdict) => VERDICTS.indexOf(verdict)))] ?? "none";
}

function searchable(...texts) {
  return texts.join("\n").toLowerCase();
}

const haystacks = new Map();

// All that a search looks through, made when a finding is first looked at.
function haystack(finding) {
  let text = haystacks.get(finding);
  if (text === undefined) {
    const who = finding.principal === null ? [] : [data.principals[finding.principal].id, data.principals[finding.principal].name];
    const vaults = vaultsOf(finding).slice(0, 50).map((number) => data.vaults[number].name);
    text = searchable(finding.rule, finding.title, finding.message, finding.fix, ...who, ...vaults);
    haystacks.set(finding, text);
  }
  return text;
}

// A test for what is typed into a field: the whole name or id of something, or else a part of one.
function matcher(typed, all) {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return null;
  const names = all.map((each) => [each.name.toLowerCase(), each.id.toLowerCase()]);
  const whole = new Set(names.flatMap(([name, id], number) => (name === wanted || id === wanted ? [number] : [])));
  if (whole.size) return whole;
  return new Set(names.flatMap(([name, id], number) => (name.includes(wanted) || id.includes(wanted) ? [number] : [])));
}
