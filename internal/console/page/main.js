// @ts-check
// The page: which part of it is shown, in which language and light.

import { connect } from "/tourbillon.js";
import * as book from "./book.js";
import * as desk from "./desk.js";
import { byId, fill, h } from "./dom.js";
import * as mail from "./mail.js";
import * as seats from "./seats.js";
import { apply, speak, spoken, t } from "./words.js";

const THEME = "tourbillon.theme";
const relay = connect(location.origin.replace(/^http/, "ws") + "/ws");
let view = "";

/** @param {string} state */
function link(state) {
  const el = byId("link");
  el.dataset.state = state;
  el.lastElementChild.textContent = t("link." + state);
}

/** Show the part that the address names. */
function route() {
  const [, name = "", id = ""] = location.hash.split("/");
  const wanted = name === "mail" ? "mail" : name === "operate" ? "operate" : "book";
  const moved = view !== "" && view !== wanted;
  for (const el of document.querySelectorAll("section.view")) /** @type {HTMLElement} */ (el).hidden = el.id !== wanted;
  for (const a of document.querySelectorAll("nav a")) {
    if (/** @type {HTMLElement} */ (a).dataset.view === wanted) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  }
  if (view === "mail" && wanted !== "mail") mail.hide();
  if (view === "operate" && wanted !== "operate") desk.hide();
  view = wanted;
  if (wanted === "mail") void mail.show(id);
  else if (wanted === "operate") void desk.show();
  else if (name === "booking" && id) book.follow(id);
  if (moved) {
    scrollTo(0, 0);
    byId("main").focus({ preventScroll: true });
  }
}

/** @param {string} theme light, dark, or empty: as the system has it */
function light(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function tools() {
  const button = byId("language");
  const name = () => {
    const other = spoken() === "fr" ? "en" : "fr";
    button.textContent = other.toUpperCase();
    button.lang = other;
    button.setAttribute("aria-label", other === "fr" ? "Français" : "English");
  };
  button.addEventListener("click", () => {
    speak(spoken() === "fr" ? "en" : "fr");
    name();
    link(relay.state);
    seats.draw();
    book.draw();
    if (view === "mail") mail.draw();
    if (view === "operate") void desk.show();
  });
  byId("theme").addEventListener("click", () => {
    const dark = document.documentElement.dataset.theme ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    light(dark ? "light" : "dark");
    localStorage.setItem(THEME, dark ? "light" : "dark");
    if (view === "mail") mail.draw();
  });
  apply();
  name();
}

light(localStorage.getItem(THEME) ?? "");
tools();
relay.on("state", link);
link(relay.state);
book.start(relay);
addEventListener("hashchange", route);
route();
for (;;) {
  try {
    await seats.start(relay, book.choose);
    book.draw();
    break;
  } catch (err) {
    fill(byId("departures"), h("p.wrong", { role: "alert" }, book.why(err)));
    await new Promise((again) => setTimeout(again, 2000));
  }
}
