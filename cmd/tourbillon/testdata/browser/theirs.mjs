// A page of somebody else's, with the unmodified socket.io-client, while a relay
// comes and goes. Another of its kind only watches.
import { done, neverOther, open, record, relay, says } from "./kit.mjs";

const path = "/theirs/theirs.html?departure=lisbon-alfama-1000"; // has 16 seats
const [books, watches] = [await open(path), await open(path)];
const both = async (n) => {
  for (const page of [books, watches]) await says(page, "#seats", n);
};
await both(16);
for (const page of [books, watches]) {
  await says(page, "#by", "websocket"); // it began with polling
  await record(page, "#seats");
}
console.log("two pages see 16 seats");

await books.click("#book");
await says(books, "#status", "CONFIRMED");
await both(14);
console.log("booked in one, and the seats fell in both");

await relay("kill");
for (const page of [books, watches]) await says(page, "#by", "nothing");
await books.click("#book"); // by the API, and nobody is told
await relay("start");
await says(books, "#status", "CONFIRMED");
await both(12);
console.log("the relay was killed and is back, and both see 12");

await books.click("#declined");
await says(books, "#status", "CANCELLED");
await says(books, "#reason", "card_declined");
await both(12);
console.log("a card was declined, and the undo was seen");

await relay("replace"); // told to stop, it sends everybody away, and another takes over
await books.click("#book");
await says(books, "#status", "CONFIRMED");
await both(10);
for (const page of [books, watches]) await says(page, "#by", "websocket");
console.log("the relay was replaced, and the seats go on falling");

await neverOther(books, 16, 14, 12, 10);
await neverOther(watches, 16, 14, 12, 10);
await done();
