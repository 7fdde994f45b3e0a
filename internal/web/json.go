package web

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// JSON sends v with the status. v is one of ours, and so always JSON.
func JSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	write(w, status, v)
}

func write(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // who is gone does not need it
}

// The bounds of a page.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// Page reads the query parameters cursor and limit of a list, or says what is
// wrong with them.
func Page(r *http.Request) (cursor string, limit int, wrong *Problem) {
	q := r.URL.Query()
	limit = DefaultPage
	if s := q.Get("limit"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > MaxPage {
			return "", 0, &Problem{
				Kind: "parameter", Title: "Parameter cannot be taken", Status: http.StatusBadRequest,
				Detail: "limit: write a whole number from 1 to " + strconv.Itoa(MaxPage),
			}
		}
		limit = n
	}
	return q.Get("cursor"), limit, nil
}

// BadCursor is the problem of a cursor that no page had.
var BadCursor = Problem{
	Kind: "parameter", Title: "Parameter cannot be taken", Status: http.StatusBadRequest,
	Detail: "cursor: send the value of next of the page before, as it is",
}
