// Package web is what our HTTP doors share: problems (RFC 9457), JSON bodies,
// lists that are read by pages, and who may come in as an operator.
//
// Promised: an answer is JSON with a length, a problem names the field that it
// is about, and nothing that was sent is quoted back.
package web
