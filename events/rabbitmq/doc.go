// Package rabbitmq is the transport on a RabbitMQ server, 3.10 or later, with
// every promise of [events.Transport]; what waits, is put off or was given up
// outlives the process.
//
//	                    $EXCHANGE.commands  (direct: to)
//	         a command ──►                ──┐
//	Publish ─┤                              ├──► $QUEUES.<subscription> ──► worker ──► handle
//	         all else  ──►                ──┘     quorum, bounded   ▲                    │
//	                    $EXCHANGE  (topic:                          │ when it falls due  │
//	                    <flow>.<saga>.<name>)    $QUEUES.<subscription>.after.<step> ◄─ Again
//	                        │                                                            │
//	                        └─► $QUEUES.history    $QUEUES.dead, a stream  ◄───────── Dead
//	                            a stream                ▲
//	                                          $EXCHANGE.dead  ◄─ what the server gives up
//
// $EXCHANGE.broadcast, a fanout exchange, is for those who want everything while
// they are there: it gets what $EXCHANGE does from the first [Transport.Overhear]
// on, each of which has a queue of its own there.
//
// An event has one routing key, and further ones that the server takes off
// (header BCC): kind=, type= and for commands name=, each with the value as one
// word, and * for all commands. So a subscription's queue gets what its filter
// matches and hardly anything else; the rest of the filter is compared before
// handle sees the event. Letters, digits, _ and - stand for themselves in a
// word, everything else is ~ and two hexadecimal digits; what is too long is a
// hash.
//
// Beyond the contract: first deliveries come in the order published, whatever
// their partitionkey. A bound is kept to an event or two. What is put off waits
// in a queue for the next longer of some steps, so it comes late by two thirds
// of its time at most, and never early; it does not count as waiting, and comes
// back only when its subscription has room. A panic of handle is as in memory.
//
// Not promised: all or nothing. Where one of a fact's subscriptions is full the
// others may have it, and have it again when it is published again.
//
// Whatever happens to the server or to the connection, nothing needs to be done:
// the library connects again for as long as it takes, everything is declared
// again, and what may have been lost is published again or delivered again. How
// acknowledgements and confirms are kept apart across that is told at session.
// A change of the connection is one line in the log each.
//
// A subscription's queue is declared with its filter and bound, and the server
// refuses others: a Trigger that changes them needs its queue removed first, once
// it is empty. Each quorum queue takes about three of the server's file
// descriptors; a server that runs out of them takes no connection any more, so
// give it many (ulimit -n 65536).
package rabbitmq
