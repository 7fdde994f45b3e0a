package postfake

import (
	"strings"
	"time"
)

// reference is what our reference travels as.
const reference = "tourbillon_id"

// Message is what a provider has accepted. What comes again under the same
// reference of ours is the same message, accepted again.
type Message struct {
	Provider  string    `json:"provider"`
	Reference string    `json:"reference,omitempty"` // ours; empty: it has none, and each is one of its own
	ID        string    `json:"id"`                  // the provider's, of the newest
	To        string    `json:"to"`
	From      string    `json:"from,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Body      string    `json:"body"` // the plain text
	Accepted  int       `json:"accepted"`
	At        time.Time `json:"at"` // of the newest

	Account  string `json:"-"` // Twilio: of whose it is
	Callback string `json:"-"` // Twilio: where its status is told
}

func (f *Fake) keep(m Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := m.Provider + " " + m.Reference
	if m.Reference == "" {
		key += m.ID
	}
	old := f.known[key]
	if old == nil {
		old = new(Message)
		f.known[key] = old
		f.kept = append(f.kept, old)
	}
	m.Accepted, m.At = old.Accepted+1, f.now()
	*old = m
}

// Which are the messages that are asked for. The zero value is all of them.
type Which struct {
	Provider  string // empty: any
	Reference string
	To        string
	About     string // a text in their words
}

func (w Which) is(m *Message) bool {
	return (w.Provider == "" || w.Provider == m.Provider) && (w.Reference == "" || w.Reference == m.Reference) &&
		(w.To == "" || w.To == m.To) && (strings.Contains(m.Subject, w.About) || strings.Contains(m.Body, w.About))
}

// Messages returns what was accepted, that which came first the last.
func (f *Fake) Messages(which Which) []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := []Message{}
	for i := len(f.kept) - 1; i >= 0; i-- {
		if m := f.kept[i]; which.is(m) {
			all = append(all, *m)
		}
	}
	return all
}

// Accepted is how often a message was accepted, by our reference, at all
// providers together.
func (f *Fake) Accepted() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]int{}
	for _, m := range f.kept {
		if m.Reference != "" {
			all[m.Reference] += m.Accepted
		}
	}
	return all
}
