// Package post is all message providers as one: it has a message sent by one
// that can.
//
//	message ─► its channel's providers, in order
//	             │
//	             ├─ resting, or its turns are used up ──────────────► the next
//	             ├─ not sent, for sure; its breaker is open ────────► the next
//	             ├─ accepted, or refused because of the recipient ──► that is the answer
//	             └─ not known whether it was sent
//	                  ├─ critical ──────────────────────────────────► the next
//	                  ├─ rather twice than not at all ──────────────► an error: it is asked for again
//	                  └─ rather not at all than twice ──────────────► taken for sent
//
// None of the providers takes a key under which it sends once, so what is not
// known stays so, and the message's category says which way is erred (see
// booking.Category). Of one that knows its keys nothing of that holds: it is
// asked again.
//
// A provider that asks us to wait rests that long, in this process: it is not
// asked before. When nobody could be asked, or nobody has sent it, the error
// says when the first of them may be asked again; nothing is waited for here.
//
// Told are the provider, the channel and the booking, and never the address or
// the words.
package post
