//go:build unix

package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tourbillon/internal/process"
)

// TestMain makes this test binary the programs that its tests run.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && programs[os.Args[1]] != nil {
		programs[os.Args[1]]()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

var programs = map[string]func(){
	"serves":   func() { serve(false) },
	"stubborn": func() { serve(true) },
	"fails":    func() { fmt.Println("there is no such function"); os.Exit(1) },
	"parent": func() {
		p, err := process.Start(settings("serves", os.Stderr))
		if err != nil {
			panic(err)
		}
		if err := p.Ready(context.Background()); err == nil {
			fmt.Println(p.URL())
		}
		<-p.Ended()
	},
}

// serve listens at descriptor 3, until its input ends; what is stubborn does
// not care.
func serve(stubborn bool) {
	l, err := net.FileListener(os.NewFile(3, "socket"))
	if err != nil {
		panic(err)
	}
	signal.Ignore(os.Interrupt, syscall.SIGTERM)
	mux := http.NewServeMux()
	mux.HandleFunc("/readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Println("began")
		time.Sleep(300 * time.Millisecond)
		fmt.Fprint(w, "done")
	})
	server := &http.Server{Handler: mux}
	go server.Serve(l)
	fmt.Print("one line\nand ", os.Getenv("SAYS"), "\nof ", len(os.Environ()), "\n")
	fmt.Fprintln(os.Stderr, "and an error")
	io.Copy(io.Discard, os.Stdin)
	if stubborn {
		select {}
	}
	server.Shutdown(context.Background())
}

func settings(program string, out io.Writer) process.Settings {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return process.Settings{
		Name: "reserve", Path: path, Args: []string{"program", program}, Env: []string{"SAYS=another"},
		Out: out, Log: slog.New(slog.NewTextHandler(out, nil)),
	}
}

// book keeps what is written.
type book struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps it.
func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *book) has(text string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Contains(b.text.String(), text)
}

// running is a process under test, and what it said.
type running struct {
	*process.Process
	out *book
}

func run(t *testing.T, program string, change ...func(*process.Settings)) *running {
	t.Helper()
	out := new(book)
	s := settings(program, out)
	for _, f := range change {
		f(&s)
	}
	p, err := process.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return &running{p, out}
}

func (r *running) wait(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return r.Ready(ctx)
}

// get asks by a connection of its own.
func get(url string) (string, error) {
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := c.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return string(raw), err
}

// until waits for something to be so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to be that %s", what)
		}
	}
}

func (r *running) pid(t *testing.T) int {
	t.Helper()
	said, err := get(r.URL() + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(said)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestProcess(t *testing.T) {
	r := run(t, "serves")
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	t.Run("what it says goes through line by line, with its name", func(t *testing.T) {
		for _, line := range []string{"reserve | one line\n", "reserve | and another\n", "reserve | and an error\n"} {
			until(t, "there is "+line, func() bool { return r.out.has(line) })
		}
	})
	t.Run("its environment is what it was given, and no more", func(t *testing.T) {
		until(t, "it has said how much that is", func() bool { return r.out.has("reserve | of 1\n") })
	})
	t.Run("told to end, it finishes what it has in hand", func(t *testing.T) {
		answered := make(chan string, 1)
		go func() {
			said, err := get(r.URL() + "/slow")
			answered <- fmt.Sprint(said, err)
		}()
		until(t, "it has begun", func() bool { return r.out.has("reserve | began") })
		r.Stop()
		if got := <-answered; got != "done<nil>" {
			t.Errorf("who waited got %s", got)
		}
		if _, err := get(r.URL() + "/pid"); err == nil {
			t.Error("it answers still")
		}
	})
}

func TestProcess_NeverReady(t *testing.T) {
	r := run(t, "fails")
	err := r.wait(t)
	if err == nil || !strings.Contains(err.Error(), "reserve ended before it was ready (exit status 1)") || !r.out.has("reserve | there is no such function\n") {
		t.Errorf("got %v", err)
	}
}

func TestProcess_NotFound(t *testing.T) {
	s := settings("serves", io.Discard)
	s.Path = "no/such/program"
	if _, err := process.Start(s); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestProcess_Killed holds that who waits for a program that is gone is told.
func TestProcess_Killed(t *testing.T) {
	r := run(t, "serves")
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.pid(t), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.Ended():
	case <-time.After(20 * time.Second):
		t.Fatal("nobody hears of its end")
	}
	if got := fmt.Sprint(r.Err()); got != "signal: killed" {
		t.Errorf("it ended with %s", got)
	}
	if _, err := get(r.URL() + "/pid"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v", err)
	}
}

func TestProcess_KillsTheStubborn(t *testing.T) {
	r := run(t, "stubborn", func(s *process.Settings) { s.Grace = 200 * time.Millisecond })
	if err := r.wait(t); err != nil {
		t.Fatal(err)
	}
	pid := r.pid(t)
	r.Stop()
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("%d is there still: %v", pid, err)
	}
}

// TestProcess_OutlivesNobody kills who runs a program; the program goes too.
func TestProcess_OutlivesNobody(t *testing.T) {
	s := settings("parent", io.Discard)
	cmd := exec.Command(s.Path, "parent")
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var url string
	if _, err := fmt.Fscanln(said, &url); err != nil {
		t.Fatal(err)
	}
	child, err := get(url + "/pid")
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	until(t, "process "+child+" is gone", func() bool {
		_, err := get(url + "/pid")
		return errors.Is(err, syscall.ECONNREFUSED)
	})
}
