// @ts-check
// What the page says, in the languages that it speaks.

import { en, fr } from "./phrases.js";

/** @type {Record<string, Record<string, string>>} */
const books = { en, fr };
const KEY = "tourbillon.language";

/** @type {string} */
let language = localStorage.getItem(KEY) ?? (navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en");

/** The language that is spoken. */
export const spoken = () => language;

/** The language as the reader's browser has it: with a country, where it says one. */
const local = () => navigator.languages.find((l) => l.toLowerCase().split("-")[0] === language) ?? language;

/** @param {string} to */
export function speak(to) {
  language = to in books ? to : "en";
  localStorage.setItem(KEY, language);
  apply();
}

/** Has every text that is in the page's HTML be in the language. */
export function apply() {
  document.documentElement.lang = language;
  for (const el of document.querySelectorAll("[data-t]")) el.textContent = t(/** @type {HTMLElement} */ (el).dataset.t ?? "");
  for (const el of document.querySelectorAll("[data-t-label]")) el.setAttribute("aria-label", t(/** @type {HTMLElement} */ (el).dataset.tLabel ?? ""));
}

/**
 * A phrase, with what is in braces filled in. One that nobody wrote is its own
 * name, without what is before its first dot.
 * @param {string} key
 * @param {Record<string, any>} [vars]
 */
export function t(key, vars = {}) {
  const phrase = books[language][key] ?? books.en[key] ?? key.replace(/^[a-z]+\./, "");
  const spaced = language === "fr" ? phrase.replace(/ (?=[:;?!»])/g, "\u00a0") : phrase;
  return spaced.replace(/\{(\w+)\}/g, (_, name) => String(vars[name] ?? ""));
}

/**
 * Money, whose amounts are in the currency's smallest unit. What nobody knows yet
 * is nothing.
 * @param {{amount: number, currency: string} | undefined} m
 */
export function money(m) {
  if (!m) return "";
  const format = new Intl.NumberFormat(local(), { style: "currency", currency: m.currency, currencyDisplay: "narrowSymbol" });
  return format.format(m.amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/**
 * @param {string} iso
 * @param {string} [zone]
 */
export function day(iso, zone) {
  return new Intl.DateTimeFormat(local(), { weekday: "short", day: "numeric", month: "short", timeZone: zone }).format(new Date(iso));
}

/**
 * @param {string} iso
 * @param {string} [zone]
 */
export function clock(iso, zone) {
  return new Intl.DateTimeFormat(local(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(iso));
}

/** @param {string | undefined} iso a time; what nobody knows is nothing */
export function moment(iso) {
  if (!iso) return "";
  return new Intl.DateTimeFormat(local(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** @param {number} ms */
export function lasted(ms) {
  if (ms < 10) return `${new Intl.NumberFormat(local(), { maximumFractionDigits: 1 }).format(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${new Intl.NumberFormat(local(), { maximumFractionDigits: 1 }).format(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

/**
 * @param {number} n
 * @param {number} [digits]
 */
export const number = (n, digits = 0) => new Intl.NumberFormat(local(), { maximumFractionDigits: digits }).format(n);
