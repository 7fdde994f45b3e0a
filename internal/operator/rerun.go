package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"tourbillon/events"
	"tourbillon/internal/arrow"
	"tourbillon/internal/web"
)

// rerunLine is a fact that is given to a function again, and what came of it,
// or would.
type rerunLine struct {
	Event   json.RawMessage `json:"event"` // redacted
	Verdict string          `json:"verdict"`
	Answer  events.Name     `json:"answer,omitempty"`
	New     bool            `json:"new,omitempty"` // the answer was never said before
	Why     string          `json:"why,omitempty"`
}

// reran is how many facts were given, and what came of them.
type reran struct {
	Facts   int `json:"facts"`
	Answers int `json:"answers"`
	New     int `json:"new,omitempty"` // answers that were never said before, as far as was tried
	Failed  int `json:"failed"`
}

// rerunning is which facts are given again, and to whom.
type rerunning struct {
	function string
	hears    []events.Filter
	wants    func(event.Event) bool // nil: all
	since    time.Time
}

// planRerun tries the facts dry: nothing is written, said, paid or sent.
func (d Desk) planRerun(w http.ResponseWriter, r *http.Request) error {
	return d.reruns(w, r, func(ctx context.Context, function string, ce event.Event) rerunLine {
		t := d.tryAt(ctx, function, ce)
		return rerunLine{Verdict: t.Verdict, Answer: t.said, New: t.anew, Why: t.Why}
	})
}

// rerun gives the facts to the function, and publishes what it answers.
func (d Desk) rerun(w http.ResponseWriter, r *http.Request) error {
	if err := web.ReadNothing(w, r); err != nil {
		return err
	}
	return d.reruns(w, r, d.give)
}

func (d Desk) reruns(w http.ResponseWriter, r *http.Request, give func(context.Context, string, event.Event) rerunLine) error {
	re, err := d.rerunning(r)
	if err != nil {
		return err
	}
	out, sum := &lines{w: w}, reran{}
	for cursor := ""; ; {
		ces, next, err := d.History.Read(r.Context(), cursor, chunk)
		if err != nil {
			return out.end(d, r.Method+" /replay", unread(err))
		}
		for _, ce := range ces {
			if !re.takes(ce) {
				continue
			}
			l := give(r.Context(), re.function, ce)
			l.Event = show(ce)
			sum.count(l)
			if err := out.put(l); err != nil {
				return err
			}
		}
		if cursor = next; len(ces) == 0 {
			return out.put(map[string]reran{"summary": sum})
		}
	}
}

func (s *reran) count(l rerunLine) {
	s.Facts++
	switch l.Verdict {
	case "said":
		s.Answers++
	case "silent":
	default:
		s.Failed++
	}
	if l.New {
		s.New++
	}
}

func (d Desk) rerunning(r *http.Request) (rerunning, error) {
	q := r.URL.Query()
	re := rerunning{function: q.Get("function")}
	re.hears = d.Hears[re.function]
	if len(re.hears) == 0 {
		return re, bad("function", "write one that hears facts: "+strings.Join(slices.Sorted(maps.Keys(d.Hears)), ", "))
	}
	var err error
	if re.since, _, err = span(q, d.Now()); err != nil {
		return re, err
	}
	if q.Get("booking") == "" && q.Get("name") == "" && q.Get("since") == "" {
		return re, bad("booking", "say which facts: by booking, name or since")
	}
	re.wants, err = wantedEvents(q)
	return re, err
}

// takes reports whether a fact is to be given: it is asked for, and a Trigger
// brings its like to the function.
func (r rerunning) takes(ce event.Event) bool {
	if kind, _ := events.Attribute(ce, "kind"); kind != string(events.Fact) || ce.Time().Before(r.since) {
		return false
	}
	if r.wants != nil && !r.wants(ce) {
		return false
	}
	return slices.ContainsFunc(r.hears, func(f events.Filter) bool { return f.Matches(ce) })
}

// give delivers one fact as a broker would, and publishes the answer, also where
// who asked hangs up meanwhile: what the function committed is to be said.
func (d Desk) give(ctx context.Context, function string, ce event.Event) rerunLine {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	answer, err := d.deliver(ctx, function, ce)
	switch {
	case err != nil:
		d.Log.WarnContext(ctx, "operator", "route", "POST /replay", "event", ce.ID(), "err", err)
		return rerunLine{Verdict: "again", Why: "it was not done: " + hide(err.Error()).(string)}
	case answer == nil:
		return rerunLine{Verdict: "silent"}
	}
	name, _ := events.Attribute(*answer, "name")
	if err := d.Broker.Publish(ctx, *answer); err != nil {
		d.Log.WarnContext(ctx, "operator", "route", "POST /replay", "event", ce.ID(), "err", err)
		return rerunLine{Verdict: "again", Answer: events.Name(name), Why: "its answer could not be published: replay it again"}
	}
	d.Log.InfoContext(ctx, "operator", "name", "replay", "event", ce.ID(), "function", function, "said", name)
	return rerunLine{Verdict: "said", Answer: events.Name(name)}
}

// deliver is one HTTP exchange with a function, and nil where it is silent.
func (d Desk) deliver(ctx context.Context, function string, ce event.Event) (*event.Event, error) {
	h := http.Header{}
	body, err := events.WriteHTTP(h, ce)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, h)
	w := &answered{header: http.Header{}, code: http.StatusOK}
	d.Functions[function].ServeHTTP(w, r)
	switch {
	case w.code == http.StatusNoContent:
		return nil, nil
	case w.code != http.StatusOK:
		return nil, fmt.Errorf("%s answers %d", function, w.code)
	}
	answer, err := events.ReadMessage(w.header, &w.body, 1<<20)
	if err != nil {
		return nil, arrow.Never(err)
	}
	return &answer, nil
}

// answered is what a function answered.
type answered struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements [http.ResponseWriter].
func (a *answered) Header() http.Header { return a.header }

// WriteHeader implements [http.ResponseWriter].
func (a *answered) WriteHeader(code int) { a.code = code }

// Write implements [http.ResponseWriter].
func (a *answered) Write(p []byte) (int, error) { return a.body.Write(p) }
