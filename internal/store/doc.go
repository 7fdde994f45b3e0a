// Package store is what is remembered: records, each a head plus one entry per
// booking, committed atomically and only if nobody else wrote in between.
//
//	Update ─► queue of the record ─► load head + entries ─► decide, one by one
//	             (one process)            ▲                      │
//	                                      └── conflict ── commit, all or nothing
//
// [Store] is the contract of a backend, checked by package storetest against
// every one of them; [Records] is what functions use: it queues the work on
// one record inside one process and commits it in groups, so that a departure
// that everybody wants costs one round trip for many reservations.
//
// Promised: a commit is whole or not at all; it takes the head, the entries,
// the due lines and the index changes together; two decisions never build on
// the same revision. Not promised: that a commit whose answer was lost did not
// happen. Decisions must be safe to repeat, which the entries make them.
package store
