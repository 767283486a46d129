// Which part is shown follows from the address: #findings?…, #finding-…, #vault-…, #principal-…, #matrix.
const SECTIONS = ["overview", "findings", "vaults", "principals", "matrix"];

function open(section, action = () => {}) {
  for (const name of SECTIONS) byId(name).hidden = name !== section;
  for (const link of document.querySelectorAll(".top nav a")) {
    if (link.getAttribute("href") === `#${section}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  action();
}

function route() {
  const [, name, , words = ""] = /^#?([^?]*)(\?(.*))?$/s.exec(location.hash);
  const [, kind, which] = /^(finding|vault|principal)-(.+)$/.exec(name) ?? [];
  if (kind === "finding") return open("findings", () => findings.reveal(which));
  if (kind === "vault" && data.vaults[which]) return open("vaults", () => { vaults.open(Number(which)); heading("vaults-view"); });
  if (kind === "principal" && data.principals[which]) return open("principals", () => { principals.open(Number(which)); heading("principals-view"); });
  if (name === "findings") return open("findings", () => findings.open(new URLSearchParams(words)));
  if (name === "vaults") return open("vaults", () => vaults.list());
  if (name === "principals") return open("principals", () => principals.list());
  if (name === "matrix") return open("matrix", () => matrix.prepare());
  open("overview");
  if (name && name !== "overview") byId(name)?.scrollIntoView();
}

function heading(view) {
  byId(view).querySelector("h3").focus();
  scrollTo(0, 0);
}

// Where the browser forbids a file to remember, the choice lasts as long as the page.
function remembered(theme) {
  try {
    if (theme !== undefined) localStorage.setItem("kvaudit-theme", theme);
    return localStorage.getItem("kvaudit-theme") ?? "";
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return theme ?? "";
  }
}

function dress(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  byId("theme").value = theme;
}

// On paper every part is there, in the state in which it was last seen.
function beforePrint() {
  findings.prepare();
  if (!findings.pages.items.length) findings.open(new URLSearchParams());
  if (!byId("vaults-view").firstChild) vaults.list();
  if (!byId("principals-view").firstChild) principals.list();
  if (!byId("matrix-view").firstChild) matrix.prepare();
}

for (const each of document.querySelectorAll(".scripted")) each.hidden = false;
for (const pre of document.querySelectorAll("#overview pre.command")) pre.replaceWith(copyable(pre.cloneNode(true)));
byId("theme").addEventListener("change", (event) => dress(remembered(event.target.value)));
dress(remembered());
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which part is shown
  byId("main").focus();
});
addEventListener("hashchange", route);
addEventListener("beforeprint", beforePrint);
if (!location.hash) findings.open(new URLSearchParams()); // so that it is there when it is asked for
route();
performance.mark("kvaudit-ready");
