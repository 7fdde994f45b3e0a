package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tourbillon/internal/console"
)

// served is the console beside something else at its address.
func served(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", console.Home(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "in words")
	})))
	mux.Handle("GET /console/", console.Parts())
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv
}

func get(t *testing.T, url, accept string) (resp *http.Response, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	resp, err = http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(raw)
}

const browser = "text/html,application/xhtml+xml,*/*;q=0.8"

func TestHome(t *testing.T) {
	srv := served(t)
	t.Run("a browser gets the page", func(t *testing.T) {
		resp, body := get(t, srv.URL, browser)
		if resp.Header.Get("Content-Type") != "text/html; charset=utf-8" || !strings.HasPrefix(body, "<!DOCTYPE html>") {
			t.Errorf("got %s: %.60s", resp.Header.Get("Content-Type"), body)
		}
	})
	t.Run("everybody else gets what is behind it", func(t *testing.T) {
		if resp, body := get(t, srv.URL, "*/*"); body != "in words" || resp.Header.Get("Vary") != "Accept" {
			t.Errorf("got %.60s, which varies by %q", body, resp.Header.Get("Vary"))
		}
	})
}

func TestParts(t *testing.T) {
	srv := served(t)
	t.Run("all that the page names is there, and nothing from elsewhere", func(t *testing.T) {
		names := regexp.MustCompile(`(?:src|href)="([^"#]+)"|from "([^"]+)"|url\("?([^")]+)"?\)`)
		files, err := filepath.Glob("page/*")
		if err != nil || len(files) < 10 {
			t.Fatalf("%d parts, %v", len(files), err)
		}
		for _, file := range files {
			for _, m := range names.FindAllStringSubmatch(read(t, file), -1) {
				at := strings.TrimPrefix(m[1]+m[2]+m[3], "./")
				switch {
				case at == "/tourbillon.js": // the relay's
					continue
				case !strings.HasPrefix(at, "/"):
					at = "/console/" + at
				}
				if resp, _ := get(t, srv.URL+at, "*/*"); resp.StatusCode != http.StatusOK || !strings.HasPrefix(at, "/console/") {
					t.Errorf("%s names %s, which is answered by %s", file, at, resp.Status)
				}
			}
		}
	})
	t.Run("what it has not is a problem", func(t *testing.T) {
		for _, at := range []string{"/console/", "/console/none.js", "/console/..%2fdoc.go"} {
			if resp, _ := get(t, srv.URL+at, "*/*"); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s is answered by %s", at, resp.Status)
			}
		}
	})
	t.Run("modules are scripts", func(t *testing.T) {
		if resp, _ := get(t, srv.URL+"/console/main.js", "*/*"); !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("got %s", resp.Header.Get("Content-Type"))
		}
	})
}

func TestPolicy(t *testing.T) {
	srv := served(t)
	host := strings.TrimPrefix(srv.URL, "http://")
	resp, body := get(t, srv.URL, browser)
	policy := resp.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "connect-src 'self' ws://"+host+" wss://"+host+";") || strings.Contains(policy, "unsafe") {
		t.Errorf("the page's is %s", policy)
	}
	if regexp.MustCompile(`<script[^>]*>[^<]|<style| style=| on[a-z]+="`).MatchString(body) {
		t.Error("the page has what its policy forbids")
	}
	resp, _ = get(t, srv.URL+"/console/mail.html", browser)
	if policy := resp.Header.Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || !strings.HasPrefix(policy, "default-src 'none';") {
		t.Errorf("a message's is %s", policy)
	}
	t.Run("a host that is none is not repeated", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", browser)
		r.Host = "a.example;script-src *"
		w := httptest.NewRecorder()
		console.Home(nil).ServeHTTP(w, r)
		if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "example") {
			t.Errorf("got %s", policy)
		}
	})
}

// TestPhrases holds both languages against each other, and against what is said.
func TestPhrases(t *testing.T) {
	english, french, _ := strings.Cut(read(t, "page/phrases.js"), "export const fr")
	entry := regexp.MustCompile(`"([a-z][\w.-]*)": "((?:[^"\\]|\\.)*)"`)
	both := [2]map[string]string{{}, {}}
	for i, text := range []string{english, french} {
		for _, m := range entry.FindAllStringSubmatch(text, -1) {
			if _, twice := both[i][m[1]]; twice {
				t.Errorf("%s is there twice", m[1])
			}
			both[i][m[1]] = m[2]
		}
	}
	hole := regexp.MustCompile(`\{\w+\}`)
	for key, phrase := range both[0] {
		other, ok := both[1][key]
		if !ok {
			t.Errorf("%s is not said in French", key)
		}
		in, out := hole.FindAllString(phrase, -1), hole.FindAllString(other, -1)
		slices.Sort(in)
		slices.Sort(out)
		if !slices.Equal(in, out) {
			t.Errorf("%s has %v filled in, and in French %v", key, in, out)
		}
	}
	if len(both[0]) != len(both[1]) {
		t.Errorf("%d phrases, and %d in French", len(both[0]), len(both[1]))
	}
	said := regexp.MustCompile(`\bt\("([^"]+[^."])"|data-t(?:-label)?="([^"]+)"`)
	files, err := filepath.Glob("page/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		for _, m := range said.FindAllStringSubmatch(read(t, file), -1) {
			if _, ok := both[0][m[1]+m[2]]; !ok {
				t.Errorf("%s says %s, which nobody wrote", file, m[1]+m[2])
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
