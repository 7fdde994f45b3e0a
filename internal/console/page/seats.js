// @ts-check
// The departures, with their seats as they stand.

import { all } from "./api.js";
import { byId, fill, h, say } from "./dom.js";
import { clock, day, money, t } from "./words.js";

/** @type {Map<string, any>} departures by id */
const known = new Map();
/** @type {Map<string, any>} tours by id */
const tours = new Map();
/** @type {Map<string, {card: HTMLElement, draw: () => void}>} */
const drawn = new Map();
/** What is chosen to be booked, for whoever listens. */
let choose = (/** @type {any} */ _d) => {};

/** @param {string} id */
export const departure = (id) => known.get(id);

/** @param {string} id */
export const tour = (id) => tours.get(id) ?? { name: id, city: "" };

/** @param {any} d */
export const when = (d) => `${day(d.startsAt, d.timeZone)}, ${clock(d.startsAt, d.timeZone)}`;

/**
 * Draw the departures and keep them as they stand.
 * @param {any} relay
 * @param {(d: any) => void} chosen
 */
export async function start(relay, chosen) {
  choose = chosen;
  await load();
  relay.watch("tours", (/** @type {any} */ v) => change(v.data));
  relay.on("members", async (/** @type {string} */ _g, /** @type {string[]} */ topics) => {
    if (topics.some((topic) => !known.has(topic.slice("departure:".length)))) await load();
  });
}

/** Read what is on sale. */
async function load() {
  const [places, list] = await Promise.all([all("/tours", "tours"), all("/departures", "departures", 200)]);
  for (const one of places) tours.set(one.id, one);
  for (const one of list) {
    const had = known.get(one.id);
    known.set(one.id, had && had.version > one.version ? { ...one, ...counters(had), version: had.version } : one);
  }
  draw();
}

/** @param {any} d */
const counters = (d) => ({ capacity: d.capacity, held: d.held, sold: d.sold, available: d.available });

/** Draw all, anew. */
export function draw() {
  drawn.clear();
  const list = [...known.values()].sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  fill(byId("departures"), list.length === 0 ? h("p.empty", null, t("dep.none")) : list.map(card));
  byId("departures").removeAttribute("aria-busy");
}

/**
 * A departure stands otherwise.
 * @param {any} data
 */
function change(data) {
  const d = known.get(data.id);
  if (!d) return;
  const before = d.available;
  Object.assign(d, counters(data));
  drawn.get(d.id)?.draw();
  if (before !== d.available && document.querySelector(`[data-departure="${CSS.escape(d.id)}"]`)?.matches("[aria-current]")) {
    say(`${tour(d.tourId).name}: ${t("dep.seats", { free: d.available, all: d.capacity, held: d.held, sold: d.sold })}`);
  }
}

/** @param {any} d */
function card(d) {
  const place = tour(d.tourId);
  const count = h("span.count");
  const label = h("span.left");
  const parts = h("p.parts");
  const map = h("div.seats", { role: "img" });
  const button = h("button.go", { type: "button", "aria-label": t("dep.bookfor", { tour: place.name, when: when(d) }), onclick: () => choose(d) }, t("dep.book"));
  const el = h("article.card", { data: { departure: d.id } },
    h("div.head", null,
      h("p.city", null, place.city),
      h("h2", null, place.name),
      h("p.when", null, h("time", { datetime: d.startsAt }, when(d)), h("span.price", null, `${money(d.price)} ${t("dep.each")}`))),
    h("div.stand", null, h("p.free", null, count, label), parts),
    map,
    h("div.foot", null, h("p.meet", null, place.meetingPoint ? t("dep.meet", { place: place.meetingPoint }) : ""), button));
  const redraw = () => {
    const out = d.available === 0;
    if (count.textContent && count.textContent !== String(d.available)) pulse(el, d.available < Number(count.textContent));
    count.textContent = String(d.available);
    label.textContent = out ? t("dep.soldout") : t(d.available === 1 ? "dep.left1" : "dep.left");
    fill(parts, h("span", null, t("dep.of", { n: d.capacity })), d.held > 0 && h("span.held", null, t(d.held === 1 ? "dep.held1" : "dep.held", { n: d.held })), d.sold > 0 && h("span.sold", null, t(d.sold === 1 ? "dep.sold1" : "dep.sold", { n: d.sold })));
    el.classList.toggle("few", !out && d.available <= Math.max(2, d.capacity / 10));
    el.classList.toggle("out", out);
    button.disabled = out || (d.state && d.state !== "open");
    button.textContent = d.state && d.state !== "open" ? t("dep.closed") : t("dep.book");
    seats(map, d);
  };
  drawn.set(d.id, { card: el, draw: redraw });
  redraw();
  return el;
}

/**
 * The seats, one dot each: sold ones first, then those held. Of a great many, a
 * dot is several.
 * @param {HTMLElement} map
 * @param {any} d
 */
function seats(map, d) {
  map.setAttribute("aria-label", t("dep.seats", { free: d.available, all: d.capacity, held: d.held, sold: d.sold }));
  const each = Math.ceil(d.capacity / 60);
  const dots = Math.ceil(d.capacity / each);
  while (map.children.length > dots) map.lastChild?.remove();
  while (map.children.length < dots) map.append(h("i"));
  const sold = Math.ceil(d.sold / each);
  const held = Math.ceil((d.sold + d.held) / each);
  [...map.children].forEach((dot, i) => { dot.className = i < sold ? "sold" : i < held ? "held" : ""; });
}

/**
 * @param {HTMLElement} el
 * @param {boolean} fell
 */
function pulse(el, fell) {
  el.classList.remove("fell", "rose");
  void el.offsetWidth; // so that it begins anew
  el.classList.add(fell ? "fell" : "rose");
}

/**
 * Mark what is chosen.
 * @param {string} id
 */
export function mark(id) {
  for (const { card: el } of drawn.values()) {
    if (el.dataset.departure === id) el.setAttribute("aria-current", "true");
    else el.removeAttribute("aria-current");
  }
}
