package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// archive is `archive save FILE`, which writes all facts of the archive into a
// file, and `archive load FILE`, which puts them into the archive of another
// system: where that outlives a system, on servers, they are there already.
func archive(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "save" {
		var all bytes.Buffer
		for cursor := ""; ; {
			_, body := send(ts, http.MethodGet, []string{query("/events", "kind", "fact", "limit", "200", "cursor", cursor)})
			var page eventsPage
			ts.Check(json.Unmarshal(body, &page))
			for _, fact := range page.Events {
				fmt.Fprintf(&all, "%s\n", fact)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		ts.Check(os.WriteFile(ts.MkAbs(args[1]), all.Bytes(), 0o644))
		return
	}
	for _, set := range on(ts).set {
		if strings.HasPrefix(set, "RABBITMQ_URL=") || strings.HasPrefix(set, "KAFKA_BROKERS=") {
			return
		}
	}
	for fact := range strings.Lines(ts.ReadFile(args[1])) {
		req, err := http.NewRequest(http.MethodPost, ts.Getenv("URL")+"/broker/history", strings.NewReader(fact))
		ts.Check(err)
		req.Header.Set("Content-Type", "application/cloudevents+json")
		resp, err := http.DefaultClient.Do(req)
		ts.Check(err)
		ts.Check(resp.Body.Close())
		if resp.StatusCode != http.StatusAccepted {
			ts.Fatalf("the archive answers %s to %s", resp.Status, fact)
		}
	}
}

// wipe is `wipe`: the systems that are up from here on have an empty store, as
// they have anyway where that ends with them.
func wipe(ts *testscript.TestScript, _ bool, _ []string) {
	if on(ts).system != nil {
		ts.Check(errors.New("wipe: say down first"))
	}
	for i, set := range on(ts).set {
		if strings.HasPrefix(set, "REDIS_PREFIX=") {
			on(ts).set[i] = set + "-anew"
		}
	}
}
