package sandbox

import (
	"context"
	"html/template"
	"net/http"
	"regexp"

	"tourbillon/internal/booking"
	"tourbillon/internal/web"
)

// PagePath is where the page of the sandbox's bank is, below the public door;
// the intent's id follows.
const PagePath = "/sandbox/authenticate/"

var intentPattern = regexp.MustCompile(`^pi_[0-9a-zA-Z_]{1,64}$`)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>The sandbox's bank</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.4rem 1.2rem;margin-right:.6rem}</style>
<h1>The sandbox's bank</h1>
{{- if .Waits}}
<p>A payment is waiting: is it really you who pays? No money moves here.</p>
<form method="post">
<button name="outcome" value="approve">Yes, it is me</button>
<button name="outcome" value="decline">No</button>
</form>
{{- else}}
<p>There is nothing to do here. The payment is {{.Status}}; you can go back to the shop, which hears of it in a moment.</p>
{{- end}}
`))

// Page is where customers show the sandbox's bank who they are: it stands for
// the page that a real bank has. GET shows it, POST with the form
// field outcome=approve or outcome=decline answers it.
func Page(b Books) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PagePath+"{intent}", func(w http.ResponseWriter, r *http.Request) {
		show(w, r, func(ctx context.Context, intent string) (booking.Word, error) {
			return b.Authenticate(ctx, intent, nil)
		})
	})
	mux.HandleFunc("POST "+PagePath+"{intent}", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, web.MaxBody)
		outcome := r.PostFormValue("outcome")
		if outcome != "approve" && outcome != "decline" {
			web.Problem{
				Kind: "body", Title: "No outcome", Status: http.StatusBadRequest,
				Detail: "Send the form field outcome=approve or outcome=decline.",
			}.Write(w)
			return
		}
		show(w, r, func(ctx context.Context, intent string) (booking.Word, error) {
			return b.Authenticate(ctx, intent, new(outcome == "approve"))
		})
	})
	return mux
}

func show(w http.ResponseWriter, r *http.Request, ask func(ctx context.Context, intent string) (booking.Word, error)) {
	intent, word := r.PathValue("intent"), booking.Word{Status: booking.WordUnknown}
	var err error
	if intentPattern.MatchString(intent) {
		word, err = ask(r.Context(), intent)
	}
	switch {
	case err != nil:
		web.Problem{
			Kind: "unavailable", Title: "Cannot be done now", Status: http.StatusServiceUnavailable, Detail: "Ask again.",
		}.Write(w)
		return
	case word.Status == booking.WordUnknown:
		web.Problem{
			Kind: "not-found", Title: "No such payment", Status: http.StatusNotFound, Detail: "The sandbox knows no payment of this id.",
		}.Write(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'")
	_ = page.Execute(w, struct { // who is gone does not need it
		Waits  bool
		Status booking.IntentStatus
	}{word.Action != nil, word.Status})
}
