// Package booking is the domain: what is true of a departure, a booking and a
// payment, and what may happen to each of them next.
//
//	departure  open ──► closed ──► (departed)        one head, and per booking a Seat:
//	             └────► cancelled                    (nothing) ─► held ─► sold
//	                                                     ├─► refused    └──► released
//	booking    (nothing) ─► created ─► confirmed ─► completed
//	             └───────────┴──────────┴─► closed as REJECTED, EXPIRED or CANCELLED
//	payment    begun ─► made ─► confirming ─► paid | pending | declined
//	             └────────── undone: refunded, or voided ──┘
//
// Every method is a pure function of values: it takes a state, the wish and
// the time, and returns the next state. Nothing here knows an event, a store
// or a network. A record is also the memory of what it answered: each effect
// leaves a [Said], and asking again changes nothing, so that the caller finds
// the same Said and gives the same answer.
//
// Promised: no departure is oversold ([Departure.Hold]); confirm and close
// exclude each other ([Record.Confirm], [Record.Close]); money is given back
// only as the provider's word says ([Payment.Next]).
// Not promised: when anything happens. That is package saga's.
package booking
