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
// falls due and the lists that they are in.
//
// Not promised: what was in no fact. An intake is in no archive, so nobody's
// address or card comes back, erased or not; nor does a wish that was not
// granted yet, a lease, or a payment's attempt of which nothing was said.
package restore
