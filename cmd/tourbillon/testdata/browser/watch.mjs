// Two pages of the console, while a relay comes and goes.
import assert from "node:assert/strict";
import { done, neverOther, open, record, relay, says, shot, soon } from "./kit.mjs";

const { ADDRESS, TOKEN } = process.env;
const DEPARTURE = "lyon-old-town-0900";
const card = `[data-departure="${DEPARTURE}"]`;
const seats = (page, n) => says(page, `${card} .count`, n);
const link = (page, state) => page.waitForSelector(`#link[data-state="${state}"]`, soon);

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

const [books, watches] = [await open("/"), await open("/")];
for (const page of [books, watches]) {
  await link(page, "live");
  await seats(page, 12);
}
await record(watches, `${card} .count`);
console.log("two pages see 12 seats");

await book(books, 2, "tok_visa");
await status(books, "CONFIRMED");
await seats(watches, 10);
await books.waitForSelector('.rail [data-step=sold][data-state=done]', soon);
const confirmed = await books.locator(".ref code").textContent();
console.log("booked in one, and the seats fell in the other");

await relay("kill");
await link(watches, "offline");
await book(books, 1, "tok_visa"); // by the API, and nobody is told
await status(books, "CONFIRMED");
await relay("start");
for (const page of [books, watches]) {
  await link(page, "live");
  await seats(page, 9);
}
console.log("the relay was killed and is back, and all see 9");

await book(books, 4, "tok_declined");
await status(books, "CANCELLED");
await books.waitForSelector('.rail [data-step=pay][data-state=failed]', soon);
await books.waitForSelector('.rail [data-step=seats][data-state=undone] [data-event="tour.spots.released"]', soon);
await books.waitForSelector('.facts [data-event="notification.sent"]', soon);
await shot(books, "undo");
await seats(watches, 9);
console.log("a card was declined, and the undo was seen");

await relay("replace"); // told to stop, it sends everybody away, and another takes over
for (const page of [books, watches]) await link(page, "live");
await book(books, 1, "tok_visa");
await status(books, "CONFIRMED");
await seats(watches, 8);
console.log("the relay was replaced, and the seats go on falling");

await watches.getByRole("link", { name: "Operate" }).click();
await watches.getByLabel("Operator's token").fill("wrong");
await watches.getByRole("button", { name: "Enter" }).click();
await watches.getByRole("alert").filter({ hasText: "That is not the token." }).waitFor(soon);
await watches.getByLabel("Operator's token").fill(TOKEN);
await watches.getByRole("button", { name: "Enter" }).click();
const sold = watches.locator("#d-show option[value='status=CONFIRMED']");
await sold.filter({ hasText: "Confirmed (3)" }).waitFor({ state: "attached", ...soon }); // it was told, live
await book(books, 1, "tok_visa");
await sold.filter({ hasText: "Confirmed (4)" }).waitFor({ state: "attached", ...soon });
await watches.locator(".saga-row summary", { hasText: confirmed.slice(0, 8) }).click();
await watches.getByRole("button", { name: "Undo it whole" }).click();
await watches.locator(".effects", { hasText: "payment.refunded" }).waitFor(soon);
await watches.getByLabel("Why").fill("the test wants it");
await watches.getByRole("button", { name: "Do it", exact: true }).click();
await sold.filter({ hasText: "Confirmed (3)" }).waitFor({ state: "attached", ...soon });
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
await seats(books, 9);
await books.locator(`${card} .go`).focus();
await books.keyboard.press("Enter");
assert.equal(await books.evaluate(() => document.activeElement?.id), "f-seats");
await books.keyboard.press("Shift+Tab");
await books.keyboard.press("Shift+Tab");
assert.equal(await books.evaluate(() => document.activeElement?.textContent), "Book", "the panel follows what it was opened by");
console.log("the keyboard finds its way");

for (const width of [390, 1280]) {
  const page = await open("/", { viewport: { width, height: 844 }, colorScheme: "dark" });
  await seats(page, 9);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `it is wider than ${width}`);
}
await neverOther(watches, 12, 10, 9, 5, 8, 7); // 5 while four were held
await done();
