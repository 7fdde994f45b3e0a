// Every screen of the console as people see it: on a desk and on a phone, by day
// and by night, in both languages. Nothing is wider than the screen, and nothing
// of what axe-core knows to look for is in anybody's way.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { done, open, shot, soon } from "./kit.mjs";

const { TOKEN } = process.env;
const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const found = [];

/** Looks at a page as it is. */
async function look(page, name) {
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations === 1).map((a) => a.finished)));
  await shot(page, name);
  const [wide, may] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  if (wide > may) found.push(`${name} is ${wide} wide`);
  await page.evaluate(axe);
  const { passes, violations } = await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
  assert.ok(passes.length > 20, "axe-core looked at nothing");
  for (const v of violations) found.push(`${name}: ${v.help}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
}

/** Looks at a booking that got no seats, which has no price: where it ended, and by its address. */
async function refused(page, name) {
  const { bookingId } = await page.evaluate(async () => (await fetch("/bookings", {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ departureId: "tokyo-yanaka-0800", seats: 51, customer: { name: "Camille Martin", email: "camille@example.com" }, payment: { token: "tok_visa" } }),
  })).json());
  await page.goto(new URL("/#/booking/" + bookingId, page.url()).href);
  await page.reload();
  await page.locator(".booked:has(.mark[data-status=REJECTED]) .chosen").waitFor(soon);
  await page.locator('.booked .facts [data-event="notification.sent"]').waitFor(soon);
  await page.locator("[data-departure=tokyo-yanaka-0800] .go").waitFor(soon);
  await look(page, name);
}

/** Looks at the address of a booking that there is not. */
async function unknown(page, name) {
  await page.goto(new URL("/#/booking/nobody-knows-it", page.url()).href);
  await page.reload();
  await page.locator("[data-departure=tokyo-yanaka-0800] .go").waitFor(soon);
  await page.locator("#panel .wrong").waitFor(soon);
  await look(page, name);
  await page.locator("#panel button").click();
}

/** Books a seat with a card, as the form has it. */
async function book(page, card) {
  if (await page.locator(".booked").count()) await page.locator(".booked .deeds button").last().click();
  if (!(await page.locator("#f-seats").count())) await page.locator("[data-departure=tokyo-yanaka-0800] .go").click();
  await page.locator("#f-seats").fill("1");
  await page.locator(`input[value=${card}]`).check();
  await page.locator("form .primary").click();
}

for (const [width, colorScheme, locale] of [[1280, "light", "en-GB"], [390, "dark", "fr-FR"], [1280, "dark", "fr-FR"], [390, "light", "en-GB"]]) {
  const page = await open("/", { viewport: { width, height: 844 }, colorScheme, locale });
  const name = (screen) => `${screen}-${width}-${colorScheme}-${locale.slice(0, 2)}`;
  await page.locator("[data-departure=tokyo-yanaka-0800] .go").waitFor(soon);
  await look(page, name("departures"));
  await page.locator("[data-departure=tokyo-yanaka-0800] .go").click();
  await page.locator("fieldset summary").click();
  await look(page, name("form"));
  await book(page, "tok_visa");
  await page.locator(".booked .mark[data-status=CONFIRMED]").waitFor(soon);
  await page.locator('.facts [data-event="notification.sent"]').waitFor(soon);
  await look(page, name("confirmed"));
  await book(page, "tok_declined");
  await page.locator('.booked .facts [data-event="notification.sent"]').waitFor(soon);
  await look(page, name("undone"));
  await unknown(page, name("unknown"));
  await refused(page, name("refused"));
  await book(page, "tok_3ds");
  await page.locator(".bank .primary").waitFor(soon);
  await look(page, name("bank"));

  await page.locator("[data-view=operate]").click();
  await page.locator("#g-token").waitFor(soon);
  await look(page, name("gate"));
  await page.locator("#g-token").fill(TOKEN);
  await page.locator(".gate .primary").click();
  await page.locator(".letters li").waitFor(soon);
  await page.locator(".charts figure").first().waitFor(soon);
  await page.locator("#d-show").selectOption("status=REJECTED");
  await page.locator(".saga-row:has([data-status=REJECTED])").first().waitFor(soon);
  await page.locator("#d-show").selectOption("");
  await page.locator(".saga-row:not(:has([data-status=REJECTED]))").first().waitFor(soon);
  await look(page, name("operate"));
  await page.locator("#d-show").selectOption("status=CONFIRMED");
  await page.locator(".saga-row:not(:has([data-status=CONFIRMED]))").first().waitFor({ state: "detached", ...soon });
  await page.locator(".saga-row:has([data-status=CONFIRMED]) summary").first().click();
  await page.locator(".saga-row[open] .deeds button").last().click();
  await page.locator(".preview .effects li").first().waitFor(soon);
  await look(page, name("preview"));

  await page.locator("[data-view=mail]").click();
  if (width < 1000) {
    await page.locator(".mails li").first().waitFor(soon);
    await look(page, name("mailbox"));
    await page.locator(".mails li button").first().click();
  }
  await page.waitForFunction(() => document.querySelector("#letter iframe")?.contentDocument?.body?.textContent.includes("Camille Martin"), null, soon);
  await look(page, name("mail"));
  console.log(`${name("all screens")} were looked at`);
}
assert.deepEqual(found, []);
await done();
