// @ts-check
// The mailbox, as customers would see it.

import { all, Problem } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { gate } from "./gate.js";
import * as live from "./live.js";
import { moment, t } from "./words.js";
import { why } from "./book.js";

let about = "";
/** @type {string} the key of the one that is read */ let reading = "";
/** @type {any[]} */ let list = [];
/** @type {any} */ let timer = 0;
/** @type {(() => void) | null} */ let stop = null;
/** How often to look again soon: messages follow what they tell of. */
let soon = 0;

/**
 * Show the mailbox, or a booking's part of it.
 * @param {string} booking
 */
export async function show(booking) {
  about = booking;
  reading = "";
  await load();
}

/** Stop looking for new ones. */
export function hide() {
  clearTimeout(timer);
  stop?.();
  stop = null;
}

async function load() {
  clearTimeout(timer);
  const asked = about;
  try {
    const got = await all("/mailbox" + (asked ? "?booking=" + encodeURIComponent(asked) : ""), "messages", 300);
    if (asked !== about || byId("mail").hidden) return;
    got.sort((a, b) => b.at.localeCompare(a.at));
    const news = got.length !== list.length || got[0]?.key !== list[0]?.key;
    list = got;
    if (!reading && list.length > 0 && (about || matchMedia("(min-width: 1001px)").matches)) reading = list[0].key;
    if (news || !byId("mails").hasChildNodes() || byId("mails").querySelector("form")) draw();
    stop ??= live.watch("sagas", () => {
      soon = 2;
      clearTimeout(timer);
      timer = setTimeout(load, 400);
    });
    timer = setTimeout(load, soon-- > 0 || !live.told("sagas") ? 2500 : 15_000);
  } catch (err) {
    if (err instanceof Problem && err.status === 401) {
      fill(byId("letter"));
      fill(byId("mails"), gate(load));
      return;
    }
    fill(byId("mails"), h("p.wrong", { role: "alert" }, why(err)));
    timer = setTimeout(load, 4000);
  }
}

/** Draw what is known, anew. */
export function draw() {
  const held = byId("mails").contains(document.activeElement);
  const at = byId("mails").querySelector("ul")?.scrollTop ?? 0;
  fill(byId("mails"),
    about && h("p.about", null, t("mail.one"), " ", h("code", null, about.slice(0, 8)), " · ", h("a", { href: "#/mail" }, t("mail.all"))),
    list.length === 0 ? h("p.empty", null, t("mail.none")) : h("ul", null, list.map(line)));
  byId("mails").querySelector("ul")?.scrollTo(0, at);
  drawLetter();
  if (!held) return; // the focus was on what is drawn anew
  const back = byId("letter").querySelector(".back");
  (back?.offsetParent ? back : byId("mails").querySelector("[aria-current]"))?.focus({ preventScroll: true });
}

/** @param {any} m */
function line(m) {
  return h("li", null, h("button", { type: "button", "aria-current": m.key === reading ? "true" : null, onclick: () => { reading = m.key; draw(); byId("letter").scrollIntoView({ block: "nearest" }); } },
    h("span.who", null, m.to, h("time", { datetime: m.at }, moment(m.at))),
    h("span.subject", null, m.subject || m.body.slice(0, 80)),
    h("span.kind", null, t("mail.channel." + m.channel))));
}

function drawLetter() {
  const m = list.find((one) => one.key === reading);
  byId("letter").parentElement.classList.toggle("reading", Boolean(m));
  if (!m) {
    fill(byId("letter"), list.length > 0 && h("p.empty", null, t("mail.pick")));
    return;
  }
  const back = h("button.quiet.back", { type: "button", onclick: () => { reading = ""; draw(); byId("mails").querySelector("button")?.focus(); } }, t("mail.back"));
  const head = h("div.envelope", null, h("h2", null, m.subject || t("mail.channel." + m.channel)), h("p", null, t("mail.to"), " ", h("b", null, m.to), " · ", moment(m.at), m.bookingId && [" · ", h("a", { href: "#/booking/" + m.bookingId }, h("code", null, m.bookingId.slice(0, 8)))]));
  if (!m.html) {
    fill(byId("letter"), back, head, h("pre.plain", null, m.body));
    return;
  }
  const frame = h("iframe", { title: t("mail.frame"), sandbox: "allow-same-origin allow-popups", src: "/console/mail.html" });
  frame.addEventListener("load", () => paint(frame, m.html));
  fill(byId("letter"), back, head, frame);
}

/**
 * Put a message into its frame, where nothing of it can run: the frame's own
 * policy and its sandbox see to that.
 * @param {any} frame
 * @param {string} html
 */
function paint(frame, html) {
  const doc = frame.contentDocument;
  const read = new frame.contentWindow.DOMParser().parseFromString(html, "text/html");
  doc.documentElement.lang = read.documentElement.lang;
  doc.head.innerHTML = read.head.innerHTML;
  doc.body.replaceWith(doc.importNode(read.body, true));
  const theme = document.documentElement.dataset.theme;
  if (theme) doc.documentElement.style.colorScheme = theme;
  for (const a of doc.querySelectorAll("a")) {
    a.target = "_blank";
    a.rel = "noopener";
  }
  frame.style.height = doc.documentElement.scrollHeight + 4 + "px";
}
