package main

import (
	"net/http"

	"tourbillon/internal/provider/postfake"
	"tourbillon/internal/standin"
	"tourbillon/internal/web"
)

// mailroom is the message providers of `tourbillon sandbox`, and those who have
// something go wrong with them, look at what they were sent, and have them tell.
type mailroom struct {
	*standin.Post
	tells *caller
}

// mount is what operators may do.
func (m mailroom) mount(mux *http.ServeMux) {
	mux.HandleFunc("PUT /providers/{name}", func(w http.ResponseWriter, r *http.Request) {
		changed(func(s postfake.State) error { return m.Set(r.PathValue("name"), s) }).ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /providers", func(w http.ResponseWriter, _ *http.Request) { web.JSON(w, http.StatusOK, m.Standings()) })
	mux.Handle("POST /tell", changed(m.told))
	mux.HandleFunc("GET /messages", m.list)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		web.JSON(w, http.StatusOK, map[string]string{"sendgrid": m.SendGridKey()})
	})
}

func (m mailroom) told(w standin.Word) error {
	hook, err := m.Tell(w)
	if err == nil {
		m.tells.emit(hook)
	}
	return err
}

// sentMessages is what the providers have accepted: how often anything, and the
// newest messages, each with how often it was.
type sentMessages struct {
	Accepted int                `json:"accepted"`
	Messages []postfake.Message `json:"messages"`
}

func (m mailroom) list(w http.ResponseWriter, r *http.Request) {
	_, limit, wrong := web.Page(r)
	if wrong != nil {
		wrong.Write(w)
		return
	}
	q := r.URL.Query()
	all := sentMessages{Messages: m.Messages(postfake.Which{
		Provider: q.Get("provider"), Reference: q.Get("reference"), To: q.Get("to"), About: q.Get("about"),
	})}
	for _, one := range all.Messages {
		all.Accepted += one.Accepted
	}
	all.Messages = all.Messages[:min(limit, len(all.Messages))]
	web.JSON(w, http.StatusOK, all)
}
