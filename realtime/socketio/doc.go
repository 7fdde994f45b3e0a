// Package socketio is Socket.IO v5, as clients of version 4 speak it, over any
// carrier of Engine.IO messages; and what the relay says by it.
//
//	carrier ──Hear──► Session ──► Socket, one for each namespace ──► App, Talk
//	carrier ◄──Take── Session ◄── what it was asked to emit, and what Talks have
//
// A [Session] is pulled from: it says by Wake that there is something, and hands
// over what the carrier has room for. So a [Watch], the relay's own [App], keeps
// no queue: what it hands over is the newest value of each topic, rendered once
// for all sockets of its namespace.
//
// There are namespaces, acks of the client's events, auth, and attachments of
// what the client sends. The server asks for no acks, and its sessions are not
// recovered: state makes that needless.
package socketio
