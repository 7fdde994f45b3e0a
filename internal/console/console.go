package console

import (
	"bytes"
	"embed"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"tourbillon/internal/web"
)

//go:embed page
var page embed.FS

// hostname is a Host that may be written into a policy.
var hostname = regexp.MustCompile(`^[A-Za-z0-9.:\[\]-]+$`)

// policy lets the page run its own modules and nothing else, and speak to its
// own host alone; browsers differ in whether 'self' has WebSockets in it.
func policy(host string) string {
	own := "'self'"
	if hostname.MatchString(host) {
		own += " ws://" + host + " wss://" + host
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src " + own +
		"; frame-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
}

// mailPolicy is that of the frame that shows a message as its reader gets it:
// styles of its own, and nothing that runs or is fetched.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"

// Home answers browsers with the page, and everybody else by h.
func Home(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept")
		if !strings.Contains(r.Header.Get("Accept"), "text/html") {
			h.ServeHTTP(w, r)
			return
		}
		serve(w, r, "index.html")
	})
}

// Parts answers below /console/.
func Parts() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(w, r, strings.TrimPrefix(r.URL.Path, "/console/"))
	})
}

func serve(w http.ResponseWriter, r *http.Request, name string) {
	raw, err := page.ReadFile("page/" + name)
	if err != nil {
		web.Problem{Kind: "not-found", Title: "Not found", Status: http.StatusNotFound, Detail: "The console has no such part."}.Write(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Content-Security-Policy", policy(r.Host))
	if name == "mail.html" {
		h.Set("Content-Security-Policy", mailPolicy)
	}
	h.Set("Cache-Control", "no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(raw))
}
