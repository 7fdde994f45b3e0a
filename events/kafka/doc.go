// Package kafka is a transport on Kafka, and a history: facts are kept there
// for ever and can be read again.
//
//	Publish ─► producer ─► bookings payments tours notifications sagas   facts
//	              ▲   └──► commands                      all that is no fact
//	              │             │
//	              │             ▼   one consumer group per subscription
//	              │      fetch ─► lanes by key ─► handle ─► done: the offset passes
//	              │        ▲                        │
//	              │        └──── retries ◄── again ─┤
//	              └───────────── dead-letters ◄ dead┘
//
// Promised: what Publish took is with every copy that must have it (acks=all).
// A record's offset is passed only when it is done, put off or given up, and
// that is written: so nothing is lost, and what was in flight when a process
// died or lost its partition is delivered again. Records of one key come one
// after the other, in the order in which they lie in a topic; keys side by
// side. A record that is slow, put off or unreadable is in nobody's way. What
// is done behind one that is not is remembered with the offset, and not done
// again. A key lies where Java's clients put it.
//
// Not promised: an order across topics; a bound of what waits; that somebody
// wants a command. At most as many processes work on a subscription at once as
// its topics have partitions.
//
// Records are CloudEvents in binary mode (headers ce_id and so on); strangers
// may write the structured mode, too. Our own headers, on what is in retries
// and dead-letters, begin with tourbillon_.
package kafka
