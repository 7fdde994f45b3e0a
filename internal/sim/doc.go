// Package sim proves Tourbillon by running it: the shipped functions, arrow,
// store, domain and saga code, under a simulated broker and clock.
//
//	clients ─► door ─┐                     ┌─► replica ─► function ─► ports
//	                 ├─► broker (at least ─┤      ▲                     │
//	clock's tick ────┘   once, any order)  └─► replica        every crossing may be the last
//
// Each delivery runs in a replica of its own wiring and stops at every port it
// crosses: before and after each commit, each call to a provider, each publish
// and before its reply is taken. There the scheduler decides what happens
// next: another delivery goes on, time passes, or the replica crashes. A
// replica that crashed is abandoned where it stood, and nothing of it runs
// again; a fresh one starts on the same store and broker.
//
// A run is decided by its seed alone, and replays. After it the world is
// checked: every saga ended, its end was told once, seats and money add up.
package sim
