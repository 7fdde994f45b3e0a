package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tourbillon/functions"
)

// instruction returns the words that follow an instruction of the Dockerfile,
// its last.
func instruction(t *testing.T, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^`+name+` (.+)$`).FindAllStringSubmatch(root(t, "Dockerfile"), -1)
	if found == nil {
		t.Fatalf("the Dockerfile has no %s", name)
	}
	return found[len(found)-1][1]
}

// TestImage_OpensEveryDoor holds what the image is told to do, and what Compose
// lets in, against the doors that there are.
func TestImage_OpensEveryDoor(t *testing.T) {
	var args []string
	if err := json.Unmarshal([]byte(instruction(t, "CMD")), &args); err != nil {
		t.Fatal(err)
	}
	ours := readComposed(t).Services["tourbillon"]
	if args[0] != "up" || len(args) != 1+2*len(doors) || ours.Command != nil {
		t.Errorf("the image runs %q, or Compose something else: %q", args, ours.Command)
	}
	for _, d := range doors {
		_, port, err := net.SplitHostPort(d.addr)
		if err != nil {
			t.Fatal(err)
		}
		if i := slices.Index(args, "-"+d.flag); i < 0 || args[i+1] != "0.0.0.0:"+port {
			t.Errorf("the door %s is not open to the container's network at %s: %q", d.name, port, args)
		}
		if !slices.Contains(strings.Fields(instruction(t, "EXPOSE")), port) {
			t.Errorf("the Dockerfile does not expose %s, the door %s", port, d.name)
		}
		if !slices.ContainsFunc(ours.Ports, func(p string) bool { return filled(p) == "127.0.0.1:"+port+":"+port }) {
			t.Errorf("docker-compose.yml does not publish %s, the door %s: %q", port, d.name, ours.Ports)
		}
	}
}

func TestImage_IsSmallAndNobody(t *testing.T) {
	file := root(t, "Dockerfile")
	for _, want := range []string{"CGO_ENABLED=0 go build -trimpath ", "FROM scratch\n", "/etc/ssl/certs/ca-certificates.crt"} {
		if !strings.Contains(file, want) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
	user, _, _ := strings.Cut(instruction(t, "USER"), ":")
	if n, err := strconv.Atoi(user); err != nil || n < 1000 {
		t.Errorf("the user is %s: want a number, and not a mighty one", user)
	}
	builder := regexp.MustCompile(`(?m)^FROM golang:(1\.\d+)\.\d+-\w+ AS build$`).FindStringSubmatch(file)
	if len(builder) != 2 || !strings.Contains(root(t, "go.mod"), "\ngo "+builder[1]+".") {
		t.Errorf("the builder's Go is no version of three numbers, or another than go.mod's: %v", builder)
	}
	for _, name := range []string{"/.git", "/.env", "/.brokers"} {
		if !slices.Contains(lines(root(t, ".dockerignore")), name) {
			t.Errorf("%s may get into the image", name)
		}
	}
	for _, name := range []string{"/.env", "/.brokers/"} {
		if !slices.Contains(lines(root(t, ".gitignore")), name) {
			t.Errorf("%s may get into the repository", name)
		}
	}
}

// TestImage_KnowsHowItIs runs what Compose asks for our health.
func TestImage_KnowsHowItIs(t *testing.T) {
	var program []string
	if err := json.Unmarshal([]byte(instruction(t, "ENTRYPOINT")), &program); err != nil {
		t.Fatal(err)
	}
	test := readComposed(t).Services["tourbillon"].Healthcheck.Test
	if len(test) < 3 || test[0] != "CMD" || test[1] != program[0] {
		t.Fatalf("Compose asks %q of an image with nothing but %q", test, program)
	}
	gate := new(functions.Gate)
	srv := httptest.NewServer(probed(http.NotFoundHandler(), gate))
	defer srv.Close()
	ask := func(at string) (string, error) {
		var out bytes.Buffer
		env := map[string]string{"TOURBILLON_URL": at}
		err := run(t.Context(), func(name string) string { return env[name] }, test[2:], &out)
		return out.String(), err
	}
	if said, err := ask(srv.URL + "/"); err != nil || said != "ok\n" {
		t.Errorf("well: got %q, %v", said, err)
	}
	gate.Stop()
	if _, err := ask(srv.URL); err == nil || err.Error() != "/readyz answers 503 Service Unavailable: stopping" {
		t.Errorf("stopping: got %v", err)
	}
	srv.Close()
	if _, err := ask(srv.URL); err == nil || !strings.Contains(err.Error(), "nobody answers") {
		t.Errorf("gone: got %v", err)
	}
}

// TestImage_IsAskedWhereItListens holds the address that is asked by default
// against the gateway's.
func TestImage_IsAskedWhereItListens(t *testing.T) {
	c, err := read(func(string) string { return "" })
	if err != nil || c.URL != "http://"+doors[0].addr {
		t.Errorf("got %s, %v; the gateway is at %s", c.URL, err, doors[0].addr)
	}
}
