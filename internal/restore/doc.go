// Package restore makes each of the two memories whole from the other: what
// the archive lacks is said again from the records, and records that are gone
// are made anew from the archive.
//
//	records ─► [Said]: every fact that an entry remembers ─► archive
//	archive ─► audit.Books ─► [Rebuild] ─► an empty store
//	                  facts ─► saga.Decide ─┘ (sagas alone)
//
// Promised: a fact that is said again is the fact as it was first said, by id,
// source, time, version and data; tours, departures, seats, bookings, payments
// and notifications are made anew as the archive has them, exactly, with what
// falls due and the lists that they are in; and of customers what they wish, and
// which addresses are written to no more.
//
// Not promised: what was in no fact. An intake is in no archive, so nobody's
// address or card comes back, erased or not; nor do devices, nor who watches a
// departure; nor a wish that was not granted yet, a lease, or a payment's attempt
// or a message's of which nothing was said. A message that was put off falls due
// when it was to, and is refused then: nobody knows whom it is for.
package restore
