package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkFirstEvent is a function from exec to its first answer, which is
// what a customer waits for when it had been scaled to zero. It measures the
// program as it is shipped, and tells its size.
func BenchmarkFirstEvent(b *testing.B) {
	program := filepath.Join(b.TempDir(), "tourbillon")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	size, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.CommandContext(b.Context(), program)
		cmd.Env = append(os.Environ(), "FUNCTION_TARGET=reserve", "PORT=0")
		said, err := cmd.StderrPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		ask(b, said)
		b.StopTimer()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			b.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(size.Size())/1e6, "MB")
}

// ask waits until the function says where it listens, and asks it for seats.
func ask(b *testing.B, said interface{ Read([]byte) (int, error) }) {
	line, err := bufio.NewReader(said).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var at struct{ Addr string }
	if err := json.Unmarshal(line, &at); err != nil {
		b.Fatal(err)
	}
	url := "http://" + strings.Replace(at.Addr, "[::]", "127.0.0.1", 1)
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(`{"bookingId":"booking-0001","departureId":"lyon","seats":2}`))
	if err != nil {
		b.Fatal(err)
	}
	for name, value := range map[string]string{
		"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/bench", "ce-type": "tourbillon.tour.spots.reserve.v1",
		"content-type": "application/json", "connection": "close",
	} {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Fatalf("answered %s", resp.Status)
	}
}
