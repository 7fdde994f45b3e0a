package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// watchers is `watchers N DEPARTURE`: so many customers watch it from now on.
func watchers(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	c := http.Client{Timeout: time.Minute}
	defer c.CloseIdleConnections()
	for i := range n {
		body := fmt.Sprintf(`{"customer":{"name":"Watcher","email":"watcher%d@example.com","locale":"fr"}}`, i)
		req, err := http.NewRequest(http.MethodPost, ts.Getenv("URL")+"/departures/"+args[1]+"/watch", strings.NewReader(body))
		ts.Check(err)
		req.Header.Set("Content-Type", "application/json")
		var watch struct{ CustomerID string }
		if err := fetch(&c, req, &watch); err != nil || watch.CustomerID == "" {
			ts.Fatalf("watch: %v, %+v", err, watch)
		}
	}
}

// mailed is `mailed N TEMPLATE`: it waits until so many messages of the template
// were sent, for as long as eventually does, and demands that no more were, and
// that nobody was sent the same message twice.
func mailed(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	patience := 30 * time.Second
	if ts.Getenv(goesWrong) != "" {
		patience = 7 * time.Second
	}
	c := http.Client{Timeout: time.Minute}
	defer c.CloseIdleConnections()
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		sent, twice, err := inMailbox(&c, ts.Getenv("URL"), args[1])
		ts.Check(err)
		switch {
		case twice != "" || sent > want:
			ts.Fatalf("%d messages %s were sent, one to %q twice", sent, args[1], twice)
		case sent == want:
			return
		case time.Now().After(deadline):
			ts.Fatalf("%d messages %s were sent, want %d", sent, args[1], want)
		}
	}
}

// inMailbox is how many messages of a template were sent, and one that was sent
// twice.
func inMailbox(c *http.Client, url, template string) (sent int, twice string, err error) {
	for cursor := ""; ; {
		req, err := http.NewRequest(http.MethodGet, url+"/mailbox?limit=200&cursor="+cursor, nil)
		if err != nil {
			return 0, "", err
		}
		var page struct {
			Messages []struct {
				Key, To, Template string
				Asked             int
			}
			Next string
		}
		if err := fetch(c, req, &page); err != nil {
			return 0, "", err
		}
		for _, m := range page.Messages {
			if m.Template == template {
				sent++
				if m.Asked > 1 {
					twice = m.To
				}
			}
		}
		if cursor = page.Next; cursor == "" {
			return sent, twice, nil
		}
	}
}
