// @ts-check
// A booking's saga, drawn as it happens: the way forward, and under each step
// what undid it.

import { fill, h, still } from "./dom.js";
import { lasted, moment, t } from "./words.js";

/** The steps of the way forward, and the facts that tell of them. */
const steps = [
  { name: "request", done: "booking.requested" },
  { name: "seats", done: "tour.spots.reserved", no: "tour.spots.rejected", undo: ["tour.spots.released"] },
  { name: "create", done: "booking.created" },
  { name: "pay", begun: "payment.initiated", done: "payment.succeeded", no: "payment.failed", undo: ["payment.voided", "payment.refunded", "payment.refund.failed"] },
  { name: "confirm", done: "booking.confirmed", undo: ["booking.cancelled", "booking.rejected", "booking.expired"] },
  { name: "sold", done: "tour.spots.sold", undo: ["tour.spots.released"] },
];
const ends = new Set(["CONFIRMED", "CANCELLED", "REJECTED", "EXPIRED", "COMPLETED"]);
const bad = new Set(["tour.spots.rejected", "payment.failed", "payment.refund.failed", "notification.failed"]);
const undoes = new Set(["booking.cancelled", "booking.rejected", "booking.expired", "payment.voided", "payment.refunded", "tour.spots.released"]);

/** Whether nothing more is to be expected of a booking by itself. */
export const ended = (/** @type {any} */ b) => ends.has(b.status) && b.timeline.at(-1)?.event.startsWith("notification.");

/** Between two steps that are drawn: what happens within milliseconds is to be seen. */
const pace = 190;

/** A drawing of a saga. Add its `el` to the page, and tell it what is known. */
export class Drawing {
  constructor() {
    this.el = h("div.saga");
    /** @type {any} */ this.booking = null;
    this.shown = 0;
    /** What was drawn before, and does not arrive again: @type {Set<string>} */ this.seen = new Set();
    /** @type {any} */ this.timer = 0;
  }

  /**
   * What is known of the booking now.
   * @param {any} booking
   * @param {boolean} [atOnce]
   */
  update(booking, atOnce = false) {
    this.booking = booking;
    if (atOnce || still()) this.shown = booking.timeline.length;
    this.step(atOnce);
  }

  /**
   * Draw one fact more.
   * @param {boolean} [quietly] nothing of it arrives
   */
  step(quietly = false) {
    clearTimeout(this.timer);
    const left = this.booking.timeline.length - this.shown;
    if (left > 0) this.shown++;
    this.draw(quietly);
    if (left > 1) this.timer = setTimeout(() => this.step(), pace);
  }

  /** @param {boolean} [quietly] */
  draw(quietly = false) {
    const b = this.booking;
    if (!b) return;
    const facts = b.timeline.slice(0, this.shown);
    const whole = facts.length === b.timeline.length;
    this.el.dataset.status = whole ? b.status : "PENDING";
    fill(this.el, rail(b, facts, whole), facts.length > 0 && timeline(facts, this.el.querySelector("details")?.open ?? true));
    for (const el of this.el.querySelectorAll("[data-step], [data-event]")) {
      const is = `${el.tagName} ${el.dataset.step} ${el.dataset.state} ${el.dataset.event} ${el.dataset.nth}`;
      if (!quietly && !this.seen.has(is)) el.dataset.fresh = "";
      this.seen.add(is);
    }
  }
}

/**
 * A fact in words. Where no charge went through there was none to void.
 * @param {any} f
 * @param {any[]} facts
 */
function told(f, facts) {
  const charged = facts.some((one) => one.event === "payment.succeeded") || !facts.some((one) => one.event === "payment.failed");
  return t(f.event === "payment.voided" && !charged ? "event.payment.none" : "event." + f.event);
}

/**
 * The steps, and under them what was undone.
 * @param {any} b
 * @param {any[]} facts
 * @param {boolean} whole
 */
function rail(b, facts, whole) {
  const last = new Map(facts.map((f) => [f.event, f]));
  const over = [...undoes].some((e) => last.has(e)) || last.has("payment.failed") || last.has("tour.spots.rejected");
  let waiting = !over && !(whole && ends.has(b.status));
  const list = h("ol.rail", { "aria-label": t("saga.way") });
  steps.forEach((s, i) => {
    const done = last.get(s.done);
    const no = s.no && last.get(s.no);
    const begun = s.begun && last.get(s.begun);
    const given = s.name === "seats" ? !last.has("tour.spots.sold") : s.name !== "sold" || done; // seats come back from where they were
    const undone = given ? (s.undo ?? []).map((e) => last.get(e)).filter(Boolean) : [];
    const isNow = !done && !no && waiting;
    if (isNow) waiting = false;
    const state = no && !done ? "failed" : done ? (undone.length > 0 ? "undone" : "done") : isNow ? "now" : over ? "skipped" : "waits";
    const fact = done ?? no ?? begun;
    const item = h("li", { data: { step: s.name, state } },
      h("span.dot", { "aria-hidden": "true" }),
      h("span.what", null, no && !done ? t("event." + s.no) : t("step." + s.name)),
      h("span.took", null, state === "now" ? t("saga.now") : fact && i > 0 ? lasted(fact.latencyMs) : "",
        fact?.attempt > 1 ? " · " + t("saga.attempt", { n: fact.attempt }) : ""),
      state === "undone" && h("span.unseen", null, t("saga.undone")),
      undone.map((f) => h("span.undo", { data: { event: f.event, bad: bad.has(f.event) } }, h("b", null, told(f, facts)), h("small", null, lasted(f.latencyMs)))));
    list.append(item);
  });
  if (over) list.classList.add("turned");
  return list;
}

/**
 * Every fact, and how long after the first.
 * @param {any[]} facts
 * @param {boolean} open
 */
function timeline(facts, open) {
  const first = Date.parse(facts[0].at);
  // What a person took to decide is no work, and would leave nothing to see of
  // what is: a long pause is cut, and drawn as one.
  const usual = facts.map((f) => f.latencyMs).sort((a, b) => a - b)[facts.length >> 1];
  const most = Math.max(20, usual * 8);
  let at = 0;
  const bars = facts.map((f) => {
    const took = Math.min(f.latencyMs, most);
    const bar = { from: at, took, cut: f.latencyMs > most };
    at += took;
    return bar;
  });
  const all = Math.max(at, 1);
  return h("details.facts", { open }, h("summary", null, t("saga.timeline")),
    h("ol", null, facts.map((f, i) => {
      const bar = h("i", { "aria-hidden": "true", data: { cut: bars[i].cut } });
      bar.style.setProperty("--from", String(bars[i].from / all));
      bar.style.setProperty("--took", String(bars[i].took / all));
      return h("li", { data: { kind: bad.has(f.event) ? "bad" : undoes.has(f.event) ? "undo" : "do", event: f.event, nth: i } },
        h("span.name", { title: f.event }, told(f, facts), f.attempt > 1 ? ` (${t("saga.attempt", { n: f.attempt })})` : ""),
        h("span.bar", null, bar),
        h("time", { datetime: f.at, title: moment(f.at) }, "+" + lasted(Date.parse(f.at) - first + fraction(f.at) - fraction(facts[0].at))));
    })));
}

/**
 * What a time has below a millisecond, which Date does not keep.
 * @param {string} iso
 */
function fraction(iso) {
  const digits = /\.(\d+)/.exec(iso)?.[1] ?? "";
  return Number("0." + (digits.slice(3) || "0"));
}

/**
 * A status, as a mark.
 * @param {string} status
 * @param {string} [reason]
 */
export function mark(status, reason) {
  return h("span.mark", { data: { status } }, t("status." + status), reason ? h("small", null, t("reason." + reason)) : null);
}
