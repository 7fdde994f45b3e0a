// @ts-check
// Elements, made in one line each.

/**
 * Make an element. A name that begins with "on" listens; "data" is an object.
 * @param {string} tag as div.card.wide
 * @param {Record<string, any> | null} [attrs]
 * @param {...any} children texts and elements; what is null or false is left out
 * @returns {any} the element
 */
export function h(tag, attrs, ...children) {
  const [name, ...classes] = tag.split(".");
  const el = document.createElement(name);
  if (classes.length > 0) el.className = classes.join(" ");
  for (const [key, value] of Object.entries(attrs ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(el.dataset, value);
    else if (key in el && key !== "list" && typeof value !== "string") /** @type {any} */ (el)[key] = value;
    else el.setAttribute(key, value === true ? "" : String(value));
  }
  el.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
  return el;
}

/**
 * @param {string} id
 * @returns {any} the element of that id
 */
export const byId = (id) => document.getElementById(id);

/**
 * Put children in place of what an element has.
 * @param {Element} el
 * @param {...any} children
 */
export function fill(el, ...children) {
  el.replaceChildren(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
}

/**
 * Have a screen reader say something.
 * @param {string} text
 */
export function say(text) {
  byId("said").textContent = text;
}

/** Whether the reader wants things to keep still. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
