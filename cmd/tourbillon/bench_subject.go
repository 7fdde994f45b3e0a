package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"tourbillon/internal/metrics"
)

// subject is the system that is measured, as a process of its own.
type subject struct {
	cmd *exec.Cmd
	url string
}

// start runs the system on free ports, told more, and waits until it says where.
func start(ctx context.Context, more ...string) (*subject, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	free := "127.0.0.1:0"
	cmd := exec.CommandContext(ctx, self, append([]string{
		"up", "--output=json", "--demo=false",
		"--addr=" + free, "--notifications-addr=" + free, "--saga-addr=" + free, "--realtime-addr=" + free,
	}, more...)...)
	cmd.Env = append(cmd.Environ(), "TOURBILLON_LOG=warn", "FUNCTION_TARGET=")
	for _, s := range postSettings { // its customers are nobody, and nobody is written to
		cmd.Env = append(cmd.Env, s.name+"=")
	}
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	said, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(said).ReadBytes('\n')
	at := map[string]string{}
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	s := &subject{cmd, at["gateway"]}
	if err != nil {
		_, stopped := s.stop()
		return nil, fmt.Errorf("start the system that is to be measured: %w", errors.Join(err, stopped))
	}
	return s, nil
}

// stop ends the process and returns the most memory that it had, in bytes.
func (s *subject) stop() (peak int64, err error) {
	if s == nil {
		return 0, nil
	}
	err = s.cmd.Process.Signal(os.Interrupt)
	if waited := s.cmd.Wait(); err == nil {
		err = waited
	}
	return peakOf(s.cmd.ProcessState), err
}

// reading is what a system's metrics say.
type reading struct {
	cpu, mallocs, bytes float64 // seconds, objects, bytes: so far
	ended               float64 // sagas
	resident            float64 // bytes, now
	copies, trips       float64 // events handed over, and exchanges with the store: so far

	servers map[string]float64 // seconds of CPU of each server so far
}

// scrape reads the metrics.
func (b bench) scrape(ctx context.Context) (reading, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(b.URL, "/")+"/metrics", nil)
	if err != nil {
		return reading{}, err
	}
	if b.Token != "" {
		req.Header.Set("Authorization", "Bearer "+b.Token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return reading{}, b.unreachable(err)
	}
	defer resp.Body.Close() // read to its end below, or given up
	if resp.StatusCode != http.StatusOK {
		return reading{}, fmt.Errorf("read metrics: the system answered %s", resp.Status)
	}
	sum, err := metrics.Read(resp.Body)
	if err != nil {
		return reading{}, err
	}
	return reading{
		cpu: sum["process_cpu_seconds_total"], mallocs: sum["go_memstats_mallocs_total"],
		bytes: sum["go_memstats_alloc_bytes_total"], ended: sum["tourbillon_end_to_end_seconds"],
		resident: sum["process_resident_memory_bytes"],
		copies:   sum["tourbillon_trigger_deliveries_total"], trips: sum["tourbillon_store_round_trips_total"],
	}, nil
}

// settled reads the metrics once so many sagas have ended: a customer is told
// after the booking is confirmed, and that work is counted too.
func (b bench) settled(ctx context.Context, ended float64) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	t := time.NewTicker(20 * time.Millisecond)
	defer t.Stop()
	for {
		r, err := b.scrape(ctx)
		if err != nil || r.ended >= ended {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, fmt.Errorf("%.0f sagas ended, and %.0f should have: %w", r.ended, ended, ctx.Err())
		case <-t.C:
		}
	}
}
