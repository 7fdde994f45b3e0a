package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/store"
)

// epoch is when the checks take place.
var epoch = time.Date(1990, time.May, 1, 9, 0, 0, 0, time.UTC)

// calendar is the lines of one check. Their names are its own, and times are
// counted from epoch. What it wrote is removed when the check ends.
type calendar struct {
	t      *testing.T
	s      store.Store
	prefix string
	wrote  map[store.Key]map[string]bool
}

// newCalendar hides what an earlier run left behind, and begins.
func newCalendar(t *testing.T, s store.Store) *calendar {
	t.Helper()
	c := &calendar{t: t, s: s, prefix: rand.Text() + " ", wrote: map[store.Key]map[string]bool{}}
	t.Cleanup(c.tidy)
	for range 1000 {
		lines, err := s.Due(t.Context(), epoch.AddDate(1, 0, 0), 9*365*24*time.Hour, 1000)
		if err != nil {
			t.Fatalf("due: %v", err)
		}
		if len(lines) == 0 {
			return c
		}
	}
	t.Fatal("lines come again, however long they are claimed for")
	return nil
}

// line is the line of a name; one before epoch is removed.
func (c *calendar) line(name string, at time.Duration) store.Line {
	if at < 0 {
		return store.Line{Name: c.prefix + name}
	}
	return store.Line{Name: c.prefix + name, At: epoch.Add(at)}
}

// set commits one line of a record.
func (c *calendar) set(key store.Key, name string, at time.Duration) {
	c.t.Helper()
	c.note(key, name)
	put(c.t, c.s, store.Write{Key: key, Lines: []store.Line{c.line(name, at)}})
}

// note remembers a line that the check commits itself.
func (c *calendar) note(key store.Key, name string) {
	if c.wrote[key] == nil {
		c.wrote[key] = map[string]bool{}
	}
	c.wrote[key][name] = true
}

// due claims lines and shows each as "name at 1s".
func (c *calendar) due(now, claim time.Duration, limit int) []string {
	c.t.Helper()
	lines, err := c.claim(now, claim, limit)
	if err != nil {
		c.t.Fatalf("due: %v", err)
	}
	return lines
}

func (c *calendar) claim(now, claim time.Duration, limit int) ([]string, error) {
	lines, err := c.s.Due(c.t.Context(), epoch.Add(now), claim, limit)
	shown := []string{}
	for _, l := range lines {
		name, mine := strings.CutPrefix(l.Name, c.prefix)
		if !mine {
			err = errors.Join(err, fmt.Errorf("line %q is of another run, at the same time", l.Name))
		}
		shown = append(shown, fmt.Sprintf("%s at %v", name, l.At.Sub(epoch)))
	}
	return shown, err
}

// comes checks which lines are due.
func (c *calendar) comes(now, claim time.Duration, want ...string) {
	c.t.Helper()
	same(c.t, fmt.Sprintf("due at %v", now), c.due(now, claim, 1000), append([]string{}, want...))
}

func (c *calendar) tidy() {
	for key, names := range c.wrote {
		w := store.Write{Key: key}
		for name := range names {
			w.Lines = append(w.Lines, c.line(name, -1))
		}
		if err := rewrite(context.Background(), c.s, w); err != nil {
			c.t.Errorf("remove the lines of a check: %v", err)
		}
	}
}
