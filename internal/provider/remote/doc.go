// Package remote is how a provider of ours is spoken to that runs in another
// process: one POST per call, JSON both ways.
//
//	tourbillon up ── Client ──▶ HTTP ──▶ Handle ── the sandbox, the mailbox
//	                                      │
//	                                   Trouble: lost, late and refused answers
//
// A call has its idempotency key in its body. Whatever is not an answer, be it
// a broken line, a status that is not 200 or a deadline, is an error: an
// outcome that the caller cannot know. Nothing here tries again; whoever asked
// does, under the same key.
package remote
