// Package memory is the transport inside one process: what the system runs on
// when no broker is configured, with every promise of [events.Transport].
//
//	              index         one queue per subscription, bounded
//	Publish ──► who wants it? ──► ready ─ ─ ─ ─ ─ ─►  worker ──► handle
//	   │                            ▲                               │
//	   └─ ErrFull, nobody has it    └──── later (one timer) ◄─ Again┤
//	                                                  letters ◄─Dead┘
//
// Beyond the contract: Publish is all or nothing, over every event and every
// subscription of one call; a bound is kept to the event, redeliveries excepted;
// first deliveries come in the order published, whatever their partitionkey;
// what was put off joins the end of its queue when it is due; a panic of handle
// is logged and the pause after it doubles, from [FirstPause] to [LastPause].
//
// Not promised: anything after the process ends. [Letters] dead letters are
// kept, for [Kept]; an older one that has to go before its time is logged.
package memory
