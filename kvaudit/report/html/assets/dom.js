// Elements made of text and attributes. No text is ever parsed: names of strangers are shown, never read as markup.
const SVG = "http://www.w3.org/2000/svg";
const LONGEST = 300; // characters of a name in a list; a finding that is open shows all of it

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function show(container, ...children) {
  container.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

function byId(id) {
  return document.getElementById(id);
}

// For those who listen: said once, without moving the focus.
function say(text) {
  byId("said").textContent = text;
}

function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

function short(text, longest = LONGEST) {
  if (text.length <= longest) return text;
  return `${text.slice(0, longest)}… (${text.length.toLocaleString("en")} characters)`;
}

function quiet(...children) {
  return el("span", { class: "quiet" }, ...children);
}

// A command with a button that copies it.
function command(text) {
  return copyable(el("pre", { class: "command", tabindex: 0 }, el("code", {}, text)));
}

function copyable(pre) {
  const button = el("button", { type: "button", class: "copy", "aria-label": "Copy command", click: () => copy(pre, button) }, "Copy");
  return el("div", { class: "copyable" }, pre, button);
}

async function copy(pre, button) {
  let copied;
  try {
    await navigator.clipboard.writeText(pre.textContent);
    copied = true;
  } catch { // no clipboard for this page: the old way, by a selection that stays for the reader
    getSelection().selectAllChildren(pre);
    copied = document.execCommand("copy");
  }
  button.textContent = copied ? "Copied" : "Selected";
  say(copied ? "Command copied" : "Command selected");
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

// Up, down, Home and End move between the like of what has the focus.
function arrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !event.target.matches(selector)) return;
    const all = [...container.querySelectorAll(selector)];
    const place = all.indexOf(event.target) + step;
    all[Math.max(0, Math.min(all.length - 1, place))].focus();
    event.preventDefault();
  });
}

// A function that runs once its caller has been silent for a moment.
function settled(action) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, 120);
  };
}
