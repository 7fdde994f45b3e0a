// Package transporttest checks a transport against every sentence of the
// contract in [events.Transport]. One suite, every transport: what passes here
// in memory passes on RabbitMQ and on Kafka, or the sentence is wrong.
//
//	Run ─► 3 rounds at once ─► checks at once ─► one space each
//	                                                 │
//	        ┌────────────── opened by Open ──────────┴───┐
//	        │ Publish ──► [space: exchange, topics] ──► Consume
//	        └────────────────────────────────────────────┘
//
// A test of a transport is a few lines:
//
//	func TestTransport(t *testing.T) {
//		transporttest.Run(t, transporttest.Features{Durable: true}, func(t *testing.T, space string) events.Transport {
//			return dial(t, url, "test."+space)
//		})
//	}
//
// It runs in real time, for it runs against real servers, and never sleeps in
// the hope that something happens meanwhile: it waits for what must come, and
// shows that something does not come by what is sent after it and does, or,
// where that shows nothing, by watching for a moment.
package transporttest
