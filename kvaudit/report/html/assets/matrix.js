// The matrix: principals down, vaults across, a part of each at a time.
const matrix = {
  columns: 12,

  prepare() {
    const view = byId("matrix-view");
    show(view);
    if (!access) return view.append(el("p", {}, NOT_WORKED_OUT));
    Object.assign(this, { kind: -1, first: 0, wanted: null, across: laidOut });
    const kind = el("select", { change: (event) => { this.kind = Number(event.target.value); this.draw(); } },
      el("option", { value: -1 }, "all of it, the strongest"), access.kinds.map((word, place) => el("option", { value: place }, word)));
    const field = (label, action) => {
      const input = el("input", { type: "search", placeholder: "name or id", autocomplete: "off", spellcheck: "false" });
      input.addEventListener("input", settled(() => action(input.value)));
      return el("label", { class: "field" }, label, input);
    };
    const form = el("form", { class: "filters card", role: "search", "aria-label": "Filter the matrix", submit: (event) => event.preventDefault() },
      el("label", { class: "field" }, "Permissions", kind),
      field("Principal", (typed) => { this.wanted = matcher(typed, data.principals); this.fillRows(); }),
      field("Vault", (typed) => {
        const wanted = matcher(typed, data.vaults);
        this.across = laidOut.filter((number) => !wanted || wanted.has(number));
        this.first = 0;
        this.draw();
      }));
    const turn = (by) => () => { this.first += by * this.columns; this.draw(); say(this.where.textContent); };
    this.back = el("button", { type: "button", click: turn(-1) }, "Previous vaults");
    this.on = el("button", { type: "button", click: turn(1) }, "Next vaults");
    this.where = el("span", {});
    this.sideways = el("nav", { class: "pager", "aria-label": "Vaults of the matrix" }, this.back, this.where, this.on);
    const box = el("div");
    this.rows = new Pages(box, 50, "principal", (holder) => this.row(holder));
    this.rows.render = (items) => show(this.rows.list, this.table(items));
    this.rows.list.addEventListener("keydown", (event) => this.move(event));
    view.append(...leftOutWords(), form, this.legend(), this.sideways, box);
    this.fillRows();
  },

  legend() {
    const words = { direct: "holds it now", conditional: "under a condition that the input cannot decide", eligible: "must activate it first", escalation: "by actions of its own", unknown: "the input lacks what would decide", latent: "inert until the permission model is switched", none: "nothing, as far as is seen" };
    return el("ul", { class: "plain key", "aria-label": "What the words mean" }, VERDICTS.map((verdict) => el("li", {}, el("span", { class: `cell ${verdict}` }, VERDICT_WORDS[verdict]), ` ${words[verdict]}`)));
  },

  fillRows() {
    this.rows.set(access.holders.filter((holder) => !this.wanted || this.wanted.has(holder.principal)));
    this.draw();
  },

  draw() {
    this.first = Math.max(0, Math.min(this.first, this.across.length - 1));
    const last = Math.min(this.first + this.columns, this.across.length);
    this.sideways.hidden = this.across.length <= this.columns;
    this.back.disabled = this.first === 0;
    this.on.disabled = last === this.across.length;
    this.where.textContent = `Vaults ${(this.first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${this.across.length.toLocaleString("en")}`;
    this.rows.open(this.rows.page);
  },

  table(holders) {
    const shown = this.across.slice(this.first, this.first + this.columns);
    const caption = "What each principal has on each vault. A word leads to the paths behind it; the arrow keys move between words.";
    return el("div", { class: "scroll card", tabindex: 0, role: "region", "aria-label": "Access matrix" }, el("table", { class: "grid" }, el("caption", {}, caption),
      el("thead", {}, el("tr", {}, el("td", {}), shown.map((number) => el("th", { scope: "col" }, vaultLink(number), access.unseen[number] ? quiet(" ?") : null)))),
      el("tbody", {}, holders.map((holder) => this.row(holder)))));
  },

  row(holder) {
    const cells = new Map(holder.held.flatMap(([list, cell]) => data.vaultLists[list].map((number) => [number, cell])));
    const shown = this.across.slice(this.first, this.first + this.columns);
    return el("tr", {}, el("th", { scope: "row" }, principalHead(holder.principal, holder)), shown.map((number) => el("td", {}, this.cell(holder, number, cells.get(number)))));
  },

  cell(holder, number, cell) {
    let verdict = "none";
    if (cell !== undefined) verdict = this.kind < 0 ? cellVerdict(cell) : access.cells[cell].verdicts[this.kind];
    if (verdict === "none") return el("span", { class: "cell none" }, el("span", { "aria-hidden": "true" }, "–"), el("span", { class: "unseen" }, "nothing"));
    const words = access.cells[cell].words.map(([kinds, said]) => `${kinds}: ${said}`).join("; ");
    return el("a", { class: `cell ${verdict}`, href: `#principal-${holder.principal}`, title: short(words, 500) }, VERDICT_WORDS[verdict]);
  },

  // The arrow keys go from word to word along a row, and up and down a column.
  move(event) {
    const cell = event.target.closest("td");
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!cell || !by || !event.target.matches("a.cell")) return;
    event.preventDefault();
    const rows = cell.closest("tbody").rows;
    let [row, column] = [cell.parentNode.sectionRowIndex, cell.cellIndex];
    do {
      row += by[0];
      column += by[1];
      const word = rows[row]?.cells[column]?.querySelector("a.cell");
      if (word) return word.focus();
    } while (rows[row]?.cells[column]);
  },
};
