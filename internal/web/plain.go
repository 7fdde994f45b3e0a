package web

import (
	"net/http"
	"path"
	"strings"
)

// Plain lets requests through whose path is written as it is meant, and answers
// the others with 404: a mux would send them elsewhere, with a page in HTML.
func Plain(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if clean := path.Clean("/" + p); p != clean && strings.TrimSuffix(p, "/") != clean {
			Problem{
				Kind: "not-found", Title: "Not found", Status: http.StatusNotFound,
				Detail: "Write the path without empty parts and dots.",
			}.Write(w)
			return
		}
		h.ServeHTTP(w, r)
	})
}
