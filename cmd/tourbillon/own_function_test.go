package main

import (
	"errors"
	"go/format"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// ownPage tells how to write a function of one's own.
const ownPage = "../../docs/own-function.md"

// onPage is the blocks of one language on that page.
func onPage(t *testing.T, language string) (blocks []string) {
	t.Helper()
	page, err := os.ReadFile(ownPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// TestOwnFunction builds the function that docs/own-function.md shows, away from
// this module and without a network, and has it do what the page says.
func TestOwnFunction(t *testing.T) {
	code, manifest := onPage(t, "go"), onPage(t, "yaml")
	if len(code) != 1 || len(manifest) != 1 {
		t.Fatalf("the page has %d programs and %d manifests", len(code), len(manifest))
	}
	if tidy, err := format.Source([]byte(code[0])); err != nil || string(tidy) != code[0] {
		t.Errorf("the program is not as gofmt has it: %v", err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": code[0], "loyalty.yaml": manifest[0]} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"mod", "init", "example.com/loyalty"}, {"build", "-o", "loyalty", "."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOPROXY=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	var own served
	p := telling("")
	p.Files = []string{"testdata/own-function.txtar"}
	p.Cmds["serve"], p.Cmds["hears"] = own.serve, own.hears
	set := p.Setup
	p.Setup = func(e *testscript.Env) error {
		own.program = filepath.Join(dir, "loyalty")
		return errors.Join(set(e), os.CopyFS(e.WorkDir, os.DirFS(dir)))
	}
	testscript.Run(t, p)
}

// TestOwnFunction_Commands holds what a person is told to paste to what
// testdata/own-function.txtar and TestOwnFunction do.
func TestOwnFunction_Commands(t *testing.T) {
	var got []string
	for _, block := range onPage(t, "sh") {
		for line := range strings.Lines(block) {
			command, _, _ := strings.Cut(line, " #")
			got = append(got, strings.TrimSpace(command))
		}
	}
	pins, err := os.ReadFile("../../knative/kind/pins")
	if err != nil {
		t.Fatal(err)
	}
	ko := regexp.MustCompile(`(?m)^KO=(\S+)`).FindSubmatch(pins)
	want := []string{
		"mkdir ../loyalty && go build -o ../loyalty/ ./cmd/tourbillon",
		"cd ../loyalty && go mod init example.com/loyalty",
		"go run .",
		"./tourbillon up -also loyalty.yaml -at loyalty=http://127.0.0.1:9000",
		"./tourbillon book",
		"PROGRAMME=down go run .",
		"./tourbillon book && sleep 120 && ./tourbillon dlq ls",
		"go run .",
		"./tourbillon dlq replay -trigger loyalty -yes",
		"KO_DOCKER_REPO=kind.local KIND_CLUSTER_NAME=tourbillon go run github.com/google/ko@" + string(ko[1]) +
			" apply -f loyalty.yaml -- --context kind-tourbillon",
		"kubectl --context kind-tourbillon -n tourbillon logs -l serving.knative.dev/service=loyalty -c user-container",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// served is a program of somebody's own, as it runs.
type served struct {
	program string
	port    string
	running *exec.Cmd
	said    *output
}

// serve is `serve [NAME=value...]`: it runs the program, with these variables
// set, in place of the one before, and sets LOYALTY to its address.
func (s *served) serve(ts *testscript.TestScript, _ bool, args []string) {
	for s.port == "" { // below those of outgoing connections, which might take it meanwhile
		port := strconv.Itoa(20000 + rand.IntN(10000))
		if free, err := net.Listen("tcp", "127.0.0.1:"+port); err == nil {
			ts.Check(free.Close())
			ts.Defer(func() { s.end() })
			s.port = port
		}
	}
	s.end()
	s.said = new(output)
	s.running = exec.Command(s.program)
	s.running.Env = slices.Concat(os.Environ(), []string{"PORT=" + s.port}, args)
	s.running.Stdout, s.running.Stderr = s.said, s.said
	ts.Check(s.running.Start())
	at := "127.0.0.1:" + s.port
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", at)
		if err == nil {
			ts.Check(c.Close())
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the program does not listen: %v: %s", err, s.said)
		}
	}
	ts.Setenv("LOYALTY", "http://"+at)
}

// end kills the program, as a machine would.
func (s *served) end() {
	if s.running == nil {
		return
	}
	_ = s.running.Process.Kill() // it may have ended
	_ = s.running.Wait()         // it was killed
	s.running = nil
}

// hears is `hears TIMES PATTERN`: the program comes to write lines like that,
// and as many.
func (s *served) hears(ts *testscript.TestScript, _ bool, args []string) {
	times, err := strconv.Atoi(args[0])
	ts.Check(err)
	like := regexp.MustCompile("(?m)" + args[1])
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		switch n := len(like.FindAllString(s.said.String(), -1)); {
		case n == times:
			return
		case n > times || time.Now().After(deadline):
			ts.Fatalf("%d times %s, and not %s:\n%s", n, args[1], args[0], s.said)
		}
	}
}
