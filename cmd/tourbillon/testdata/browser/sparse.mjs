// What has less to show than most: a booking that was refused before it had a
// price, and a message of no booking.
import assert from "node:assert/strict";
import { done, open, soon } from "./kit.mjs";

const { ADDRESS, TOKEN } = process.env;

/** Asks the system, and reads what it answers. */
async function ask(path, body) {
  const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
  const resp = await fetch(ADDRESS + path, body === undefined ? { headers } : { method: "POST", headers, body: body && JSON.stringify(body) });
  assert.ok(resp.ok, `${path}: ${resp.status}`);
  return resp.json();
}

/** Books seats, and waits for how that ends. */
async function book(seats, status) {
  const { bookingId } = await ask("/bookings", { departureId: "sparse", seats, payment: { token: "tok_visa" }, customer: { name: "Camille Martin", email: "camille@example.com" } });
  assert.equal((await ask(`/bookings/${bookingId}?wait=20s`)).status, status);
  return bookingId;
}

const like = await ask("/departures/tokyo-yanaka-0800");
await ask("/departures", { id: "sparse", tourId: like.tourId, startsAt: like.startsAt, timeZone: like.timeZone, capacity: 1, price: like.price });
const taken = await book(1, "CONFIRMED");
const refused = await book(1, "REJECTED");
await ask("/departures/sparse/watch", { customer: { name: "Robin Petit", email: "robin@example.com" } });
await ask(`/bookings/${taken}/cancel`, null);

const page = await open(`/#/booking/${refused}`);
await page.locator(".booked .mark[data-status=REJECTED]").waitFor(soon);
await page.locator("[data-view=operate]").click();
await page.locator("#g-token").fill(TOKEN);
await page.locator(".gate .primary").click();
await page.locator("#d-show").selectOption("status=REJECTED"); // of all there are more than a page
await page.locator(`.saga-row:has-text("${refused.slice(0, 8)}") .mark[data-status=REJECTED]`).waitFor(soon);
await page.locator("[data-view=mail]").click();
await page.locator('.mails li button:has-text("robin@example.com")').click(soon);
await page.locator('#letter .envelope:has-text("robin@example.com")').waitFor(soon);
await done();
