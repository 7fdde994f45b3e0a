// Package packet is what Engine.IO v4 and Socket.IO v5 look like on the wire.
//
//	frame or payload part      4      2      /admin,      7       ["subscribe","tours"]
//	                           │      │      │            │       │
//	                    Engine: type  Socket: type  namespace  ack  arguments
//
// Engine.IO carries messages, by WebSocket frames or by the bodies of
// long-polling; Socket.IO is what those messages are. Nothing here keeps a
// connection: a packet is decoded whole, or it is an error.
package packet
