// Elements from words. Text is always text: nothing that comes from outside is read as markup.

const SVG = "http://www.w3.org/2000/svg";

function build(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else if (name === "css") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of HTML. */
export const h = (tag, props, ...children) => build(document.createElement(tag), props, children);

/** An element of SVG. */
export const s = (tag, props, ...children) => build(document.createElementNS(SVG, tag), props, children);

/** Puts something else into an element; what is open, scrolled or has the focus stays so, by its `data-key`. */
export function replace(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset?.key : undefined;
  const open = new Map([...element.querySelectorAll("details[data-key]")].map((one) => [one.dataset.key, one.open]));
  const scrolled = [...element.querySelectorAll("[data-key]")].filter((one) => one.scrollTop || one.scrollLeft).map((one) => [one.dataset.key, one.scrollTop, one.scrollLeft]);
  element.replaceChildren(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  for (const one of element.querySelectorAll("details[data-key]")) one.open = open.get(one.dataset.key) ?? one.open;
  for (const [key, top, left] of scrolled) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.scrollTo({ top, left, behavior: "instant" });
  if (focused) element.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** The part of a panel that is drawn. */
export const body = (id) => document.querySelector(`#${id} > .panel-body`);

/** The part of a panel's head after its title. */
export function tools(id, ...children) {
  const head = document.querySelector(`#${id} > .panel-head`);
  head.querySelector(".tools")?.remove();
  head.append(h("div", { class: "tools" }, ...children));
}

/** A choice of a few, as radio buttons: arrows and Tab work as in any form. */
export function choice(name, label, options, chosen, choose) {
  return h("fieldset", { class: "choice" }, h("legend", { class: "hidden-text" }, label),
    options.map(([value, word]) => h("label", {},
      h("input", { type: "radio", name, value, checked: value === chosen, "data-key": `${name}-${value}`, on: { change: () => choose(value) } }),
      h("span", {}, word))));
}

/** What a panel says where it has nothing to show. */
export const nothing = (title, detail) => h("div", { class: "nothing" },
  h("strong", {}, title), detail ? h("p", {}, detail) : null);

/** A table that says in numbers what a picture shows. */
export function numbers(key, caption, columns, rows) {
  return h("details", { class: "numbers", "data-key": key },
    h("summary", { "data-key": `${key}-summary` }, "As a table"),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption, "data-key": `${key}-scroll` },
      h("table", {}, h("caption", { class: "hidden-text" }, caption),
        h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col" }, column)))),
        h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, place) => place === 0 ? h("th", { scope: "row" }, cell) : h("td", {}, cell))))))));
}

/** What to show instead of an answer that is not there; `null` where it is. */
export function missing(question, what) {
  if (question?.data) return null;
  if (!question || question.status === "loading") return h("div", { class: "skeleton skeleton-block" });
  if (question.status === "away") return nothing(`${what}: no connection`, "It is shown as soon as the gateway answers.");
  return nothing(`${what}: not available`, question.note);
}
