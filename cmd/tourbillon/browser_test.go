//go:build browser

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tourbillon/internal/web"
	script "tourbillon/realtime/client"
)

// TestBrowser has people's browsers open the console, and a page of somebody
// else's, while the relay is killed and replaced.
func TestBrowser(t *testing.T) {
	folder := browsing(t)
	const here = "in this process"
	for says, site := range map[string]func(t *testing.T) *site{
		here: func(t *testing.T) *site { return newSiteHere(t, folder) },
		"on servers": func(t *testing.T) *site {
			if no := unserved(); no != nil && os.Getenv("CI") == "" {
				t.Skipf("%v: `make brokers` first, and a relay is killed that is a process of its own", no)
			}
			set := append(modes["servers"].set("browser-"+strings.ToLower(rand.Text()[:10])), "TOURBILLON_LOG=error")
			return newSite(t, set, folder)
		},
	} {
		t.Run(says, func(t *testing.T) {
			at := site(t)
			at.lose(t)
			programs := []string{"watch.mjs", "theirs.mjs"}
			if says == here { // what is looked at is the same everywhere
				programs = append(programs, "looks.mjs", "sparse.mjs")
			}
			for _, program := range programs {
				t.Run(program, func(t *testing.T) { browse(t, at, folder, program) })
			}
		})
	}
}

// unserved is why the servers of the tests cannot be reached, if they cannot.
func unserved() error {
	for _, name := range []string{testRedis, testRabbit, testKafka} {
		_, at, found := strings.Cut(os.Getenv(name), "://")
		if !found {
			at = os.Getenv(name)
		}
		c, err := net.DialTimeout("tcp", at[strings.LastIndex(at, "@")+1:], time.Second)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		_ = c.Close() // it answers
	}
	return nil
}

// browse runs a program of testdata/browser against a site.
func browse(t *testing.T, s *site, folder, program string) {
	cmd := exec.CommandContext(t.Context(), "node", program)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "ADDRESS="+s.url, "TOKEN="+siteToken, "CHROMIUM="+chromium(t))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%v", err)
	}
}

// newSiteHere is a site without servers: the system is in this process, and the
// relay is one beside its own, over the same memory.
func newSiteHere(t *testing.T, folder string) *site {
	t.Helper()
	h := opened(t, "TOURBILLON_OPERATOR_TOKEN", siteToken)
	at, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{gateway: at, begin: func() (answering, error) { return beside(h) }}
	s.open(t, folder)
	return s
}

// beside is one more relay of a system. Killed, it cuts everybody without a word.
func beside(h *house) (answering, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return answering{}, err
	}
	r := newRelay(relaySettings{Polling: true}, siteToken, h.history, h.records, counted(h.desk.Letters), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- r.live(ctx, l, r.handler(web.Operators{Token: siteToken}, http.NotFoundHandler()))
	}()
	end := func() error {
		cancel()
		return <-ended
	}
	return answering{
		at:   &url.URL{Scheme: "http", Host: l.Addr().String()},
		stop: func() error { defer r.close(); return end() },
		kill: func() error { r.close(); return end() },
	}, nil
}

// TestConsole_IsTyped has TypeScript read the comments of the console's modules.
func TestConsole_IsTyped(t *testing.T) {
	folder := browsing(t)
	if err := os.CopyFS(filepath.Join(folder, "page"), os.DirFS("../../internal/console/page")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tourbillon.js"), script.Script, 0o600); err != nil {
		t.Fatal(err)
	}
	tsc := exec.CommandContext(t.Context(), "node", "node_modules/typescript/lib/tsc.js", "-p", ".")
	tsc.Dir = folder
	if out, err := tsc.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// browsing is a folder with the programs of testdata/browser and what they pin.
func browsing(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/browser")); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v (node 20 or later and npm are needed)\n%s", err, out)
	}
	return folder
}

// chromium is a browser of this machine.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no chromium, chromium-browser or google-chrome: install one")
	return ""
}
