// Package scale has as many processes of a function as a cluster would: none
// while nothing is asked of it, the first by the first exchange, more as its
// traffic asks for them, and fewer when it goes.
//
//	exchange ─► [Pool.RoundTrip] ─► one that is ready and takes it ─► a process
//	                 │ none: it waits ▲
//	                 ▼                └──── is ready ◄── starts ◄─┐
//	               meter ──► average over the window ──► scaler ──┤
//	                                                  stops, empty ◄┘
//
// # Promises
//
// An exchange waits for a process for no longer than it may take in all, and is
// then answered 504; where ten thousand wait, the next is answered 503. A process
// has no more at once than its limit, and is told to end only with nothing in
// hand. One that dies is replaced when it is missed, after a wait that doubles
// from 0.1 s to 5 s.
//
// The number of processes is that of Knative's pod autoscaler: the metric,
// averaged over the window, by the target; by a tenth of the window in a burst,
// of which the largest number stays for a window; by halves at most when it
// falls; held up by the delay; within min-scale and max-scale.
//
// # Simplified
//
// Everything is measured where it passes, not sampled, and decided every
// thirtieth of the window, or 2 s. There is no burst capacity to reckon with: as
// with a cluster's target-burst-capacity of "-1", all goes through the queue. The
// grace period of a cluster bounds how long its network takes to notice, and is
// nothing here. initial-scale is "0" where it is not written, which a cluster
// has only if its config-autoscaler allows it: here, everything was deployed
// long ago.
package scale
