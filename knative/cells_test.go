package knative_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
)

// cell finds out what is so for a Broker of a class.
type cell func(t *testing.T, class string) string

// TestCells holds the runner to every cell of docs/runner.md, and the page to
// having a row for everything that is looked at.
func TestCells(t *testing.T) {
	page, err := os.ReadFile("../docs/runner.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(page), "## What a broker does\n")
	if !ok {
		t.Fatal("the page has no such table")
	}
	rows := map[string]bool{}
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 5 || strings.HasPrefix(line, "| ---") || strings.HasPrefix(line, "| what ") {
			continue
		}
		what := strings.ReplaceAll(strings.TrimSpace(cells[0]), "`", "")
		rows[what] = true
		look, ok := looks[what]
		if !ok {
			t.Errorf("nobody looks whether it is so: %s", what)
			continue
		}
		for i, class := range []string{"RabbitMQBroker", "Kafka", "MTChannelBasedBroker"} {
			t.Run(what+" of "+class, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					if got, want := look(t, class), strings.TrimSpace(cells[i+1]); got != want {
						t.Errorf("it is %q, and the page has %q", got, want)
					}
				})
			})
		}
	}
	for what := range looks {
		if !rows[what] {
			t.Errorf("the page has no row for %s", what)
		}
	}
}
