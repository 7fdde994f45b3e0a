// Package breaker stands between the functions and what they call, the store
// and the providers, and stops asking what has not answered for a while.
//
//	          5 failures in a row, over a second
//	closed ────────────────────────────────────────► open
//	   ▲                                             │  ▲
//	   │ 2 calls go well          after 5 s          │  │ one fails
//	   └────────────── half-open ◄───────────────────┘  │
//	                        └───────────────────────────┘
//
// While a breaker is open a call is refused at once, by an *[arrow.AgainError]
// that knows when to ask again: a function answers 503 with Retry-After, and
// the broker backs off. It opens only where nothing works: a part that fails
// is what deliveries are tried again for, and refusing the rest would not help
// it. Each process has breakers of its own.
//
// What counts as a failure is what says that the other side cannot be reached
// or does not answer. A definite answer never is one, whatever it says: a
// revision that is not the newest, a card that is declined. Nor is a caller
// who went away, or who had hardly any time left.
package breaker
