// Package sse is the relay's door for Server-Sent Events, /sse: package realtime
// documents what it says.
//
//	GET /sse?topic=a&topic=b
//	  retry: 2300
//	  id: 8@epoch,-        what was seen of a, then of b
//	  event: value
//	  data: {...}
//
// The address names the topics, and a browser that reconnects asks for the same
// one: so an id needs only what was seen of each, in their order.
package sse
