// @ts-check
// The panel beside the departures: the form, and then the booking as it goes.

import { ask, Problem, report, Silence } from "./api.js";
import { byId, fill, h, say } from "./dom.js";
import { Drawing, ended, mark } from "./saga.js";
import * as seats from "./seats.js";
import { lasted, money, spoken, t } from "./words.js";

const first = ["tok_visa", "tok_declined", "tok_try_again", "tok_3ds"];
const more = ["tok_insufficient_funds", "tok_async", "tok_async_fails", "tok_timeout", "tok_flaky", "tok_refund_fails"];

/** @type {any} */ let relay;
/** @type {any} what is chosen */ let chosen = null;
/** What the form was filled in with, so that it need not be again. */
const typed = { seats: 2, name: "Camille Martin", email: "camille@example.com", locale: "", card: "tok_visa", flow: "orchestration" };
/** @typedef {{id: string, drawing: Drawing, stop: () => void, booking: any, timer: any, asked: number, unknown: boolean}} Open a booking that is followed */
/** @type {Open | null} */
let open = null;

/** @param {any} r */
export function start(r) {
  relay = r;
  draw();
}

/** Draw whatever is there, anew. */
export function draw() {
  if (open) drawBooking();
  else drawForm();
}

/**
 * Choose a departure.
 * @param {any} d
 */
export function choose(d) {
  leave();
  chosen = d;
  seats.mark(d.id);
  if (location.hash.startsWith("#/booking/")) history.pushState(null, "", "#/");
  drawForm();
  if (matchMedia("(max-width: 1000px)").matches) byId("panel").scrollIntoView({ block: "start" });
  byId("panel").querySelector("input")?.focus({ preventScroll: true });
}

function drawForm() {
  const panel = byId("panel");
  if (!chosen) {
    fill(panel, h("div.pick", null, h("span.spiral", { "aria-hidden": "true" }), h("p", null, t("form.pick"))));
    return;
  }
  const d = chosen;
  const place = seats.tour(d.tourId);
  const go = h("button.primary", { type: "submit" });
  const wrong = h("p.wrong", { role: "alert", hidden: true });
  const count = h("input", { id: "f-seats", type: "number", inputmode: "numeric", min: "1", max: String(Math.max(1, Math.min(20, d.available))), value: String(typed.seats), required: true });
  const price = () => {
    typed.seats = Math.max(1, Number(count.value) || 1);
    go.textContent = t("form.go", { price: money({ amount: d.price.amount * typed.seats, currency: d.price.currency }) });
  };
  const by = (/** @type {number} */ n) => () => {
    count.value = String(Math.max(1, Math.min(Number(count.max), Number(count.value) + n)));
    price();
  };
  count.addEventListener("input", price);
  price();
  const field = (/** @type {"name"|"email"} */ name, /** @type {string} */ type, /** @type {string} */ auto) => h("div.field." + name, null,
    h("label", { for: "f-" + name }, t("form." + name)),
    h("input", { id: "f-" + name, type, autocomplete: auto, value: typed[name], required: true, oninput: (/** @type {any} */ e) => (typed[name] = e.target.value) }));
  const locale = h("select", { id: "f-locale", onchange: (/** @type {any} */ e) => (typed.locale = e.target.value) },
    [["en", "English"], ["fr-FR", "Français"]].map(([v, name]) => h("option", { value: v, selected: (typed.locale || spoken()) === v || (!typed.locale && v.startsWith(spoken())) }, name)));
  const flow = h("select", { id: "f-flow", onchange: (/** @type {any} */ e) => (typed.flow = e.target.value) },
    ["orchestration", "choreography"].map((v) => h("option", { value: v, selected: typed.flow === v }, t("flow." + v))));
  const form = h("form", {
    onsubmit: (/** @type {Event} */ e) => {
      e.preventDefault();
      void submit(d, { go, wrong, locale: locale.value, flow: flow.value });
    },
  },
  h("h2", null, t("form.title")),
  h("p.chosen", null, h("b", null, place.name), h("span", null, `${place.city} · ${seats.when(d)}`)),
  h("div.row", null,
    h("div.field.stepper", null, h("label", { for: "f-seats" }, t("form.seats")),
      h("div", null, h("button", { type: "button", "aria-label": t("form.fewer"), onclick: by(-1) }, "−"), count, h("button", { type: "button", "aria-label": t("form.more"), onclick: by(1) }, "+"))),
    h("div.field", null, h("label", { for: "f-locale" }, t("form.language")), locale)),
  h("div.row", null, field("name", "text", "name"), field("email", "email", "email")),
  h("fieldset", null, h("legend", null, t("form.card")), first.map(card),
    h("details", { open: more.includes(typed.card) }, h("summary", null, t("form.more.cards")), more.map(card))),
  h("div.field", null, h("label", { for: "f-flow" }, t("form.flow")), flow),
  wrong, go);
  fill(panel, form);
}

/** @param {string} name */
function card(name) {
  return h("label.cardline", null,
    h("input", { type: "radio", name: "card", value: name, checked: typed.card === name, onchange: () => (typed.card = name) }),
    h("span", null, h("code", null, name), h("small", null, t("card." + name))));
}

/**
 * @param {any} d
 * @param {{go: any, wrong: any, locale: string, flow: string}} f
 */
async function submit(d, f) {
  f.go.disabled = true;
  f.go.textContent = t("form.going");
  f.wrong.hidden = true;
  try {
    const made = await ask("/bookings", {
      method: "POST", headers: { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) },
      body: { departureId: d.id, seats: typed.seats, flow: f.flow, customer: { name: typed.name, email: typed.email, locale: f.locale }, payment: { token: typed.card } },
    });
    location.hash = "#/booking/" + made.bookingId;
  } catch (err) {
    f.wrong.textContent = why(err);
    f.wrong.hidden = false;
    f.go.disabled = false;
    f.go.textContent = t("form.go", { price: money({ amount: d.price.amount * typed.seats, currency: d.price.currency }) });
  }
}

/** @param {any} err */
export function why(err) {
  report(err);
  if (err instanceof Silence) return t("lost");
  if (!(err instanceof Problem)) return t("broken");
  const fields = (err.body?.errors ?? []).map((/** @type {any} */ e) => `${e.pointer.slice(1)} ${e.detail}`).join("; ");
  return t("oops", { why: fields || err.message });
}

/**
 * Show a booking and follow it.
 * @param {string} id
 */
export function follow(id) {
  if (open?.id === id) return;
  leave();
  const topic = "booking:" + id;
  open = { id, drawing: new Drawing(), stop: () => {}, booking: null, timer: 0, asked: 0, unknown: false };
  const mine = open;
  mine.stop = relay.watch(topic, () => read(mine));
  void read(mine);
  drawBooking();
}

/** Follow nothing any more. */
export function leave() {
  if (!open) return;
  open.stop();
  clearTimeout(open.timer);
  open = null;
}

/**
 * Read the booking: at every change that the relay tells of, and now and then
 * until its customer was told, for what is no change of its own.
 * @param {Open} mine
 */
async function read(mine) {
  clearTimeout(mine.timer);
  const turn = ++mine.asked;
  try {
    const b = await ask("/bookings/" + encodeURIComponent(mine.id));
    if (open !== mine || turn !== mine.asked) return;
    const was = mine.booking;
    mine.booking = b;
    mine.unknown = false;
    if (was?.status !== b.status) say(t("status." + b.status));
    if (!was || was.status !== b.status || was.nextAction?.url !== b.nextAction?.url || ended(was) !== ended(b)) drawBooking();
    mine.drawing.update(b, !was && Date.now() - Date.parse(b.createdAt) > 15_000);
    if (!chosen && seats.departure(b.departureId)) {
      chosen = seats.departure(b.departureId);
      seats.mark(chosen.id);
    }
    if (!ended(b)) mine.timer = setTimeout(() => read(mine), Math.min(3000, 150 * turn));
  } catch (err) {
    report(err);
    if (open !== mine || turn !== mine.asked) return;
    if (err instanceof Problem && err.status === 404) {
      mine.unknown = true;
      drawBooking();
      return;
    }
    mine.timer = setTimeout(() => read(mine), 2000);
  }
}

const again = () => h("button.quiet", { type: "button", onclick: () => { leave(); location.hash = "#/"; drawForm(); } }, t("form.again"));

function drawBooking() {
  if (!open) return;
  if (open.unknown) {
    fill(byId("panel"), h("div.booked", null, h("p.wrong", { role: "alert" }, t("saga.unknown")), h("div.deeds", null, again())));
    return;
  }
  const { booking: b, drawing, id } = open;
  const d = b && seats.departure(b.departureId);
  const held = byId("panel").contains(document.activeElement);
  const title = h("h2", { tabIndex: -1 }, t("saga.title"), " ", b ? mark(b.status, b.reason) : null);
  fill(byId("panel"),
    h("div.booked", null,
      title,
      d && h("p.chosen", null, h("b", null, seats.tour(d.tourId).name), h("span", null, [t(b.seats === 1 ? "dep.n1" : "dep.n", { n: b.seats }), money(b.price), seats.when(d)].filter(Boolean).join(" · "))),
      b?.nextAction?.url && h("p.bank", null, t("saga.bank.why"), " ", h("a.primary", { href: b.nextAction.url, target: "_blank", rel: "noopener" }, t("saga.bank"))),
      drawing.el,
      b && ended(b) && h("p.total", null, h("b", null, lasted(total(b))), " ", t("saga.total")),
      h("p.ref", null, t("saga.ref"), " ", h("code", null, id)),
      h("div.deeds", null,
        b && ended(b) && h("a.quiet", { href: "#/mail/" + id }, t("saga.mail")),
        b?.status === "CONFIRMED" && cancel(id),
        again())));
  if (b) drawing.draw();
  if (held) title.focus({ preventScroll: true }); // what had the focus is gone
}

/** @param {any} b */
const total = (b) => b.timeline.reduce((/** @type {number} */ sum, /** @type {any} */ f) => sum + (f.reason === "customer" && f.event === "booking.cancelled" ? 0 : f.latencyMs), 0);

/** @param {string} id */
function cancel(id) {
  const box = h("span.sure");
  const offer = () => fill(box, h("button.quiet", { type: "button", onclick: sure }, t("form.cancel")));
  const sure = () => {
    const yes = h("button.danger", { type: "button", onclick: go }, t("form.yes"));
    fill(box, h("span", null, t("form.sure")), yes, h("button.quiet", { type: "button", onclick: offer }, t("form.no")));
    yes.focus();
  };
  const go = async () => {
    try {
      await ask(`/bookings/${encodeURIComponent(id)}/cancel`, { method: "POST" });
      if (open?.id === id) {
        open.asked = 0;
        await read(open);
        open.timer = setTimeout(() => open && read(open), 200);
      }
    } catch (err) {
      fill(box, h("span.wrong", { role: "alert" }, why(err)));
    }
  };
  offer();
  return box;
}
