package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"tourbillon/knative"
)

// stage is what a story's words share: how its systems stand, the running
// system, and the newest answer.
type stage struct {
	args   []string // of up
	set    []string // KEY=value
	system *exec.Cmd
	body   []byte
	heard  *stream // the newest stream

	// raised, where it is set, is told where a system's gateway is, and "" when
	// the system is gone.
	raised func(gateway string)
}

// output is what a program writes while a story goes on. The writer that
// testscript has is not for that: it is read at the end of each word.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// onStage is the key under which a story keeps its stage.
type onStage struct{}

func on(ts *testscript.TestScript) *stage { return ts.Value(onStage{}).(*stage) }

// raise is `up [ARGUMENT...]`: it runs the system on free ports, until the
// story ends, and sets URL, NOTIFICATIONS, SAGA and REALTIME.
func raise(ts *testscript.TestScript, _ bool, args []string) {
	if dir := ts.Getenv("MANIFESTS"); dir != "" && !slices.Contains(args, "-f") {
		args = append(args, "-f", dir)
	}
	free := "127.0.0.1:0"
	own := []string{"up", "--output=json", "--addr=" + free, "--notifications-addr=" + free, "--saga-addr=" + free, "--realtime-addr=" + free}
	args = slices.Concat(own, on(ts).args, args)
	cmd := exec.Command(program(ts), args...)
	cmd.Env = os.Environ()
	for _, name := range []string{"TOURBILLON_LOG", "TOURBILLON_OPERATOR_TOKEN", "TOURBILLON_TRUST_LOOPBACK", "STRIPE_WEBHOOK_SECRET", "TOURBILLON_TEMPLATES", everyFlow} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Env = append(cmd.Env, on(ts).set...)
	cmd.Dir = ts.Getenv("WORK")
	logged := logs(ts)
	cmd.Stderr = logged
	said, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		ts.Fatalf("it is not up: %v\n%s", cmd.Wait(), logged)
	}
	on(ts).system = cmd
	ts.Defer(func() { ts.Check(on(ts).stop()) })
	var at struct{ Gateway, Notifications, Saga, Realtime string }
	ts.Check(json.Unmarshal(line, &at))
	ts.Setenv("URL", at.Gateway)
	ts.Setenv("NOTIFICATIONS", at.Notifications)
	ts.Setenv("SAGA", at.Saga)
	ts.Setenv("REALTIME", at.Realtime)
	ts.Setenv("TOURBILLON_URL", at.Gateway)
	if on(ts).raised != nil {
		on(ts).raised(at.Gateway)
	}
}

// logs takes what a program logs. The story's own log has it in the end.
func logs(ts *testscript.TestScript) *output {
	var o output
	ts.Defer(func() { ts.Logf("[log]\n%s", &o) })
	return &o
}

// program is this test binary, as the program.
func program(ts *testscript.TestScript) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, "tourbillon")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	ts.Fatalf("no tourbillon in the path")
	return ""
}

// lower is `down`: it stops the system as Ctrl-C does, and demands that it goes
// in peace.
func lower(ts *testscript.TestScript, _ bool, _ []string) { ts.Check(on(ts).stop()) }

func (s *stage) stop() error {
	cmd := s.system
	if cmd == nil {
		return nil
	}
	s.system = nil
	if s.raised != nil {
		s.raised("")
	}
	return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait())
}

// exchange is `POST PATH [FILE] [Header:value...]`, and so for other methods.
// A path that does not begin with http is the gateway's. It shows the status,
// the place that the answer names, and the body. With ! the answer must be a
// 4xx or 5xx, else it must be none.
func exchange(method string) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		resp, body := send(ts, method, args)
		on(ts).body = body
		fmt.Fprintf(ts.Stdout(), "%s\n", resp.Status)
		if at := resp.Header.Get("Location"); at != "" {
			fmt.Fprintf(ts.Stdout(), "Location: %s\n", at)
		}
		fmt.Fprintf(ts.Stdout(), "\n%s\n", body)
		if refused := resp.StatusCode >= 400; refused != neg {
			ts.Fatalf("%s %s: %s\n%s", method, args[0], resp.Status, body)
		}
	}
}

func send(ts *testscript.TestScript, method string, args []string) (*http.Response, []byte) {
	url, file := args[0], ""
	if !strings.HasPrefix(url, "http") {
		url = ts.Getenv("URL") + url
	}
	headers := args[1:]
	if len(headers) > 0 && !strings.Contains(headers[0], ":") {
		file, headers = headers[0], headers[1:]
	}
	var in io.Reader
	if file != "" {
		in = strings.NewReader(strings.TrimSpace(os.Expand(ts.ReadFile(file), ts.Getenv)))
	}
	req, err := http.NewRequest(method, url, in)
	ts.Check(err)
	if file != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	c := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	ts.Check(err)
	body, err := io.ReadAll(resp.Body)
	ts.Check(errors.Join(err, resp.Body.Close()))
	return resp, body
}

// keep is `keep VARIABLE FIELD`: it keeps a field of the newest answer, or one
// in it, as nextAction.url, or one of a list's first, as payments.0.id.
func keep(ts *testscript.TestScript, _ bool, args []string) {
	var value any
	ts.Check(json.Unmarshal(on(ts).body, &value))
	for field := range strings.SplitSeq(args[1], ".") {
		if list, ok := value.([]any); ok && len(list) > 0 && field == "0" {
			value = list[0]
			continue
		}
		of, _ := value.(map[string]any)
		var ok bool
		if value, ok = of[field]; !ok {
			ts.Fatalf("the answer has no %s: %s", args[1], on(ts).body)
		}
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// named is `named VARIABLE FILE FIELD`: it keeps the first text of that field
// in a file of JSON, wherever it is.
func named(ts *testscript.TestScript, _ bool, args []string) {
	_, rest, found := strings.Cut(ts.ReadFile(args[1]), `"`+args[2]+`": "`)
	value, _, ended := strings.Cut(rest, `"`)
	if !found || !ended {
		ts.Fatalf("%s has no text %s", args[1], args[2])
	}
	ts.Setenv(args[0], value)
}

// eventually is `eventually PATH TEXT [FOR]`: it asks until the answer has the
// text, for at most a quarter of a minute, which is shorter than the keeper's
// first reminder; or for as long as is said, where that is to be waited for; or
// for less, where it is to go wrong.
func eventually(ts *testscript.TestScript, _ bool, args []string) {
	patience := 15 * time.Second
	if len(args) > 2 {
		var err error
		patience, err = time.ParseDuration(args[2])
		ts.Check(err)
	}
	deadline := time.Now().Add(patience)
	if ts.Getenv(goesWrong) != "" {
		deadline = time.Now().Add(7 * time.Second)
	}
	for {
		resp, body := send(ts, http.MethodGet, args[:1])
		if on(ts).body = body; resp.StatusCode == http.StatusOK && strings.Contains(string(body), args[1]) {
			fmt.Fprintf(ts.Stdout(), "%s\n", body)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s does not come to have %s: %s %s", args[0], args[1], resp.Status, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// write is `manifests FOLDER [OLD NEW]`: it writes the manifests into a folder,
// every OLD in them changed to NEW, of which there must be one.
func write(ts *testscript.TestScript, _ bool, args []string) {
	files := knative.Base()
	if dir := ts.Getenv("MANIFESTS"); dir != "" {
		files = os.DirFS(dir)
	}
	to := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(to, 0o755))
	names, err := fs.Glob(files, "*.yaml")
	ts.Check(err)
	changed := 0
	for _, name := range names {
		raw, err := fs.ReadFile(files, name)
		ts.Check(err)
		text := string(raw)
		if len(args) > 2 {
			changed += strings.Count(text, args[1])
			text = strings.ReplaceAll(text, args[1], args[2])
		}
		ts.Check(os.WriteFile(filepath.Join(to, name), []byte(text), 0o644))
	}
	if len(args) > 2 && changed == 0 {
		ts.Fatalf("the manifests have no %q", args[1])
	}
}
