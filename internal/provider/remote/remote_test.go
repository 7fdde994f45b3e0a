package remote_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tourbillon/internal/provider/remote"
)

type note struct {
	Key  string
	Fail bool
}

// desk counts what it is asked.
type desk struct {
	done  atomic.Int64
	slept atomic.Int64 // nanoseconds
	line  *remote.Line
	at    remote.Client
}

func open(t *testing.T) *desk {
	d := &desk{}
	mux := http.NewServeMux()
	remote.Handle(mux, "/notes", func(_ context.Context, n note) (note, error) {
		if n.Fail {
			return note{}, errors.New("the line is down")
		}
		d.done.Add(1)
		return n, nil
	})
	d.line = remote.NewLine(mux, 7, func(_ context.Context, late time.Duration) error { d.slept.Add(int64(late)); return nil })
	srv := httptest.NewServer(d.line)
	t.Cleanup(srv.Close)
	d.at = remote.Client{URL: srv.URL, HTTP: srv.Client()}
	return d
}

func (d *desk) call(t *testing.T, n note) (note, error) {
	var out note
	err := d.at.Call(t.Context(), "/notes", n, &out)
	return out, err
}

func TestCall(t *testing.T) {
	t.Run("is answered", func(t *testing.T) {
		if out, err := open(t).call(t, note{Key: "k"}); err != nil || out.Key != "k" {
			t.Errorf("%+v, %v", out, err)
		}
	})
	t.Run("that fails there has an outcome that is not known", func(t *testing.T) {
		if _, err := open(t).call(t, note{Fail: true}); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("%v", err)
		}
	})
	t.Run("to a path that is not there fails", func(t *testing.T) {
		d := open(t)
		if err := d.at.Call(t.Context(), "/nowhere", note{}, &note{}); err == nil || d.done.Load() > 0 {
			t.Errorf("%v, done %d", err, d.done.Load())
		}
	})
	t.Run("that cannot be read is refused", func(t *testing.T) {
		d := open(t)
		if err := d.at.Call(t.Context(), "/notes", []int{1}, &note{}); err == nil || !strings.Contains(err.Error(), "400") {
			t.Errorf("%v", err)
		}
	})
	t.Run("to nobody does not tell the address", func(t *testing.T) {
		c := remote.Client{URL: "http://user:word@127.0.0.1:1", HTTP: http.DefaultClient}
		if err := c.Call(t.Context(), "/notes", note{}, &note{}); err == nil || strings.Contains(err.Error(), "word") {
			t.Errorf("%v", err)
		}
	})
}

func TestLine(t *testing.T) {
	for _, c := range []struct {
		name     string
		trouble  remote.Trouble
		answered bool
		done     int64
		slept    time.Duration
		counts   remote.Counts
	}{
		{"without trouble", remote.Trouble{}, true, 1, 0, remote.Counts{Calls: 1}},
		{"refused, nothing is done", remote.Trouble{Refuse: 1}, false, 0, 0, remote.Counts{Calls: 1, Refused: 1}},
		{"lost, it is done", remote.Trouble{Lose: 1}, false, 1, 0, remote.Counts{Calls: 1, Lost: 1}},
		{"late, it is done and answered", remote.Trouble{Late: 1, Delay: "25s"}, true, 1, 25 * time.Second, remote.Counts{Calls: 1, Late: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := open(t)
			if err := d.line.Set(c.trouble); err != nil {
				t.Fatal(err)
			}
			_, err := d.call(t, note{Key: "k"})
			if (err == nil) != c.answered || d.done.Load() != c.done || time.Duration(d.slept.Load()) != c.slept || d.line.Counts() != c.counts {
				t.Errorf("%v, done %d, slept %v, %+v", err, d.done.Load(), time.Duration(d.slept.Load()), d.line.Counts())
			}
		})
	}
	t.Run("hits as often as it was told to", func(t *testing.T) {
		d := open(t)
		if err := d.line.Set(remote.Trouble{Refuse: 0.2, Lose: 0.3}); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			_, _ = d.call(t, note{}) // half of them fail
		}
		n := d.line.Counts()
		if n.Refused < 20 || n.Refused > 60 || n.Lost < 40 || n.Lost > 80 || n.Late != 0 {
			t.Errorf("%+v", n)
		}
	})
	t.Run("refuses a delay that is none", func(t *testing.T) {
		if err := open(t).line.Set(remote.Trouble{Refuse: 0.7, Lose: 0.7}); err == nil {
			t.Error("chances of more than one are taken")
		}
		if err := open(t).line.Set(remote.Trouble{Delay: "soon"}); err == nil {
			t.Error("taken")
		}
	})
}
