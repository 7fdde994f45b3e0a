// Package ws is the relay's plain WebSocket door, /ws: package realtime
// documents its protocol.
//
//	reader, one per connection ──► command ──► hub
//	hub ──wakes──► pump.Pool ──takes──► prepared frames ──► socket
//	pump.Wheel ──► pings, and the end of who does not answer
//
// A frame is made once for all connections. A connection holds one goroutine
// and no write buffer.
package ws
