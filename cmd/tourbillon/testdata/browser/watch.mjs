// Two pages of the console and one of somebody else's, while a relay comes and
// goes. ADDRESS is the system, DEPARTURE is what is booked, TOKEN the operator's.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { ADDRESS, DEPARTURE, TOKEN, CHROMIUM, SHOTS } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
const wrong = [];
const soon = { timeout: 15_000 };

/** A page of its own, whose complaints are kept. */
async function open(path, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("pageerror", (e) => wrong.push(`${path}: ${e.stack}`));
  page.on("console", (m) => /Content Security Policy|Uncaught/.test(m.text()) && wrong.push(`${path}: ${m.text()}`));
  await page.goto(ADDRESS + path);
  return page;
}

const card = `[data-departure="${DEPARTURE}"]`;
const says = (page, selector, text) => page.waitForFunction(([s, t]) => document.querySelector(s)?.textContent === t, [selector, String(text)], soon);
const seats = (page, n) => says(page, `${card} .count`, n);
const link = (page, state) => page.waitForSelector(`#link[data-state="${state}"]`, soon);
const relay = async (how) => assert.equal((await fetch(`${ADDRESS}/relay/${how}`, { method: "POST" })).status, 200, how);

/** Keeps every number of seats that a page has ever shown. */
const record = (page, selector) => page.evaluate((s) => {
  globalThis.shown = [];
  new MutationObserver(() => globalThis.shown.push(document.querySelector(s)?.textContent)).observe(document.body, { childList: true, subtree: true, characterData: true });
}, selector);

/** Books in a page, as a person does. */
async function book(page, n, token) {
  const again = page.locator(".deeds button", { hasText: "Book another" });
  if (await again.count()) await again.click();
  await page.locator(`${card} .go`).click();
  await page.getByLabel("Seats", { exact: true }).fill(String(n));
  await page.locator(`input[value=${token}]`).check();
  await page.getByRole("button", { name: /^Book for / }).click();
}
const status = (page, is) => page.waitForSelector(`.booked .mark[data-status=${is}]`, soon);
const shot = (page, name) => (SHOTS ? page.screenshot({ path: `${SHOTS}/${name}.png` }) : null);

const [books, watches] = [await open("/"), await open("/")];
const theirs = await open(`/theirs/theirs.html?departure=${DEPARTURE}`);
for (const page of [books, watches]) {
  await link(page, "live");
  await seats(page, 12);
}
await says(theirs, "#seats", 12);
await says(theirs, "#by", "websocket");
await record(watches, `${card} .count`);
await record(theirs, "#seats");
console.log("three pages see 12 seats");

await book(books, 2, "tok_visa");
await status(books, "CONFIRMED");
await seats(watches, 10);
await says(theirs, "#seats", 10);
await books.waitForSelector('.rail [data-step=sold][data-state=done]', soon);
const confirmed = await books.locator(".ref code").textContent();
console.log("booked in one, and the seats fell in the others");

await relay("kill");
await link(watches, "offline");
await says(theirs, "#by", "nothing");
await book(books, 1, "tok_visa"); // by the API, and nobody is told
await status(books, "CONFIRMED");
await relay("start");
for (const page of [books, watches]) {
  await link(page, "live");
  await seats(page, 9);
}
await says(theirs, "#seats", 9);
console.log("the relay was killed and is back, and all see 9");

await book(books, 4, "tok_declined");
await status(books, "CANCELLED");
await books.waitForSelector('.rail [data-step=pay][data-state=failed]', soon);
await books.waitForSelector('.rail [data-step=seats][data-state=undone] [data-event="tour.spots.released"]', soon);
await books.waitForSelector('.facts [data-event="notification.sent"]', soon);
await shot(books, "undo");
await seats(watches, 9);
await says(theirs, "#seats", 9);
console.log("a card was declined, and the undo was seen");

await relay("replace"); // told to stop, it sends everybody away, and another takes over
for (const page of [books, watches]) await link(page, "live");
await book(books, 1, "tok_visa");
await status(books, "CONFIRMED");
await seats(watches, 8);
await says(theirs, "#seats", 8);
console.log("the relay was replaced, and the seats go on falling");

await watches.getByRole("link", { name: "Operate" }).click();
await watches.getByLabel("Operator's token").fill("wrong");
await watches.getByRole("button", { name: "Enter" }).click();
await watches.getByRole("alert").filter({ hasText: "That is not the token." }).waitFor(soon);
await watches.getByLabel("Operator's token").fill(TOKEN);
await watches.getByRole("button", { name: "Enter" }).click();
await watches.locator(".saga-row summary", { hasText: confirmed.slice(0, 8) }).click();
await watches.getByRole("button", { name: "Undo it whole" }).click();
await watches.locator(".effects", { hasText: "payment.refunded" }).waitFor(soon);
await watches.getByLabel("Why").fill("the test wants it");
await watches.getByRole("button", { name: "Do it", exact: true }).click();
await says(theirs, "#seats", 10);
await watches.locator(".charts figure").first().waitFor(soon);
await shot(watches, "operate");
console.log("an operator saw what would come of it, and undid it");

await watches.goto(`${ADDRESS}/#/mail/${confirmed}`);
await watches.waitForFunction(() => document.querySelector("#letter iframe")?.contentDocument?.body?.textContent.includes("Camille Martin"), null, soon);
await shot(watches, "mail");
await watches.getByRole("button", { name: "Français" }).click();
await watches.getByRole("heading", { name: "Messagerie" }).waitFor(soon);
assert.equal(await watches.evaluate(() => document.documentElement.lang), "fr");
console.log("the message is read, and the page speaks French");

await books.goto(`${ADDRESS}/`); // by keys alone
await seats(books, 10);
await books.locator(`${card} .go`).focus();
await books.keyboard.press("Enter");
assert.equal(await books.evaluate(() => document.activeElement?.id), "f-seats");
await books.keyboard.press("Shift+Tab");
await books.keyboard.press("Shift+Tab");
assert.equal(await books.evaluate(() => document.activeElement?.textContent), "Book", "the panel follows what it was opened by");
console.log("the keyboard finds its way");

for (const width of [390, 1280]) {
  const page = await open("/", { viewport: { width, height: 844 }, colorScheme: "dark" });
  await seats(page, 10);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `it is wider than ${width}`);
}
const were = new Set(["12", "10", "9", "5", "8"]); // 5 while four were held
for (const page of [theirs, watches]) {
  const shown = (await page.evaluate(() => globalThis.shown)).filter(Boolean);
  assert.ok(shown.length > 0);
  assert.deepEqual(shown.filter((n) => !were.has(n)), [], "numbers that never were");
}
assert.deepEqual(wrong, []);
await browser.close();
