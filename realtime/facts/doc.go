// Package facts feeds the relay's hub from what the system says and remembers.
//
//	history ───► [Tail] ───────┬► [Changes] of each fact ──► hub
//	transport ─► [Overheard] ──┘
//	records ──► [Snapshots] ────────────────────────► hub
//
// Both say the same of the same version: a departure's fact carries the counters
// as they stood when it was said, which are those that the record had at that
// version; of a booking, the fact carries its status.
package facts
