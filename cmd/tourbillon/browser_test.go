//go:build browser

package main

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	script "tourbillon/realtime/client"
)

const browserToken = "an-operator's-token"

// TestBrowser has people's browsers open the console, and a page of somebody
// else's, while the relay, which is a process of its own as on a cluster, is
// killed and replaced.
func TestBrowser(t *testing.T) {
	folder := browsing(t)
	set := append(modes["servers"].set("browser-"+strings.ToLower(rand.Text()[:10])), "TOURBILLON_LOG=error", "TOURBILLON_OPERATOR_TOKEN="+browserToken)
	for _, s := range set {
		if name, value, _ := strings.Cut(s, "="); value == "" {
			t.Fatalf("%s would be empty: run `make brokers`, then `make integration`", name)
		}
	}
	site := newSite(t, set, folder)
	cmd := exec.CommandContext(t.Context(), "node", "watch.mjs")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "ADDRESS="+site.url, "DEPARTURE=lyon-old-town-0900", "TOKEN="+browserToken, "CHROMIUM="+chromium(t))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%v", err)
	}
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
