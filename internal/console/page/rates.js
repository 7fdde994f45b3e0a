// @ts-check
// Rates as small charts, from what /metrics counts.

import { ask } from "./api.js";
import { fill, h } from "./dom.js";
import { number, t } from "./words.js";

const every = 2000;
const kept = 60;

/** What is charted: a counter's change a second, or a gauge as it stands. */
const charts = [
  { name: "ended", counter: "tourbillon_end_to_end_seconds_count" },
  { name: "deliveries", counter: "tourbillon_deliveries_total" },
  { name: "requests", counter: "tourbillon_http_request_seconds_count" },
  { name: "out", counter: "tourbillon_relay_messages_out_total" },
  { name: "watching", gauge: "tourbillon_relay_connections" },
  { name: "lag", gauge: "tourbillon_trigger_lag" },
];

/** @type {any} */ let timer = 0;
/** @type {Map<string, number> | null} */ let before = null;
/** @type {Map<string, number>} what is counted here */ let counted = new Map();
let beforeAt = 0;
/** @type {Map<string, number[]>} */
const series = new Map(charts.map((c) => [c.name, []]));

/**
 * The sums of every series, whatever its labels.
 * @param {string} text as Prometheus reads it
 * @returns {Map<string, number>}
 */
export function sums(text) {
  const all = new Map();
  for (const line of text.split("\n")) {
    const m = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)/.exec(line);
    if (m && Number.isFinite(Number(m[2]))) all.set(m[1], (all.get(m[1]) ?? 0) + Number(m[2]));
  }
  return all;
}

/**
 * What waits in each queue, the longest first.
 * @param {string} text as Prometheus reads it
 * @returns {{name: string, n: number}[]}
 */
export function queues(text) {
  const found = [...text.matchAll(/^tourbillon_trigger_lag\{trigger="([^"]*)"\} (\S+)$/gm)];
  return found.map((m) => ({ name: m[1], n: Number(m[2]) })).sort((a, b) => b.n - a.n || a.name.localeCompare(b.name));
}

/**
 * Begin to ask, and return what shows it.
 * @param {any} waiting where the queues are shown
 */
export function start(waiting) {
  stop();
  const el = h("div.charts");
  const turn = async () => {
    try {
      const text = await ask("/metrics", { text: true });
      take(sums(text));
      drawQueues(waiting, queues(text));
    } catch {
      before = null; // what was missed is no rate
    }
    if (!el.isConnected) return;
    fill(el, charts.filter((c) => counted.has(c.counter ?? c.gauge ?? "")).map(chart));
    timer = setTimeout(turn, every);
  };
  timer = setTimeout(turn, 0);
  return el;
}

/** Ask no more. */
export function stop() {
  clearTimeout(timer);
  before = null;
}

/** @param {Map<string, number>} now */
function take(now) {
  const seconds = (Date.now() - beforeAt) / 1000;
  for (const c of charts) {
    const of = /** @type {number[]} */ (series.get(c.name));
    const value = now.get(c.counter ?? c.gauge ?? "");
    if (value === undefined) continue;
    if (c.gauge) of.push(value);
    else if (before) of.push(Math.max(0, value - (before.get(c.counter ?? "") ?? 0)) / seconds);
    if (of.length > kept) of.shift();
  }
  before = counted = now;
  beforeAt = Date.now();
}

/**
 * @param {any} into
 * @param {{name: string, n: number}[]} all
 */
function drawQueues(into, all) {
  if (all.length === 0) {
    fill(into, h("p.empty", null, t("ops.noqueues")));
    return;
  }
  const idle = into.querySelector("details") ?? h("details", null, h("summary"), h("p"));
  if (!into.contains(idle)) fill(into, h("ul"), idle);
  fill(into.firstChild, all.filter((q) => q.n > 0).map((q) => {
    const bar = h("i", { "aria-hidden": "true" });
    bar.style.setProperty("--took", String(q.n / all[0].n));
    return h("li", null, h("code", null, q.name), h("span.bar", null, bar), h("b", null, number(q.n)));
  }));
  const empty = all.filter((q) => q.n === 0);
  idle.firstChild.textContent = t("ops.idle", { n: number(empty.length) });
  fill(idle.lastChild, empty.map((q) => h("code", null, q.name)));
}

/** @param {any} c */
function chart(c) {
  const values = /** @type {number[]} */ (series.get(c.name));
  const most = Math.max(...values, 0);
  const now = values.at(-1) ?? 0;
  const wide = Math.max(values.length, 12);
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 120 36");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const at = (/** @type {number} */ v, /** @type {number} */ i) => `${(120 - (values.length - 1 - i) * (120 / (wide - 1))).toFixed(1)},${(33 - (most > 0 ? v / most : 0) * 30).toFixed(1)}`;
  const points = values.map(at);
  const since = points[0]?.split(",")[0] ?? "120"; // of a rate, two counts make the first
  const area = document.createElementNS(ns, "polygon");
  area.setAttribute("points", [`${since},36`, ...points, "120,36"].join(" "));
  const line = document.createElementNS(ns, "polyline");
  line.setAttribute("points", points.join(" "));
  line.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(area, line);
  const digits = now > 0 && now < 10 ? 1 : 0;
  return h("figure", null, h("figcaption", null, t("rate." + c.name)), h("b", null, values.length > 0 ? number(now, digits) : "–"), svg, h("span.unseen", null, t("rate.now", { n: number(now, 1), most: number(most, 1) })));
}
