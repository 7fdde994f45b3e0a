// Package engineio is Engine.IO v4: sessions that begin by long-polling or by
// WebSocket, and move from the first to the second.
//
//	GET  ?transport=polling            ──► open a session; wait for packets
//	POST ?transport=polling&sid=       ──► packets of the client
//	GET  ?transport=websocket          ──► open a session
//	GET  ?transport=websocket&sid=     ──► probe, and go on there
//
// What a session says is its [Talker]'s: this package moves it. As at the plain
// door, a WebSocket has one goroutine, which reads; a polling session has none,
// but for the requests that are open.
//
// A session lives in one process: where several answer under one name, each of
// its requests must come to the same one, or [Options.Polling] be turned off.
package engineio
