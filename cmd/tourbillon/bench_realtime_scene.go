package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/process"

	"tourbillon/realtime/audience"
)

// mostOfACrowd is how many clients one process is.
const mostOfACrowd = 15_000

// scene is a relay that is measured and those who watch it, each in processes
// of their own.
type scene struct {
	way        audience.Way
	departures int
	all        bool // each client watches all departures, and not one
	relay      *hand
	crowds     []*hand
	in         int // clients
	addr       string
}

// startScene starts a relay.
func startScene(ctx context.Context, way audience.Way, departures int, every time.Duration) (*scene, error) {
	s := &scene{way: way, departures: departures}
	var err error
	s.relay, err = hire(ctx, "relay", core(0), &s.addr, "bench", "realtime", "relay", "--departures", strconv.Itoa(departures), "--every", every.String())
	return s, err
}

// core is the core of the relay, or of all crowds.
func core(n int) int {
	if two := cores(); n < len(two) {
		return two[n]
	}
	return -1
}

// enter has more clients come, as one process.
func (s *scene) enter(ctx context.Context, n int) error {
	h, err := hire(ctx, "crowd", core(1), new(int), "bench", "realtime", "crowd", "--relay", s.addr, "--way", string(s.way),
		"--number", strconv.Itoa(n), "--first", strconv.Itoa(s.in), "--departures", strconv.Itoa(s.departures), "--all="+strconv.FormatBool(s.all))
	if err != nil {
		return err
	}
	s.crowds = append(s.crowds, h)
	s.in += n
	return nil
}

// fill has n clients come, as several processes.
func (s *scene) fill(ctx context.Context, n, crowds int) error {
	crowds = max(min(crowds, n), (n+mostOfACrowd-1)/mostOfACrowd)
	for i := range crowds {
		if err := s.enter(ctx, (i+1)*n/crowds-i*n/crowds); err != nil {
			return err
		}
	}
	return nil
}

// act has departures change, waits until all know how they stand then, and
// returns what the relay used for it and what the crowds heard.
func (s *scene) act(c cue) (spent usage, heard audience.Tally, err error) {
	var before, done, after usage
	if err := errors.Join(s.relay.ask(cue{}, &before), s.relay.ask(c, &done)); err != nil {
		return spent, heard, err
	}
	for _, h := range s.crowds {
		var one audience.Tally
		if err := h.ask(wish{done.Versions}, &one); err != nil {
			return spent, heard, err
		}
		heard.Join(one)
	}
	err = s.relay.ask(cue{}, &after)
	after.CPU -= before.CPU
	after.Conflated -= before.Conflated
	return after, heard, err
}

// end has everybody leave: first those who watch.
func (s *scene) end() (err error) {
	for _, h := range s.crowds {
		err = errors.Join(err, h.dismiss())
	}
	if s.relay != nil {
		err = errors.Join(err, s.relay.dismiss())
	}
	return err
}

// load is how much CPU was used by then, in seconds: by all that the machine
// does, by the relay, and by those who watch.
type load struct {
	at                  time.Time
	all, relay, clients float64
}

func (s *scene) load(ctx context.Context) (l load) {
	l.at = time.Now()
	if all, err := cpu.TimesWithContext(ctx, false); err == nil && len(all) == 1 {
		l.all = all[0].User + all[0].Nice + all[0].System + all[0].Irq + all[0].Softirq + all[0].Steal
	}
	l.relay = s.relay.used(ctx)
	for _, h := range s.crowds {
		l.clients += h.used(ctx)
	}
	return l
}

// used is how many seconds of CPU the hand had so far.
func (h *hand) used(ctx context.Context) float64 {
	p, err := process.NewProcessWithContext(ctx, int32(h.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return cpuOf(ctx, []server{{h.name, p}})[h.name]
}

// others are the cores that everything else had since then.
func (l load) others(since load) float64 {
	ours := l.relay - since.relay + l.clients - since.clients
	return max(0, l.all-since.all-ours) / l.at.Sub(since.at).Seconds()
}
