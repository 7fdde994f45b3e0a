// Package postfake is SendGrid, Mailgun, Twilio and Amazon SNS as our tests need
// them, behind their own paths, with a memory.
//
//	provider ── HTTP ──▶ Fake ◀── Set: up, down, unavailable, busy, lose
//	                      │
//	     test ◀───────────┴── Messages: what was accepted, and how often
//
// What it keeps of the real ones: how a message is asked for, what is looked at
// before one is accepted, and how each says yes, no, later and why. Their paths
// differ, so that one address serves all four:
//
//	POST /v3/mail/send                                  SendGrid
//	POST /v3/{domain}/messages                          Mailgun
//	POST /2010-04-01/Accounts/{account}/Messages.json   Twilio
//	POST /                                              SNS, Action=Publish
//
// As the real ones it does not know a message again: what is sent twice is
// accepted twice, and counted. Who has said STOP to Twilio is refused until they
// say START.
//
// What it does not keep: whose credentials are right (they must be there), lists
// of recipients, templates, what comes of a message afterwards (the process that
// stands for the world outside tells that when it is told to), and its memory
// from one process to the next.
package postfake
