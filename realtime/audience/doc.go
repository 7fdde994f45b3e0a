// Package audience is many who watch a relay at once, to measure it from outside:
// each with a connection of its own, over plain WebSocket or Socket.IO, watching
// one departure or all of them.
//
//	relay ──► watcher ──┐
//	relay ──► watcher ──┼──► Tally: how late values are, and whether they are true
//	relay ──► watcher ──┘
//
// A crowd believes nothing. What a departure has at a version is known to it by
// [Stock], as it is to the source of the facts, so that each value is checked: it
// is of the departure that is watched, it is newer than the one before, and its
// numbers are those of its version. Whatever else is said counts as wrong.
//
// All are told the same bytes, so a crowd reads each message once and compares
// it afterwards: one core is to tell a crowd's time from a relay's.
package audience
