//go:build integration

package realtime_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tourbillon/realtime"
	"tourbillon/realtime/client"
	"tourbillon/realtime/realtimetest"
)

// line is what one of the clients of testdata/node/watch.mjs says.
type line struct {
	Client, Says, Topic, Epoch, Transport, Detail string
	Version                                       uint64
	Available                                     int
}

// audience is those clients.
type audience struct {
	*testing.T
	mu    sync.Mutex
	lines []line
}

// watchers are the clients that watch the departure.
var watchers = []string{"ours", "group", "default", "websocket", "polling", "namespace", "sse"}

// TestOthersWatch has an unmodified socket.io-client, an EventSource and our own
// client watch a departure while relays come and go.
func TestOthersWatch(t *testing.T) {
	folder := node(t)
	truth := realtimetest.NewTruth(1)
	truth.Put(departure(1), `{"id":"d-1","available":4}`, tours)
	truth.Put(realtime.Topic{Kind: realtime.Sagas}, `{"stuck":0}`)
	// It listens where nobody connects from: while it is replaced, its port is nobody's.
	o := realtimetest.Options{Hub: realtime.Options{Sweep: 3 * time.Second, Silence: 2 * time.Second}, Address: "127.0.0.2:0"}
	r := realtimetest.Start(t, truth, o)
	o.Address = r.Addr
	a := gather(t, folder, r.Addr)

	a.all("value", func(l line) bool { return l.Version == 0 && l.Available == 4 })
	want := truth.Change(departure(1)).Version
	a.all("value", func(l line) bool { return l.Version == want && l.Available == 99 })
	a.one("default", "open", func(l line) bool { return l.Transport == "polling" })
	a.one("default", "upgrade", func(l line) bool { return l.Transport == "websocket" })
	a.one("polling", "ack", func(l line) bool { return l.Detail == "value" })
	a.one("ours", "sagas", func(l line) bool { return l.Version == 1 })
	a.one("ours", realtime.CodeUnknownTopic, func(l line) bool { return l.Topic == "departure:nowhere" })
	a.one("guess", "connect_error", func(l line) bool { return l.Detail == realtime.CodeBadToken })

	r.Stop() // and the world goes on
	a.one("default", "close", func(l line) bool { return l.Version == realtime.CloseRestart })
	want = truth.Change(departure(1)).Version
	r = realtimetest.Start(t, truth, o)
	a.all("value", func(l line) bool { return l.Version == want })
	want = truth.Change(departure(1)).Version
	a.all("value", func(l line) bool { return l.Version == want })

	truth.Fault(realtimetest.Faults{Silent: true})
	a.one("ours", "stale", func(line) bool { return true })
	truth.Fault(realtimetest.Faults{})
	truth.Restore("second")
	a.all("value", func(l line) bool { return l.Epoch == "second" && l.Version == 1 })

	truth.Fault(realtimetest.Faults{Lose: 1})
	want = truth.Change(departure(1)).Version // the last word, which the feed loses
	a.all("value", func(l line) bool { return l.Version == want && l.Epoch == "second" })
	a.neverBack()
	r.Stop()
}

// TestClient_IsTyped has TypeScript read the client's comments.
func TestClient_IsTyped(t *testing.T) {
	tsc := exec.CommandContext(t.Context(), "node", "node_modules/typescript/lib/tsc.js", "-p", ".")
	tsc.Dir = node(t)
	if out, err := tsc.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestClient_AgainstAFake runs the client's own tests.
func TestClient_AgainstAFake(t *testing.T) {
	test := exec.CommandContext(t.Context(), "node", "--test", "client.test.mjs")
	test.Dir = node(t)
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// node is a folder with the programs of testdata/node, and what they need.
func node(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/node")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tourbillon.js"), client.Script, 0o600); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (node 20 or later and npm are needed)\n%s", err, out)
	}
	return folder
}

func gather(t *testing.T, folder, addr string) *audience {
	t.Helper()
	a := &audience{T: t}
	cmd := exec.Command("node", "watch.mjs", addr, departure(1).String(), realtimetest.Token)
	cmd.Dir, cmd.Stderr = folder, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() { defer close(read); a.read(out) }()
	t.Cleanup(func() {
		_ = in.Close()
		<-read
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func (a *audience) read(out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil || l.Says == "broken" {
			a.Errorf("%s: %v", lines.Text(), err)
		}
		a.mu.Lock()
		a.lines = append(a.lines, l)
		a.mu.Unlock()
	}
}

// one waits until a client says what is wanted.
func (a *audience) one(who, says string, is func(line) bool) {
	a.Helper()
	said := func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return slices.ContainsFunc(a.lines, func(l line) bool { return l.Client == who && l.Says == says && is(l) })
	}
	for range 2000 {
		if said() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, l := range a.lines {
		if l.Client == who {
			raw, _ := json.Marshal(l)
			all = append(all, string(raw))
		}
	}
	a.Fatalf("%s does not say %s; it says\n%s", who, says, strings.Join(all, "\n"))
}

// all waits until every watcher does.
func (a *audience) all(says string, is func(line) bool) {
	a.Helper()
	for _, who := range watchers {
		a.one(who, says, is)
	}
}

// neverBack complains of versions that go back within an epoch.
func (a *audience) neverBack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	last := map[string]line{}
	for _, l := range a.lines {
		before, ok := last[l.Client]
		if l.Says != "value" {
			continue
		}
		if ok && before.Epoch == l.Epoch && l.Version < before.Version || ok && before.Epoch == "second" && l.Epoch == "first" {
			a.Errorf("%s is told %s@%d after %s@%d", l.Client, l.Epoch, l.Version, before.Epoch, before.Version)
		}
		last[l.Client] = l
	}
}
