// A path as a picture: a box for each step, in rows that fit the width, with arrows from each to the next.
const KINDS = {
  principal: ["Principal", "who"], membership: ["Group", "who"], assignment: ["Role assignment", "given"],
  policy: ["Access policy", "given"], eligibility: ["Eligible role", "given"], activation: ["Activated role", "given"],
  ownership: ["Ownership", "given"], directoryRole: ["Directory role", "given"], appRole: ["Application permission", "given"],
  scope: ["Scope", "scope"], action: ["Action", "does"], condition: ["Condition", "bound"], gap: ["Note", "bound"],
  alike: ["Alike", "bound"], vault: ["Key vault", "vault"], vaults: ["Key vaults", "vault"],
};
const BOX = { least: 172, most: 340, gap: 32, rows: 30, pad: 12, line: 18, lines: 6 };
const ruler = document.createElement("canvas").getContext("2d");

// The boxes of a path. A scope stands by itself; where a path ends before its vaults, these are added.
function boxesOf(steps, vaults) {
  const boxes = [];
  for (const step of steps) {
    const file = step.place === undefined ? "" : placeWords(step.place);
    const text = step.scope ? step.text.replace(` at ${step.scope}`, "") : step.text;
    boxes.push({ kind: step.kind, text, place: file.slice(file.lastIndexOf("/") + 1) });
    if (step.scope) boxes.push({ kind: "scope", text: step.scope, place: "" });
  }
  if (vaults.length && steps.at(-1)?.kind !== "vault") {
    const names = vaults.slice(0, 3).map((number) => data.vaults[number].name).join(", ");
    const more = vaults.length > 3 ? ` and ${(vaults.length - 3).toLocaleString("en")} more` : "";
    boxes.push({ kind: vaults.length === 1 ? "vault" : "vaults", text: names + more, place: "" });
  }
  return boxes;
}

// Text broken into lines of a width; a word that is too long is broken too, and what is too much is cut.
function broken(text, width, most) {
  const lines = [""];
  for (const word of text.slice(0, 600).split(/(?<=[\s/,-])/)) {
    let rest = word;
    while (rest) {
      if (ruler.measureText((lines.at(-1) + rest).trimEnd()).width <= width) {
        lines[lines.length - 1] += rest;
        break;
      }
      if (lines.at(-1)) {
        lines.push("");
      } else {
        let end = rest.length;
        while (end > 1 && ruler.measureText(rest.slice(0, end)).width > width) end -= 1;
        lines[lines.length - 1] = rest.slice(0, end);
        rest = rest.slice(end);
        if (rest) lines.push("");
      }
    }
    if (lines.length > most + 1) break;
  }
  if (lines.length <= most && text.length <= 600) return lines;
  return [...lines.slice(0, most - 1), `${lines[most - 1] ?? ""}`.slice(0, -1) + "…"];
}

// As much of the end of a text as fits a width: of a place, the line is worth more than how its file's name begins.
function ending(text, width) {
  if (ruler.measureText(text).width <= width) return text;
  let start = Math.max(1, text.length - 80);
  while (start < text.length && ruler.measureText(`…${text.slice(start)}`).width > width) start += 1;
  return `…${text.slice(start)}`;
}

function draw(boxes, width, label) {
  const most = Math.max(1, Math.min(boxes.length, Math.floor((width + BOX.gap) / (BOX.least + BOX.gap))));
  const columns = Math.ceil(boxes.length / Math.ceil(boxes.length / most)); // rows of about the same length
  const wide = Math.min(columns === 1 ? width : BOX.most, Math.floor((width - BOX.gap * (columns - 1)) / columns));
  const picture = svg("svg", { role: "img", "aria-label": label });
  let top = 2;
  let before = null;
  for (let first = 0; first < boxes.length; first += columns) {
    const row = boxes.slice(first, first + columns).map((box) => measured(box, wide));
    const high = Math.max(...row.map((box) => box.high));
    row.forEach((box, column) => {
      const at = { left: 1 + column * (wide + BOX.gap), top, wide, high };
      if (before) picture.append(...arrow(before, at));
      picture.append(drawn(box, at));
      before = at;
    });
    top += high + BOX.rows;
  }
  const whole = 2 + columns * wide + (columns - 1) * BOX.gap;
  const tall = top - BOX.rows + 4;
  return fill(picture, { viewBox: `0 0 ${whole} ${tall}`, width: whole, height: tall }, []);
}

function measured(box, wide) {
  ruler.font = '13px system-ui, "Segoe UI", "DejaVu Sans", sans-serif';
  const lines = broken(box.text, wide - 2 * BOX.pad - 6, BOX.lines);
  ruler.font = '11px ui-monospace, "DejaVu Sans Mono", monospace';
  const place = ending(box.place, wide - 2 * BOX.pad - 6);
  return { ...box, lines, place, high: 2 * BOX.pad + 18 + lines.length * BOX.line + (place ? 17 : 0) };
}

function drawn(box, { left, top, wide, high }) {
  const [word, family] = KINDS[box.kind] ?? [box.kind, "bound"];
  const inside = left + BOX.pad + 6;
  const texts = box.lines.map((line, number) => svg("text", { class: "words", x: inside, y: top + BOX.pad + 30 + number * BOX.line }, line));
  return svg("g", { class: `kind-${family}` },
    svg("rect", { class: "box", x: left, y: top, width: wide, height: high, rx: 7 }),
    svg("rect", { class: "side", x: left, y: top, width: 5, height: high, rx: 2.5 }),
    svg("text", { class: "kind", x: inside, y: top + BOX.pad + 9 }, word),
    texts,
    box.place ? svg("text", { class: "place", x: inside, y: top + high - BOX.pad + 2 }, box.place) : null,
  );
}

// From the right side of a box to the left of the next, or from below it to the beginning of the next row.
function arrow(from, to) {
  if (to.top === from.top) {
    const [start, end, y] = [from.left + from.wide, to.left, from.top + from.high / 2];
    return [svg("path", { class: "arrow", d: `M${start + 3} ${y}H${end - 8}` }),
      svg("path", { class: "head", d: `M${end - 2} ${y}l-9 -5v10z` })];
  }
  const [x, start, end, target] = [from.left + from.wide / 2, from.top + from.high, to.top, to.left + to.wide / 2];
  const middle = (start + end) / 2 - 2;
  return [svg("path", { class: "arrow", d: `M${x} ${start + 3}V${middle}H${target}V${end - 8}` }),
    svg("path", { class: "head", d: `M${target} ${end - 2}l-5 -9h10z` })];
}

const drawings = new Map(); // what is on the page, to be drawn anew at another width
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) redraw(target);
});

function redraw(target) {
  const drawing = drawings.get(target);
  if (!target.isConnected) {
    widths.unobserve(target);
    drawings.delete(target);
  } else if (target.clientWidth && drawing.width !== target.clientWidth) {
    drawing.width = target.clientWidth;
    show(target, draw(drawing.boxes, drawing.width, drawing.label));
  }
}

// A path: the picture, and the same as text with file and line.
function pathView(path, vaults) {
  const steps = stepsOf(path);
  if (!steps.length) return null;
  const boxes = boxesOf(steps, vaults);
  const target = el("div", { class: "picture" });
  const label = `Path: ${boxes.map((box) => short(box.text, 120)).join(", then ")}`;
  drawings.set(target, { boxes, label, width: 0 });
  widths.observe(target);
  const told = el("ol", { class: "steps" }, steps.map((step) => el("li", {},
    el("span", {}, step.text), step.ref ? quiet(" [", el("code", {}, step.ref), "]") : null,
    step.place === undefined ? null : quiet(" ", el("code", {}, placeWords(step.place))))));
  return el("div", {}, target, el("details", {}, el("summary", {}, "Steps as text, with file and line"), el("div", { class: "long" }, told)));
}
