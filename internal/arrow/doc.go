// Package arrow is what surrounds every handler: one event in, at most one
// out, one record written, whoever asks and however often.
//
//	event ─► recover ─► trace ─► log ─► measure ─► schema ─► deadline ─┐
//	                                                                   ▼
//	   fact ◄─ render ◄─ commit, atomically ◄─ decide (pure) ◄─ load record
//
// A function is a value: [On] decides and says; [Acts] also touches the
// outside, in three strokes (begin, act, finish), each of which may be the
// last one before a crash. [Serve] binds functions to their ports and gives
// the one address at which they are spoken to.
//
// Promised: an answer is given only after what it says is committed; nothing
// is written that was not decided on the newest revision; a panic or a late
// answer costs its own delivery and no other.
package arrow
