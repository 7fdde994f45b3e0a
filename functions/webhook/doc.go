// Package webhook takes in what providers tell: that a payment moved, that a
// message arrived or came back, that somebody wants no more of them. It is a
// source, and a door: each provider posts to a path of its own.
//
//	POST /webhooks/<provider>
//	     │ the raw body, read once, to a bound            413
//	     │ signature over it, by any secret in force      401
//	     │ not too old, and not of the future             401
//	     │ what it tells, taken apart                     400
//	     │ seen before?  then that is all                 200
//	     ▼
//	  publish ──► remember (7 days) ──► answer            200, or 503 to be told again
//
// A webhook is a hint. Of a payment it only leads to payment.settle, and the
// provider is asked what is true; of a message only to facts about one that we
// know, by the reference that went out with it.
//
// Promised: nothing is answered 2xx that was to be published and was not; the
// same notice is the same event, whoever sends it again; what a provider may
// add to its vocabulary is acknowledged and counted; no body, address,
// signature or token is logged. Not promised: order. Two of a kind at once may
// be published twice, under one id.
//
// What was published is remembered under the provider's id of it, for longer
// than any provider retries. The store keeps records for ever, so the memory is
// of a fixed number of records ([buckets] of each provider): an id has its
// place by its hash, and each writing drops what is older than a week. It never
// holds more than a week's ids and what was there when the last one came.
package webhook
