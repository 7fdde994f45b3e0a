// Package events is what is said: the vocabulary, the envelope around every
// event, its JSON Schemas, its older versions, and its way over HTTP.
//
//	command  imperative, addressed to one function (To), never archived
//	fact     past tense, addressed to nobody, about exactly one record
//
//	asker's event ──► function ──► Answer ──Render──► Event ──Encode──► CloudEvent
//	                                  │
//	                  id = hash(record, its id, booking, name, attempt)
//
// A fact's id is derived from the effect that it states, never from the event
// that asked for it: whoever asks, and however often, is answered by the same
// fact. Only causationid and trace are the asker's.
//
// Promised: what [Encode] writes, [Decode] reads back; what Decode accepts has
// passed its schema and is of the newest version.
package events
