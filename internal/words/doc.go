// Package words says what happened in words: a mail in HTML and in plain text,
// with an invitation for a calendar where there is a date to keep; a text
// message; a push message. In every language that we speak.
//
//	            booking.confirmed.fr.tmpl     the message's sentences
//	News  ─►  + shared.fr.tmpl            ─►  page ─┬─ layout.html.tmpl ─► mail, HTML
//	            (text/template)                     ├─ layout.text.tmpl ─► mail, text
//	                                                └─ as they are ──────► text, push
//
// Sentences are plain text and are written once: what the layouts make of them
// says the same. The HTML layout alone knows of HTML, and html/template escapes
// whatever it is given, by where it stands.
//
// A folder may stand over the embedded files: see [Open]. [Told] is all that a
// template can say.
package words
