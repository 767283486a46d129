// A long list a page at a time: as many elements as one can read, whatever its length.
class Pages {
  constructor(container, size, noun, item) {
    Object.assign(this, { container, size, noun, item, items: [], page: 0 });
    this.told = el("p", {});
    this.list = el("div", { class: "list" });
    this.pagers = [this.pager(), this.pager()];
    container.append(el("div", { class: "listhead" }, this.told, this.pagers[0].view), this.list, el("div", { class: "listhead" }, el("span", {}), this.pagers[1].view));
  }

  pager() {
    const turn = (by) => () => {
      this.open(this.page + by);
      this.told.scrollIntoView({ block: "nearest" });
      say(this.words());
    };
    const back = el("button", { type: "button", click: turn(-1) }, "Previous");
    const on = el("button", { type: "button", click: turn(1) }, "Next");
    const where = el("span", {});
    return { back, on, where, view: el("nav", { class: "pager", "aria-label": `Pages of ${this.noun}s` }, back, where, on) };
  }

  words() {
    const total = count(this.items.length, this.noun);
    if (this.items.length <= this.size) return total;
    const first = this.page * this.size;
    return `${total}, shown ${(first + 1).toLocaleString("en")} to ${Math.min(first + this.size, this.items.length).toLocaleString("en")}`;
  }

  set(items, place = 0) {
    this.items = items;
    this.open(Math.floor(place / this.size));
    say(this.words());
  }

  open(page) {
    const last = Math.max(0, Math.ceil(this.items.length / this.size) - 1);
    this.page = Math.max(0, Math.min(last, page));
    this.told.textContent = this.words();
    for (const { back, on, where, view } of this.pagers) {
      view.hidden = last === 0;
      back.disabled = this.page === 0;
      on.disabled = this.page === last;
      where.textContent = `Page ${(this.page + 1).toLocaleString("en")} of ${(last + 1).toLocaleString("en")}`;
    }
    const first = this.page * this.size;
    this.render(this.items.slice(first, first + this.size));
  }

  render(items) {
    show(this.list, items.map(this.item));
  }
}

// The same as a table, with a caption and a head for each column.
class Rows extends Pages {
  constructor(container, size, noun, caption, columns, item) {
    super(container, size, noun, item);
    Object.assign(this, { caption, columns });
  }

  render(items) {
    show(this.list, el("div", { class: "scroll card", tabindex: 0, role: "region", "aria-label": this.caption }, el("table", {},
      el("caption", {}, this.caption),
      el("thead", {}, el("tr", {}, this.columns.map((column) => el("th", { scope: "col" }, column)))),
      el("tbody", {}, items.map(this.item)))));
  }
}

// A field to search a list by name or id, which is told what is typed when the typing pauses.
function searchField(label, placeholder, action) {
  const input = el("input", { type: "search", placeholder, autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", settled(() => action(input.value)));
  return el("div", { class: "filters" }, el("label", { class: "field wide" }, label, input));
}
