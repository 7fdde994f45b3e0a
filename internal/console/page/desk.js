// @ts-check
// The operators' part: sagas with the verbs of the command line, dead letters.

import { all, ask, Problem, token } from "./api.js";
import { why } from "./book.js";
import { byId, fill, h, say } from "./dom.js";
import { gate } from "./gate.js";
import * as live from "./live.js";
import { Drawing, mark } from "./saga.js";
import * as rates from "./rates.js";
import { money, moment, t } from "./words.js";

const statuses = ["PENDING", "ON_HOLD", "CONFIRMED", "CANCELLED", "REJECTED", "EXPIRED", "COMPLETED"];
const questions = ["stuck", "undo-owed", "paid-without-seat"];
const verbs = ["retry", "cancel", "compensate"];
const topics = ["sagas", "dead-letters"];

let wanted = "";
let next = "";
/** @type {any} */ let list;
/** @type {any} */ let letters;
/** @type {any} */ let choice;
/** @type {any} */ let timer = 0;
/** @type {any} */ let soon = 0;
/** @type {(() => void)[]} */ let watched = [];
/** The topics whose lists are not as they stand. */
const behind = new Set();
/** @type {any} how many there are, once that was told */ let counts = null;
/** Whether more than the first page is shown. */
let paged = false;

/** Show it, if its reader may. */
export async function show() {
  try {
    await ask("/sagas?limit=1");
  } catch (err) {
    const closed = err instanceof Problem && err.status === 401;
    fill(byId("desk"), closed ? gate(show) : h("p.wrong", { role: "alert" }, why(err)));
    return;
  }
  if (!byId("operate").hidden) draw();
}

/** Stop asking, and listening. */
export function hide() {
  rates.stop();
  clearInterval(timer);
  clearTimeout(soon);
  soon = 0;
  for (const stop of watched) stop();
  watched = [];
}

/** Draw all, anew. */
export function draw() {
  hide();
  list = h("div.sagas");
  letters = h("div.letters");
  const queues = h("div.queues");
  choice = h("select", { id: "d-show", onchange: (/** @type {any} */ e) => { wanted = e.target.value; void sagas(); } },
    ["", ...questions.map((q) => "question=" + q), ...statuses.map((s) => "status=" + s)].map((v) => h("option", { value: v, selected: wanted === v })));
  count();
  fill(byId("desk"),
    h("section.block", { "aria-labelledby": "d-rates" }, h("h2", { id: "d-rates" }, t("ops.rates")), rates.start(queues)),
    h("section.block", { "aria-labelledby": "d-sagas" },
      h("div.bar", null, h("h2", { id: "d-sagas" }, t("ops.sagas")), h("span.field", null, h("label", { for: "d-show" }, t("ops.show")), choice)), list),
    h("section.block", { "aria-labelledby": "d-dead" }, h("h2", { id: "d-dead" }, t("ops.dead")), letters),
    h("section.block", { "aria-labelledby": "d-queues" }, h("h2", { id: "d-queues" }, t("ops.queues")), queues),
    token.get() && h("button.quiet", { type: "button", onclick: () => { token.set(""); hide(); void show(); } }, t("ops.leave")));
  void sagas();
  void dead();
  listen();
}

/** Hear of what changes; and look again, now and then, at what nobody tells of. */
function listen() {
  watched = topics.map((topic) => live.watch(topic, (v) => {
    if (topic === "sagas") count(v.data);
    behind.add(topic);
    soon ||= setTimeout(catchUp, 400);
  }));
  timer = setInterval(() => {
    for (const topic of topics) if (!live.told(topic)) behind.add(topic);
    catchUp();
  }, 4000);
}

/**
 * Whether somebody is in the middle of a list.
 * @param {any} el
 */
const used = (el) => el.contains(document.activeElement) || el.querySelector("details[open]");

/** Read again what is not as it stands, where nobody is in the middle of it. */
function catchUp() {
  soon = 0;
  if (behind.has("sagas") && !paged && !used(list)) void sagas(false, true);
  if (behind.has("dead-letters") && !used(letters)) void dead(true);
}

/**
 * Say how many there are of each.
 * @param {any} [told]
 */
function count(told = counts) {
  counts = told;
  /** @type {Record<string, number>} */
  const of = { "question=stuck": told?.stuck, "question=undo-owed": told?.undoOwed, "question=paid-without-seat": told?.paidWithoutSeat };
  for (const s of statuses) of["status=" + s] = told?.byStatus[s];
  for (const o of choice.options) {
    const [, name] = o.value.split("=");
    o.textContent = (name ? t((o.value.startsWith("status") ? "status." : "ops.") + name) : t("ops.every")) + (of[o.value] === undefined ? "" : ` (${of[o.value]})`);
  }
}

/**
 * Read the sagas: more of them, or anew; quietly, if nobody is to be disturbed.
 * @param {boolean} [more]
 * @param {boolean} [quietly]
 */
async function sagas(more = false, quietly = false) {
  const into = list;
  const asked = wanted;
  paged = more;
  behind.delete("sagas");
  try {
    const query = [wanted, "limit=12", more && next ? "cursor=" + encodeURIComponent(next) : ""].filter(Boolean).join("&");
    const page = await ask("/sagas?" + query);
    if (asked !== wanted) return; // and the other answer is on its way
    if (into !== list || (quietly && (paged || used(list)))) { // who came meanwhile comes first
      behind.add("sagas");
      return;
    }
    next = page.next ?? "";
    const rows = page.sagas.map(row);
    list.querySelector(".more")?.remove();
    if (!more) fill(list, rows.length === 0 && h("p.empty", null, t("ops.none")));
    list.append(...rows, ...(next ? [h("button.quiet.more", { type: "button", onclick: () => sagas(true) }, t("ops.more"))] : []));
  } catch (err) {
    if (!quietly || !used(list)) fill(list, h("p.wrong", { role: "alert" }, why(err)));
  }
}

/**
 * A saga, with what is known of it: one that got no seats has no price.
 * @param {any} s
 */
function row(s) {
  const inside = h("div.inside");
  const line = h("details.saga-row", null,
    h("summary", null, h("code", null, s.id.slice(0, 8)), mark(s.status, s.reason), h("span.pale", null, moment(s.requestedAt)), h("span.pale", null, [s.seats, s.departureId].filter(Boolean).join(" × ")), h("span.sum", null, money(s.price))),
    inside);
  line.addEventListener("toggle", () => line.open && open(s.id, inside));
  return line;
}

/**
 * @param {string} id
 * @param {any} into
 */
async function open(id, into) {
  try {
    const s = await ask("/sagas/" + encodeURIComponent(id));
    const drawing = new Drawing();
    drawing.update(s, true);
    const out = h("div.foreseen", { "aria-live": "polite" });
    fill(into, h("p.ref", null, t("saga.ref"), " ", h("code", null, id), " · ", t("flow." + s.flow)), drawing.el,
      h("div.deeds", null, verbs.map((v) => h("button.quiet", { type: "button", onclick: () => foresee(id, v, out, into) }, t("ops." + v)))), out);
  } catch (err) {
    fill(into, h("p.wrong", { role: "alert" }, why(err)));
  }
}

/**
 * What would come of a verb; and it, once that was seen.
 * @param {string} id
 * @param {string} verb
 * @param {any} out
 * @param {any} row
 */
async function foresee(id, verb, out, row) {
  const path = `/sagas/${encodeURIComponent(id)}/${verb}`;
  let p;
  try {
    p = await ask(path);
  } catch (err) {
    fill(out, h("p.note", null, err instanceof Problem ? err.message : why(err)));
    return;
  }
  const who = h("input", { id: `w-${id}`, value: "console", required: true });
  const reason = h("input", { id: `y-${id}`, required: true });
  fill(out, h("form.preview", {
    onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      try {
        await ask(path, { method: "POST", body: { who: who.value, why: reason.value, preview: p.preview } });
        say(t("ops.wished"));
        fill(out, h("p.note", null, t("ops.wished")));
        setTimeout(() => row.isConnected && open(id, row), 700);
      } catch (err) {
        fill(out, h("p.wrong", { role: "alert" }, why(err)));
      }
    },
  },
  h("h3", null, `${t("ops." + verb)}: ${t("ops.preview")}`),
  h("p", null, t("ops.becomes", { from: t("status." + p.status), to: t("status." + p.becomes) }),
    p.back.amount > 0 && " · " + t("ops.back", { money: money(p.back) }), p.taken.amount > 0 && " · " + t("ops.taken", { money: money(p.taken) })),
  h("ol.effects", null, p.effects.map((/** @type {any} */ e) => h("li", { data: { kind: e.kind } }, h("code", null, e.by), h("span", null, e.says)))),
  (p.calls ?? []).map((/** @type {any} */ c) => h("p.pale", null, t("ops.calls", { verb: t("verb." + c.verb), money: c.amount?.currency ? money(c.amount) : "" }))),
  (p.open ?? []).map((/** @type {string} */ o) => h("p.pale", { lang: "en" }, o)),
  h("div.row", null, h("div.field", null, h("label", { for: who.id }, t("ops.who")), who), h("div.field", null, h("label", { for: reason.id }, t("ops.why")), reason)),
  h("div.deeds", null, h("button.danger", { type: "submit" }, t("ops.do")), h("button.quiet", { type: "button", onclick: () => fill(out) }, t("ops.not")))));
  reason.focus();
}

/** @param {boolean} [quietly] */
async function dead(quietly = false) {
  behind.delete("dead-letters");
  try {
    const found = await all("/dead-letters", "deadLetters", 100);
    if (quietly && used(letters)) {
      behind.add("dead-letters");
      return;
    }
    fill(letters, found.length === 0 ? h("p.empty", null, t("ops.nodead")) : h("ul", null, found.map(letter)));
  } catch (err) {
    if (!quietly || !used(letters)) fill(letters, h("p.wrong", { role: "alert" }, why(err)));
  }
}

/** @param {any} l */
function letter(l) {
  const [broker, ...rest] = l.letter.split("/");
  const path = `/dead-letters/${encodeURIComponent(broker)}/${encodeURIComponent(rest.join("/"))}/`;
  const said = h("span", { role: "status" });
  const deed = (/** @type {string} */ verb, /** @type {string} */ after) => async () => {
    try {
      await ask(path + verb, { method: "POST" });
      said.textContent = t(after);
      setTimeout(dead, 800);
    } catch (err) {
      said.textContent = why(err);
    }
  };
  return h("li", null,
    h("div", null, h("b", null, l.event.type ?? l.event.id), h("span.pale", null, [l.function, l.tries > 0 && t(l.tries === 1 ? "ops.tries1" : "ops.tries", { n: l.tries }), moment(l.at)].filter(Boolean).join(" · ")), h("p", { lang: "en" }, l.reason)),
    h("div.deeds", null, h("button.quiet", { type: "button", onclick: deed("replay", "ops.replayed") }, t("ops.replay")), h("button.quiet", { type: "button", onclick: deed("drop", "ops.dropped") }, t("ops.drop")), said));
}
