// What the programs beside this one have in common. ADDRESS is the system, TOKEN
// its operator's, CHROMIUM the browser; SHOTS, if it is set, a folder for pictures.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { ADDRESS, CHROMIUM, SHOTS } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const wrong = [];

/** How long what is to happen may take. */
export const soon = { timeout: 30_000 };

/** A page of its own, whose complaints are kept. */
export async function open(path, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (e) => wrong.push(`${path}: ${e.stack}`));
  page.on("console", (m) => /Content Security Policy|Uncaught/.test(m.text()) && wrong.push(`${path}: ${m.text()}`));
  await page.goto(ADDRESS + path);
  return page;
}

/** Waits until an element has a text. */
export const says = (page, selector, text) => page.waitForFunction(([s, t]) => document.querySelector(s)?.textContent === t, [selector, String(text)], soon);

/** Has the relay killed, started, or replaced. */
export const relay = async (how) => assert.equal((await fetch(`${ADDRESS}/relay/${how}`, { method: "POST" })).status, 200, how);

/** Keeps every text that an element has ever had. */
export const record = (page, selector) => page.evaluate((s) => {
  globalThis.shown = [];
  new MutationObserver(() => globalThis.shown.push(document.querySelector(s)?.textContent)).observe(document.body, { childList: true, subtree: true, characterData: true });
}, selector);

/** Holds what was recorded against what may have been. */
export async function neverOther(page, ...may) {
  const shown = (await page.evaluate(() => globalThis.shown)).filter(Boolean);
  assert.ok(shown.length > 0, "nothing was recorded");
  assert.deepEqual(shown.filter((n) => !may.includes(Number(n))), [], "numbers that never were");
}

/** A picture for people to look at. */
export const shot = (page, name) => (SHOTS ? page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true }) : null);

/** Closes the browser; no page has complained. */
export async function done() {
  await browser.close();
  assert.deepEqual(wrong, []);
}
