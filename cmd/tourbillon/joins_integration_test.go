//go:build integration

package main

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOthersMayJoin runs somebody else's program, in another language and with
// other people's clients, beside the system: it asks for a booking through a
// broker, and hears of it as CloudEvents from every broker that there is.
func TestOthersMayJoin(t *testing.T) {
	folder := joiner(t)
	for _, c := range []struct {
		mode string
		from []string
	}{
		{"both", []string{"kafka", "rabbitmq"}}, {"rabbitmq", []string{"rabbitmq"}}, {"kafka", []string{"kafka"}},
	} {
		t.Run(c.mode, func(t *testing.T) {
			set := modes[c.mode].set("joins-" + strings.ToLower(rand.Text()[:10]))
			for _, s := range set {
				if name, value, _ := strings.Cut(s, "="); value == "" {
					t.Fatalf("%s would be empty: run `make brokers`, then `make integration`", name)
				}
			}
			running(t, set)
			cmd := exec.CommandContext(t.Context(), "node", "join.mjs")
			cmd.Dir = folder
			cmd.Env = slices.Concat(os.Environ(), set, []string{"DEPARTURE=lisbon-alfama-1000"})
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("the other program: %v\n%s", err, out)
			}
			heard(t, out, c.from)
		})
	}
}

// heard demands that the lines tell of a booking's whole way, by each broker.
func heard(t *testing.T, lines []byte, from []string) {
	t.Helper()
	by := map[string][]string{}
	for l := range strings.Lines(string(lines)) {
		var fact struct{ Broker, Name, Type, Source, Subject, Status string }
		if err := json.Unmarshal([]byte(l), &fact); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
		by[fact.Broker] = append(by[fact.Broker], fact.Name)
		if fact.Name == "booking.confirmed" && (fact.Status != "CONFIRMED" || fact.Subject == "" || fact.Type != "tourbillon.booking.confirmed.v1") {
			t.Errorf("the confirmation is %+v", fact)
		}
	}
	for _, broker := range from {
		for _, name := range []string{"booking.requested", "tour.spots.reserved", "booking.created", "payment.succeeded", "booking.confirmed"} {
			if !slices.Contains(by[broker], name) {
				t.Errorf("%s told nothing of %s: it told %q", broker, name, by[broker])
			}
		}
	}
	if len(by) != len(from) {
		t.Errorf("brokers that told: %d, want %q", len(by), from)
	}
}

// joiner is a folder with the other program and the clients that it pins.
func joiner(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/node")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (node 20 or later and npm are needed)\n%s", err, out)
	}
	return folder
}

// running runs the system with the settings until the test ends.
func running(t *testing.T, set []string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tourbillon") // by this name the test binary is the program
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	free := "127.0.0.1:0"
	cmd := exec.Command(program, "up", "--output=json", "--addr="+free, "--notifications-addr="+free, "--saga-addr="+free, "--realtime-addr="+free)
	cmd.Env = slices.Concat(os.Environ(), []string{"TOURBILLON_LOG=error"}, set)
	cmd.Stderr = os.Stderr
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("it did not stop in peace: %v", err)
		}
	})
	if _, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		t.Fatalf("it is not up: %v", err)
	}
}
