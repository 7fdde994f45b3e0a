// Package realtime shows everybody who watches how things stand: seats left, a
// booking's status, within a fraction of a second. This is the hub; its doors
// are ws, sse and socketio, in the folders below.
//
//	facts ──► Feed ──────► ┌─────┐ ──latest value per topic──► ws        /ws
//	                       │ Hub │ ──────────────────────────► sse       /sse
//	records ► Snapshots ─► └─────┘ ──────────────────────────► socketio  /socket.io/
//
// State, not a log: a topic has a value with a version. Who subscribes gets the
// value, and then newer ones, never an older one; of those that come faster than
// five a second, or than they are read, the newest. A subscriber is registered
// before the value is read, so no change falls between. Facts may come late,
// twice or never: a version that is not newer is dropped; a gap, a new feed and
// a silent one lead to reading again; and every value is read again now and then.
//
// # Topics
//
//	departure:ID   {"id","capacity","held","sold","available"}
//	booking:ID     {"id","status","reason","departureId","seats"}; the id, which cannot be guessed, is the key to it
//	tour:ID        a group: the departures of a tour
//	tours          a group: all departures
//	sagas          operators: {"byStatus","stuck","undoOwed","paidWithoutSeat"}
//	dead-letters   operators: {"count","newest"}
//
// Who watches a group is sent which departures are in it, as members, and the
// values of each under its own topic, departure:ID.
//
// # The plain protocol
//
// WebSocket at /ws, one JSON object in each text frame. The relay greets:
//
//	{"type":"hello","protocol":1,"stale":false}
//
// A client may send, as often as 20 times a second, at most 16 KiB at once:
//
//	{"type":"hello","token":"..."}                  who it is, where it cannot send Authorization: Bearer
//	{"type":"subscribe","topic":"departure:ID"}     from its value on
//	{"type":"subscribe","topic":"departure:ID","version":7,"epoch":"..."}   unless it is still that one
//	{"type":"subscribe","topic":"tours","epoch":"...","seen":{"departure:ID":7}}   the same of a group
//	{"type":"unsubscribe","topic":"departure:ID"}
//	{"type":"ping"}                                 is answered by {"type":"pong"}
//
// and is sent:
//
//	{"type":"value","topic":"departure:ID","version":8,"epoch":"...","time":"...","data":{...}}
//	{"type":"members","topic":"tours","topics":["departure:ID",...]}   again when they change
//	{"type":"stale","stale":true}                   from now on values may be old, or no longer
//	{"type":"error","code":"...","topic":"...","detail":"..."}
//
// Versions of a topic rise, with holes where values were skipped; another epoch
// means that counting began anew, and its value stands whatever its version. To
// subscribe again with what one has is how to check it: the answer is a newer
// value, or nothing.
//
// Error codes: unknown-topic, bad-topic, forbidden, too-many (100 topics that a
// connection named), unknown-type; the connection goes on. bad-message and
// bad-token are followed by its end.
//
// Close codes: 1009 message too large; 1012 the relay is being stopped, with
// the reason "reconnect in N ms"; 4400 bad message; 4401 bad token; 4408 no
// sign of life within 10 s of a ping, or a message that did not end; 4429 too
// many messages, or answers that are not read. A connection that takes nothing
// for 10 s is cut, and one that does not answer a close frame after 3 s.
//
// Before the upgrade: 403 for an origin that is not allowed, 429 for too many
// connections of an address or a token, 503 with Retry-After for a full relay,
// too many who connect at once, or one that is being stopped.
//
// # Server-Sent Events
//
// GET /sse?topic=departure:ID&topic=..., with the same objects as data of the
// events value, members, stale, refused (of type error: that name is the browser's own) and close. The id of an event resumes: a
// browser sends it as Last-Event-ID to the same address. Of a group, all values
// come again. A token goes in the header Authorization; where a client can send
// none, it watches operators' topics by WebSocket.
//
// # Socket.IO
//
// Any client of version 4, at /socket.io/:
//
//	socket.emit("subscribe", "departure:ID", ack)   or {topic, version, epoch, seen}
//	socket.emit("unsubscribe", "departure:ID", ack)
//	socket.on("value", v => ...)                    and members, stale, error, close
//
// The ack of subscribe gets the first thing said of the topic: its value, or the
// error; of a group its members. What an ack got is not sent as an event too. Who
// says what it has and has the newest is answered {"type":"current","topic"}. A token is the
// handshake's auth: {token}.
//
// Long-polling, with which such a client begins, needs every request of a
// session to come to the same replica. Where nothing sees to that, turn it off:
// in the relay, by its options, and in the client, transports: ["websocket"].
// Plain WebSocket and SSE need no such thing.
//
// # Not promised
//
// That every version is seen. That a value is the newest while stale is true.
// That versions that went back without a new epoch, in records that lost what
// they had committed, are noticed.
package realtime
