// Package request is the door: it takes a booking's request in, as the
// function request and as the public HTTP API beside it.
//
//	POST /bookings ─┐                  ┌─► intake, born armed ─► 202
//	POST /events ───┼─► [Door] ─► [Function]      │
//	booking.request ┘ (the broker) ────┘          └─► booking.requested ─► broker
//	GET  /bookings/{id} ◄── intake, booking and saga records, watched
//	POST /departures, PUT /tours ... ─► catalog command ─► broker; the record is
//	                                    watched for how it was decided
//	GET, PUT /customers/{id}/preferences, POST /u/{token} ...
//	              ─► customer record ─► customer.preferences.changed ─► broker
//
// The arrow's commit is what makes a 202 true; the fact is told afterwards, and
// where that fails the keeper wakes and asks. Contact and card token stay in
// the intake record; no event holds either, and no answer but an operator's.
//
// What customers wish to be told is for who shows their key, which is in every
// message to them: as JSON, and in a browser as pages that run and load nothing.
// Contact of who watches departures and tokens of devices are in the customer's
// record alone.
//
// Promised: one key is one booking, whatever comes twice or at once; bad input
// is a 4xx that changes nothing and quotes nothing; nobody polls a record.
// The API is described by openapi.yaml, which is served and tested against the
// handlers.
package request
