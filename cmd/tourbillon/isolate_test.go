//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tourbillon/knative"
)

// fleet is a system whose functions are processes of their own, in a group as
// at a terminal.
type fleet struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	ran  chan error // what it ended with
	mu   sync.Mutex
	log  []string
	rest string // of a line that has no end yet
}

func sails(t *testing.T, more ...string) *fleet {
	t.Helper()
	f := &fleet{t: t, ran: make(chan error, 1)}
	f.cmd = exec.Command("tourbillon", append([]string{"up", "-isolate", "-output=json", "-addr=127.0.0.1:0", "-notifications-addr=127.0.0.1:0", "-saga-addr=127.0.0.1:0", "-realtime-addr=127.0.0.1:0"}, more...)...)
	f.cmd.Env = append(os.Environ(), "TOURBILLON_LOG=debug")
	f.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	f.cmd.Stderr = f
	said, err := f.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(-f.cmd.Process.Pid, syscall.SIGKILL) }) // where a test goes wrong
	line, err := bufio.NewReader(said).ReadBytes('\n')
	go func() { f.ran <- f.cmd.Wait() }()
	var at struct{ Gateway string }
	if err := errors.Join(err, json.Unmarshal(line, &at)); err != nil {
		t.Fatalf("it is not up: %v, %s", err, strings.Join(f.lines(), ""))
	}
	f.url = at.Gateway
	return f
}

// Write keeps whole lines of the log: what comes at once may end within one.
func (f *fleet) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := strings.SplitAfter(f.rest+string(p), "\n")
	f.log, f.rest = append(f.log, all[:len(all)-1]...), all[len(all)-1]
	return len(p), nil
}

func (f *fleet) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.log...)
}

var began = regexp.MustCompile(`msg="process started" function=(\w+) pid=(\d+) url=(\S+)`)

// children are the newest processes, by function: pid and URL.
func (f *fleet) children() map[string][2]string {
	all := map[string][2]string{}
	for _, l := range f.lines() {
		if m := began.FindStringSubmatch(l); m != nil {
			all[m[1]] = [2]string{m[2], m[3]}
		}
	}
	return all
}

// ask is one exchange, by a connection of its own.
func (f *fleet) ask(method, path, body string, headers ...string) (*http.Response, string) {
	f.t.Helper()
	req, err := http.NewRequest(method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Close = true
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	raw, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		f.t.Fatal(err)
	}
	return resp, string(raw)
}

// books asks for a seat, and returns the booking's id.
func (f *fleet) books(flow string) string {
	f.t.Helper()
	resp, said := f.ask("POST", "/bookings", strings.Replace(wanted, `"seats"`, `"flow":"`+flow+`","seats"`, 1))
	var made struct{ BookingID string }
	if err := json.Unmarshal([]byte(said), &made); err != nil || resp.StatusCode != http.StatusAccepted {
		f.t.Fatalf("got %s: %s, %v", resp.Status, said, err)
	}
	return made.BookingID
}

// TestIsolate_OutlivesItsFunctions kills functions while bookings are under way.
func TestIsolate_OutlivesItsFunctions(t *testing.T) {
	f := sails(t)
	var ids []string
	for i, function := range []string{"saga", "reserve", "charge", "book", "announce", "notify"} {
		for range 3 {
			ids = append(ids, f.books([]string{"orchestration", "choreography"}[i%2]))
		}
		until(t, function+" is there", func() bool { return f.children()[function][0] != "" })
		pid, err := strconv.Atoi(f.children()[function][0])
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			t.Fatalf("kill %s: %v", function, err)
		}
	}
	for _, id := range ids {
		for deadline := time.Now().Add(time.Minute); ; {
			_, said := f.ask("GET", "/bookings/"+id+"?wait=20s", "")
			if strings.Contains(said, `"status":"CONFIRMED"`) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("a booking does not come to its end: %s\n%s", said, strings.Join(f.lines(), ""))
			}
		}
	}
	_, books := f.ask("GET", "/ledger?total=JPY", "")
	if want := fmt.Sprintf(`"taken":%d`, 6800*len(ids)); !strings.Contains(books, want) {
		t.Errorf("got %s, want %s", books, want)
	}
	until(t, "six deaths are logged", func() bool {
		return strings.Count(strings.Join(f.lines(), ""), "process ended: another is started") >= 6
	})
	f.stops(syscall.SIGTERM)
}

// stops sends a signal to the whole group, as a terminal does, and demands that
// the system goes in peace.
func (f *fleet) stops(s syscall.Signal) {
	f.t.Helper()
	if err := syscall.Kill(-f.cmd.Process.Pid, s); err != nil {
		f.t.Fatal(err)
	}
	select {
	case err := <-f.ran:
		if err != nil {
			f.t.Errorf("it did not stop in peace: %v", err)
		}
	case <-time.After(30 * time.Second):
		f.t.Error("it does not stop")
	}
}

func TestIsolate(t *testing.T) {
	f := sails(t)
	ce := []string{"ce-specversion", "1.0", "ce-id", "1", "ce-source", "/me", "ce-type", "tourbillon.tour.spots.reserve.v1"}
	t.Run("a function asked directly answers from its process", func(t *testing.T) {
		resp, said := f.ask("POST", "/functions/reserve", `{"bookingId":"booking-0001","departureId":"tokyo-yanaka-0800","seats":2}`, ce...)
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("ce-type"), "tourbillon.tour.spots.") {
			t.Errorf("got %s: %s", resp.Status, said)
		}
	})
	t.Run("its process counts it, and tells how it is", func(t *testing.T) {
		_, said := f.ask("GET", "/metrics", "")
		for _, line := range []string{
			`tourbillon_deliveries_total{function="reserve",name="tour.spots.reserve",verdict="said"} 1`,
			`tourbillon_process_up{function="reserve"} 1`, `tourbillon_breaker_state{breaker="payments",state="closed",function="reserve"} 1`,
		} {
			if !strings.Contains(said, line+"\n") {
				t.Errorf("there is no %s", line)
			}
		}
	})
	t.Run("what it does outlives Ctrl-C, which reaches all processes", func(t *testing.T) {
		id := f.books("orchestration")
		f.stops(syscall.SIGINT)
		if log := strings.Join(f.lines(), ""); strings.Contains(log, "process ended") {
			t.Errorf("functions ended before their time, with booking %s: %s", id, log)
		}
	})
}

// TestIsolate_OutlivesNobody kills the parent: no function stays.
func TestIsolate_OutlivesNobody(t *testing.T) {
	f := sails(t)
	f.books("orchestration")
	until(t, "most functions are there", func() bool { return len(f.children()) >= 7 })
	children := f.children()
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, at := range f.children() { // whom nobody else ends
			if pid, err := strconv.Atoi(at[0]); err == nil {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	})
	if err := f.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-f.ran
	for name, at := range children {
		until(t, name+" is gone", func() bool {
			resp, err := client.Get(at[1] + "/healthz")
			if err == nil {
				err = resp.Body.Close()
			}
			return errors.Is(err, syscall.ECONNREFUSED)
		})
	}
}

// TestIsolate_Ingress holds that only who knows the path publishes by it.
func TestIsolate_Ingress(t *testing.T) {
	h := (&isolation{path: "/secret"}).brokers(opened(t).runner)
	for path, want := range map[string]int{
		"/secret/broker/bookings": http.StatusAccepted, "/secret/broker/nobody": http.StatusNotFound,
		"/broker/bookings": http.StatusNotFound, "/guess/broker/bookings": http.StatusNotFound,
	} {
		r := httptest.NewRequest("POST", path, strings.NewReader("{}"))
		for name, value := range map[string]string{"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/me", "ce-type": "test", "content-type": "application/json"} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%s: got %d, want %d", path, w.Code, want)
		}
	}
}

// TestIsolate_WithoutRedis has the server that is set not be there.
func TestIsolate_WithoutRedis(t *testing.T) {
	cmd := exec.Command("tourbillon", "up", "-isolate", "-addr=127.0.0.1:0", "-notifications-addr=127.0.0.1:0", "-saga-addr=127.0.0.1:0", "-realtime-addr=127.0.0.1:0")
	cmd.Env = append(os.Environ(), "TOURBILLON_LOG=error", "REDIS_URL=redis://127.0.0.1:1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "redis") {
		t.Errorf("got %v: %s", err, out)
	}
}

// TestIsolate_Window holds that a window that nothing would heed is refused.
func TestIsolate_Window(t *testing.T) {
	for _, args := range [][]string{{"up", "-window=2s"}, {"up", "-isolate", "-window=-2s"}} {
		if out, err := exec.Command("tourbillon", args...).CombinedOutput(); err == nil || !strings.Contains(string(out), "-window is how long a process of -isolate stays") {
			t.Errorf("%q: got %v: %s", args, err, out)
		}
	}
}

// TestIsolate_Environment holds that a function is told what its manifest says:
// of this process's settings none where it takes nothing from a Secret.
func TestIsolate_Environment(t *testing.T) {
	c, err := read(func(name string) string { return map[string]string{"TOURBILLON_SECRET": "hush", "PORT": "1"}[name] })
	if err != nil {
		t.Fatal(err)
	}
	c.Redis = "redis://here"
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	i := &isolation{ingress: l, path: "/secret"}
	for _, s := range m.Services {
		told := " " + strings.Join(i.environment(c, m, s), " ") + " "
		bare := s
		bare.Env = slices.DeleteFunc(slices.Clone(s.Env), func(v knative.Variable) bool { return v.Secret })
		without := " " + strings.Join(i.environment(c, m, bare), " ") + " "
		for _, variable := range []string{"REDIS_URL=redis://here", "TOURBILLON_SECRET=hush"} {
			if !strings.Contains(told, " "+variable+" ") || strings.Contains(without, variable) {
				t.Errorf("%s is told %q, and without a Secret %q", s.Name, told, without)
			}
		}
		if sinks := strings.Contains(told, " K_SINK=http://"); sinks != slices.Contains(sources, s.Function) {
			t.Errorf("%s has a sink: %v", s.Name, sinks)
		}
		if !strings.Contains(told, " PORT=8080 ") || !strings.Contains(told, " HOME=/ ") || !strings.Contains(told, " FUNCTION_TARGET="+s.Function+" ") {
			t.Errorf("%s is told %q", s.Name, told)
		}
	}
}
