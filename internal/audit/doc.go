// Package audit holds the records against the archive. It folds the facts with
// code of its own: nothing here decides, and nothing is taken from those that
// do but the plain values that a record is made of.
//
//	archive ─► [Books] one record after another, as the facts say it was
//	                 │
//	                 ├─ compare, field by field ─► [Finding]
//	                 │                                ▲
//	records ─────────┘      seats, money, endings ────┘
//
// A fold goes by recordversion: facts may come in any order, and twice. What
// the archive has not heard yet is taken from the record's own memory, and
// told: as lag while it is young, as missing after. So a record is compared as
// it stands, up to and beyond the version that was archived.
//
// Promised: a difference in any field of a tour, a departure, a booking, its
// seats, its payment or a notification is found, once nothing is under way
// there; of a saga, in what it has said and heard; of a customer that the archive
// knows, in what they wish and whether they may be written to. Not compared, for
// no fact tells it: what the keeper is about to say, leases, of an intake who
// asked, of a customer who they are, their devices and what they watch, and of a
// message what became of it after it was sent.
package audit
