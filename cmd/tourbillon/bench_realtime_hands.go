package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tourbillon/internal/web"
	"tourbillon/realtime"
	"tourbillon/realtime/audience"
	"tourbillon/realtime/facts"
	"tourbillon/realtime/gate"
)

// staged is a relay that is measured: all that one is, but for where its facts
// come from, and for how fast it lets people in.
type staged struct {
	departures int
	every      time.Duration
}

// cue is what a staged relay is asked: to have departures change for a time, if
// that is set, and to tell what it used.
type cue struct {
	PerSecond float64
	Lasts     time.Duration
}

// usage is what a staged relay used by then, and what became of its facts.
type usage struct {
	CPU       time.Duration
	Resident  uint64 // bytes
	Conflated uint64
	Versions  []uint64 // that the departures have
}

// stageCommand is the process that is measured.
func (k *console) stageCommand() *cobra.Command {
	var s staged
	cmd := &cobra.Command{
		Use: "relay", Short: "Be the relay that is measured", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), k) },
	}
	cmd.Flags().IntVar(&s.departures, "departures", 1, "how many there are")
	cmd.Flags().DurationVar(&s.every, "every", 0, "the least between two changes of a departure that are sent")
	return cmd
}

func (s staged) run(ctx context.Context, k *console) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	from := newSource(s.departures)
	hub := realtime.New(facts.Overheard{Listen: from.listen, Log: log}, from, nil, realtime.Options{Every: s.every, Log: log})
	r := openRelay(hub, gate.New(gate.Origins{}, gate.Limits{Connects: gate.Rate{PerSecond: 1e6, Burst: 1e6}}), relaySettings{Polling: true}, log)
	defer r.close()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	var both errgroup.Group
	both.Go(func() error {
		defer leave()
		return r.live(ctx, l, r.handler(web.Operators{}, http.NotFoundHandler()))
	})
	both.Go(func() error {
		defer leave()
		select {
		case <-from.heard:
		case <-ctx.Done():
			return nil
		}
		return serve(ctx, k.in, k.out, l.Addr().String(), func(ctx context.Context, c cue) (any, error) {
			if c.Lasts > 0 {
				if err := from.changes(ctx, c.PerSecond, c.Lasts); err != nil {
					return nil, err
				}
			}
			return used(hub, from)
		})
	})
	return both.Wait()
}

// used tells what this process has used.
func used(h *realtime.Hub, from *source) (any, error) {
	u := usage{CPU: cpuHere(), Conflated: h.Stats().Conflated, Versions: from.now()}
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return nil, err
	}
	memory, err := p.MemoryInfo()
	if err != nil {
		return nil, err
	}
	u.Resident = memory.RSS
	return u, nil
}

// wish is what a crowd is asked: to wait until each has its departure at these
// versions, and to say what was heard meanwhile.
type wish struct {
	Versions []uint64
}

// settles is how long a crowd may take to hear what is newest.
const settles = 30 * time.Second

// crowdCommand is a process of those who watch.
func (k *console) crowdCommand() *cobra.Command {
	var o audience.Options
	var way string
	cmd := &cobra.Command{
		Use: "crowd", Short: "Be some of those who watch", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Way = audience.Way(way)
			c, err := audience.Gather(cmd.Context(), o)
			if err != nil {
				return err
			}
			defer c.Leave()
			return serve(cmd.Context(), k.in, k.out, o.Number, func(ctx context.Context, w wish) (any, error) {
				ctx, cancel := context.WithTimeout(ctx, settles)
				defer cancel()
				err := c.Settle(ctx, w.Versions)
				t := c.Take()
				return t, errors.Join(err, t.Err())
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Addr, "relay", "", "where the relay is")
	f.StringVar(&way, "way", "", "how they come in")
	f.IntVar(&o.Number, "number", 1, "how many they are")
	f.IntVar(&o.First, "first", 0, "the number of the first")
	f.IntVar(&o.Departures, "departures", 1, "how many departures they watch, one each")
	f.BoolVar(&o.All, "all", false, "each watches all of them")
	return cmd
}

// descriptors are what a process has besides its sockets.
const descriptors = 64

// room reports whether a process may have so many sockets.
func room(sockets int) error {
	most, known := mostDescriptors()
	if known && uint64(sockets+descriptors) > most {
		return fmt.Errorf("%d connections need %d descriptors in the relay's process, and the limit is %d: raise it (`ulimit -n`), or measure fewer", sockets, sockets+descriptors, most)
	}
	return nil
}
