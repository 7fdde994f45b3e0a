package main

import "testing"

func TestUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		said string
		want bool
	}{
		"no such host":       {`govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/modules.json.gz": dial tcp: lookup vuln.go.dev: no such host` + "\n", true},
		"after other words":  {"Fetching\n" + `govulncheck: fetching vulnerabilities: Get "https://vuln.go.dev/index/db.json.gz": net/http: TLS handshake timeout` + "\n", true},
		"a bad answer":       {"govulncheck: fetching vulnerabilities: HTTP GET https://vuln.go.dev/index/modules.json.gz returned unexpected status: 500\n", false},
		"it does not build":  {"govulncheck: loading packages:\nThere are errors with the provided package patterns\n", false},
		"a vulnerable thing": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := unreachable(c.said); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
