// Package functionstest is a desk to test functions at: the functions of one
// address, served as a program serves them, over a store in memory, at a time
// that the test sets.
//
//	Hear ──▶ Encode ──▶ arrow.Serve ──▶ Decode ──▶ the answer, or silence
//	                         │
//	                      Records ──▶ memory, counting Commits
//
//	d := functionstest.Open(t, "book", func(*functionstest.Desk) []arrow.Function {
//		return []arrow.Function{book.Function()}
//	})
//	e := d.Event(events.BookingCreate, data)
//	made := d.Says(events.BookingCreated, e)
//	d.Again(e, made)
//
// What is heard and what is said passes through its schema. What a function
// publishes besides its answer does not come by here: give it a publisher. A
// desk is for one test and one goroutine.
package functionstest
