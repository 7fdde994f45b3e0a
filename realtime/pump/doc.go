// Package pump moves bytes to tens of thousands of sockets with few
// goroutines.
//
//	woken ──► Pool ──► a few workers ──► Socket ──► the kernel, never waiting
//	                                        │
//	                                        └─ full ─► a goroutine of its own, with a deadline
//
// A connection has one goroutine, which reads. What is written to it is written
// by a worker of the [Pool], and a [Socket] never makes that one wait: what the
// kernel does not take at once is left to a goroutine that lives until it has,
// or its deadline ends the connection. A [Wheel] looks after all of them: pings
// and deadlines without a timer each.
package pump
