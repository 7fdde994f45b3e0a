// Package fake is Stripe as our tests need it: payment intents, refunds and
// the balance, behind Stripe's own paths, with a memory.
//
//	provider ── HTTP, with or without a socket ──▶ Fake ── Emit ──▶ events
//	                                                ▲ │
//	   test ── Fail, Authenticate, Dispute, Pass ───┘ └──▶ Intents, Requests
//
// What it keeps of the real one: statuses and what may follow them, the shape
// of answers and errors, the key in Authorization, and idempotency keys, whose
// first status and body are given again for 24 hours, failures included; with
// other parameters they are an error, and while the first is at it a conflict.
// What was refused before it was begun leaves nothing. A parameter that it does
// not know is refused, so that it accepts no more than the real one.
//
// The payment method says what happens. Stripe's test names do what they do
// there, and the sandbox's tokens what they do in the sandbox: see [Methods].
// What comes later comes when Now has gone on by Late, and is announced with
// the next request or [Fake.Pass].
//
// What it does not keep: prices below Stripe's least, fees, customers,
// anything but cards, and its memory from one process to the next.
package fake
