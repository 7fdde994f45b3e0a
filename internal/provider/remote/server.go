package remote

import (
	"context"
	"encoding/json"
	"net/http"

	"tourbillon/internal/web"
)

// maxCall bounds a call's body, in bytes: a message has a text in it.
const maxCall = 1 << 20

// Handle has do answer the calls to the path. An error of do is answered by
// 503, which says nothing of what was done.
func Handle[In, Out any](mux *http.ServeMux, path string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var in In
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(&in); err != nil {
			web.Problem{
				Kind: "body", Title: "Call cannot be read", Status: http.StatusBadRequest, Detail: "Send the call as JSON.",
			}.Write(w)
			return
		}
		out, err := do(r.Context(), in)
		if err != nil {
			web.Problem{
				Kind: "unknown-outcome", Title: "Outcome is not known", Status: http.StatusServiceUnavailable,
				Detail: "Ask again under the same key: " + err.Error(),
			}.Write(w)
			return
		}
		web.JSON(w, http.StatusOK, out)
	})
}
