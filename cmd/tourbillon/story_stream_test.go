package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// stream is what a stream of Server-Sent Events has said.
type stream struct {
	mu    sync.Mutex
	lines []string
	from  int // the first line that no `streamed` has passed
	err   error
}

// watch is `sse [http...] TOPIC...`: it opens a stream of the topics at the
// relay, or at the system that is named, and hears it until the story ends.
func watch(ts *testscript.TestScript, _ bool, args []string) {
	at := ts.Getenv("REALTIME")
	if len(args) > 0 && strings.HasPrefix(args[0], "http") {
		at, args = args[0], args[1:]
	}
	ctx, stop := context.WithCancel(context.Background())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/sse?"+url.Values{"topic": args}.Encode(), nil)
	ts.Check(err)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		stop()
		ts.Fatalf("sse: %v", err)
	}
	h := new(stream)
	on(ts).heard = h
	over := make(chan struct{})
	go func() {
		defer close(over)
		h.hear(resp.Body)
	}()
	ts.Defer(func() {
		stop()
		<-over
		_ = resp.Body.Close() // the stream was given up
	})
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("sse: %s", resp.Status)
	}
}

// hear keeps every line of data, with its event before it.
func (h *stream) hear(from io.Reader) {
	in := bufio.NewScanner(from)
	in.Buffer(nil, 1<<20)
	event := ""
	for in.Scan() {
		field, value, _ := strings.Cut(in.Text(), ": ")
		switch field {
		case "event":
			event = value
		case "data":
			h.mu.Lock()
			h.lines = append(h.lines, event+" "+value)
			h.mu.Unlock()
		}
	}
	h.mu.Lock()
	h.err = fmt.Errorf("the stream ended: %v", in.Err())
	h.mu.Unlock()
}

// next is the first line that has the text, of those that were not passed yet.
func (h *stream) next(text string) (line string, found bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := h.from; i < len(h.lines); i++ {
		if strings.Contains(h.lines[i], text) {
			h.from = i + 1
			return h.lines[i], true, nil
		}
	}
	return "", false, h.err
}

// streamed is `streamed TEXT [FOR]`: it waits until the newest stream says it,
// for at most a quarter of a minute or as long as is said. What was said before
// that is passed.
func streamed(ts *testscript.TestScript, _ bool, args []string) {
	patience := 15 * time.Second
	if len(args) > 1 {
		var err error
		patience, err = time.ParseDuration(args[1])
		ts.Check(err)
	}
	h := on(ts).heard
	if h == nil {
		ts.Fatalf("streamed: no stream is open: say sse TOPIC... before")
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		line, found, err := h.next(args[0])
		switch {
		case found:
			fmt.Fprintf(ts.Stdout(), "%s\n", line)
			return
		case err != nil || time.Now().After(deadline):
			h.mu.Lock()
			defer h.mu.Unlock()
			ts.Fatalf("%q is not said: %v\n%s", args[0], err, strings.Join(h.lines, "\n"))
		}
	}
}
