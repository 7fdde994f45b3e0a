package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
)

// realtimeProgram is `tourbillon bench realtime -short` as a process.
func realtimeProgram(t *testing.T, args ...string) (cmd *exec.Cmd, out, errs *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "tourbillon") // by this name the test binary is the program
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	out, errs = new(bytes.Buffer), new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), program, append([]string{"bench", "realtime", "-short"}, args...)...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, errs, 20*time.Second
	return cmd, out, errs
}

// TestBenchRealtime_MeasuresEveryPart is of no speed, which no test can know.
// What a client hears that is not true, or not newer, ends the program with an
// error.
func TestBenchRealtime_MeasuresEveryPart(t *testing.T) {
	cmd, out, errs := realtimeProgram(t, "--output=json")
	if err := cmd.Run(); err != nil { // what it warns of is a machine's that is slow
		t.Fatalf("%v: %s", err, errs)
	}
	var r realtimeReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if len(r.Memory) != 2 || len(r.Deliveries) != 10 || len(r.Change) != 2 || len(r.Overload) != 4 {
		t.Fatalf("a part is missing: %s", out)
	}
	for _, m := range r.Memory {
		if len(m.Connections) != 3 || m.Connections[2] != 60 || len(m.Resident) != 3 || m.Resident[0] == 0 {
			t.Errorf("memory: %+v", m)
		}
	}
	for _, c := range r.Change {
		if c.Deliveries != uint64(c.Sockets*c.Times) {
			t.Errorf("%d deliveries of %d changes to %d", c.Deliveries, c.Times, c.Sockets)
		}
	}
	for _, d := range append(r.Deliveries, r.Overload...) {
		changes := int(d.Changes / 2) // in half a second
		all := uint64(d.Subscribers * changes / d.Departures * d.Each)
		if d.Deliveries == 0 || d.Deliveries+d.Conflated != all || d.P50Ms > d.P99Ms || d.P99Ms > d.MostMs || d.CPU <= 0 {
			t.Errorf("want %d values, told or replaced by a newer one: %+v", all, d)
		}
	}
}

func TestBenchRealtime_WritesTables(t *testing.T) {
	cmd, out, errs := realtimeProgram(t, "-only", "memory,change", "-transports", "websocket")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs)
	}
	for _, want := range []string{"KIB EACH", "<= 12", "20 to 60", "P99 < 250", " CPUs; relay and clients were "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("nothing says %q: %s", want, out)
		}
	}
	if strings.Contains(out.String(), "socket.io") || strings.Contains(out.String(), "CPU-S") {
		t.Errorf("more than was asked for: %s", out)
	}
}

func TestBenchRealtime_RefusesMoreThanThereIsRoomFor(t *testing.T) {
	cmd, _, errs := realtimeProgram(t, "-only", "change", "-crowd", "1000")
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args = sh, append([]string{"sh", "-c", `ulimit -n 1000; exec "$0" "$@"`}, append([]string{cmd.Path}, cmd.Args[1:]...)...)
	if err := cmd.Run(); err == nil || !strings.Contains(errs.String(), "raise it") {
		t.Errorf("%v: %s", err, errs)
	}
}

// TestBenchRealtime_LeavesNobody kills the program as it measures: what it had
// begun ends with it.
func TestBenchRealtime_LeavesNobody(t *testing.T) {
	cmd, _, errs := realtimeProgram(t, "-only", "overload", "-lasts", "1m")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var hands []*process.Process
	until(t, "there are a relay and two crowds", func() bool {
		p, err := process.NewProcess(int32(cmd.Process.Pid))
		if err == nil {
			hands, err = p.Children()
		}
		return err == nil && len(hands) == 3
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	until(t, "all have ended", func() bool {
		for _, h := range hands {
			is, err := h.Status()
			if err == nil && !slices.Contains(is, process.Zombie) { // who has ended, and nobody asks after
				return false
			}
		}
		return true
	})
	if errs.Len() > 0 {
		t.Log(errs)
	}
}

func TestSlope(t *testing.T) {
	if got := slope([]int{10, 20, 40}, []uint64{1300, 1400, 1600}); got < 9.999 || got > 10.001 {
		t.Errorf("got %v, want 10", got)
	}
	if got := slope([]int{0, 1, 2}, []uint64{5, 0, 1}); got < -2.001 || got > -1.999 {
		t.Errorf("got %v, want -2", got)
	}
}
