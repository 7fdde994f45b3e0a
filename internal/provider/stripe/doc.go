// Package stripe is Stripe as a payment provider: it keeps the contract of
// record.Payments over Stripe's API.
//
//	booking.Call ──▶ one request, key in Idempotency-Key ──▶ Stripe
//	                                                            │
//	booking.Word ◀── how the intent stands now ◀────────────────┤ an answer
//	                        ▲                                   │
//	                        └──── read again ◀──────────────────┤ an old answer, or
//	                                                            │ no, by how it stands
//	error        ◀── outcome not known ◀────────────────────────┘ no answer, 409, 429, 5xx
//
// Promised: the library asks once per call and never by itself again, so that
// whoever delivers is the only one who tries again, under the same key (but
// for net/http, which sends what has a key once more if the connection that it
// kept turns out to be closed). Only an answer that Stripe has given to the
// key before costs another request, for it tells how the intent stood then:
//
//   - a word that was replayed is read anew;
//   - a failure that was replayed, which Stripe does for as long as it
//     remembers the key, some 24 hours, is asked once more under the next of a
//     few keys, the same for ever: creating twice moves no money, and an intent
//     takes its money once, however often it is confirmed;
//   - an intent is cancelled without a key of ours: that it could not be, for it
//     was being processed, would be replayed when it is not any more;
//   - a refund is looked for by the key that its metadata has, before it is
//     made: when Stripe has forgotten the key, a second one would go through.
//     A replayed failure of a refund stays one until then.
//
// Same key with other parameters, which is a mistake of ours or a setting that
// was changed (the page to return to), is an outcome not known: it was not
// done now, and what was done under the key then is not said.
//
// An amount is written as Stripe wants it and never rounded: what Stripe
// cannot charge is declined with the code amount_not_chargeable.
//
// Not promised: that a card is asked for again by Stripe's own script. A bank
// that wants to see the customer is led to by a redirect alone.
//
// Nothing that Stripe writes in words, no key and no client secret is in an
// error, and nothing is logged: errors name Stripe's type, code and request.
package stripe
