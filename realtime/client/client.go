// Package client is the relay's client for browsers, as it is served: one
// module without dependencies, typed by its comments.
package client

import (
	"bytes"
	_ "embed" // of the script
	"net/http"
	"time"
)

// Script is tourbillon.js.
//
//go:embed tourbillon.js
var Script []byte

// Serve answers with [Script].
func Serve() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "tourbillon.js", time.Time{}, bytes.NewReader(Script))
	})
}
