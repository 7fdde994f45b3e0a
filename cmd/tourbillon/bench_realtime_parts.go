package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"tourbillon/realtime/audience"
)

// Changes a second: of most figures, and of those that have an aim.
const (
	rate      = 100
	aimedRate = 10
)

// unlimited is the least between two changes that are sent, where that is not
// to be a limit.
const unlimited = time.Nanosecond

// part measures one part, by one way in.
func (b *realtimeBench) part(ctx context.Context, part string, way audience.Way, r *realtimeReport) error {
	switch part {
	case partMemory:
		return b.memory(ctx, way, r)
	case partDeliveries:
		return b.deliveries(ctx, way, r)
	case partChange:
		return b.change(ctx, way, r)
	}
	for _, every := range []time.Duration{0, unlimited} {
		row, err := b.told(ctx, way, dose{b.crowd, 1, false, aimedRate, every})
		if err != nil {
			return err
		}
		r.Overload = append(r.Overload, row)
	}
	return nil
}

// memory reads the relay's memory at one number of connections after the other.
func (b *realtimeBench) memory(ctx context.Context, way audience.Way, r *realtimeReport) (err error) {
	s, err := startScene(ctx, way, b.departures, 0)
	defer func() { err = errors.Join(err, s.end()) }()
	if err != nil {
		return err
	}
	row := memoryRow{Transport: string(way)}
	began := s.load(ctx)
	for _, n := range b.sockets {
		if err := s.fill(ctx, n-s.in, 1); err != nil {
			return err
		}
		var u usage
		if err := s.relay.ask(cue{}, &u); err != nil {
			return err
		}
		row.Connections = append(row.Connections, s.in)
		row.Resident = append(row.Resident, u.Resident)
	}
	row.Others = s.load(ctx).others(began)
	row.PerConnection = slope(row.Connections, row.Resident)
	r.Memory = append(r.Memory, row)
	return nil
}

// dose is departures that change, and those who are told.
type dose struct {
	n          int // clients
	departures int
	all        bool // each client watches all departures, and not one
	perSecond  float64
	every      time.Duration
}

// deliveries has departures change at each number of subscribers, and at the
// aim's.
func (b *realtimeBench) deliveries(ctx context.Context, way audience.Way, r *realtimeReport) error {
	var loads []dose
	for _, n := range b.subscribers {
		loads = append(loads, dose{n, 1, false, rate, 0}, dose{n, b.departures, false, rate, 0})
	}
	loads = append(loads, dose{slices.Min(b.subscribers), b.departures, true, rate, 0},
		dose{b.aimed, 1, false, aimedRate, 0}, dose{b.aimed, 1, false, aimedRate, unlimited})
	for _, l := range loads {
		row, err := b.told(ctx, way, l)
		if err != nil {
			return err
		}
		r.Deliveries = append(r.Deliveries, row)
	}
	return nil
}

// told has departures change while clients watch, and tells what came of it.
func (b *realtimeBench) told(ctx context.Context, way audience.Way, l dose) (row toldRow, err error) {
	s, err := startScene(ctx, way, l.departures, l.every)
	defer func() { err = errors.Join(err, s.end()) }()
	if s.all = l.all; err == nil {
		err = s.fill(ctx, l.n, b.crowds)
	}
	if err != nil {
		return row, err
	}
	began := s.load(ctx)
	spent, heard, err := s.act(cue{PerSecond: l.perSecond, Lasts: b.lasts})
	if err != nil {
		return row, err
	}
	ended := s.load(ctx)
	lasted := ended.at.Sub(began.at).Seconds()
	row = toldRow{
		Transport: string(way), Subscribers: l.n, Departures: l.departures, Each: 1, Changes: l.perSecond, Unlimited: l.every == unlimited,
		Deliveries: heard.Deliveries, Conflated: spent.Conflated, lateness: latenessOf(heard.Late),
		Relay: spent.CPU.Seconds() / lasted, Clients: (ended.clients - began.clients) / lasted, Others: ended.others(began),
	}
	if heard.Deliveries > 0 {
		row.CPU = spent.CPU.Seconds() / float64(heard.Deliveries) * 1e6
	}
	if l.all {
		row.Each = l.departures
	}
	if l.departures == 1 {
		row.OldestMs = ms(heard.Held.Most)
	}
	return row, nil
}

// change tells a crowd of one change, several times.
func (b *realtimeBench) change(ctx context.Context, way audience.Way, r *realtimeReport) (err error) {
	s, err := startScene(ctx, way, 1, 0)
	defer func() { err = errors.Join(err, s.end()) }()
	if err == nil {
		err = s.fill(ctx, b.crowd, b.crowds)
	}
	if err != nil {
		return err
	}
	var all audience.Tally
	began := s.load(ctx)
	for range b.times {
		select { // so that it is told at once: the one before was told long enough ago
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		_, heard, err := s.act(cue{PerSecond: 1, Lasts: time.Second})
		if err != nil {
			return err
		}
		all.Join(heard)
	}
	r.Change = append(r.Change, changeRow{
		Transport: string(way), Sockets: b.crowd, Times: b.times, Deliveries: all.Deliveries,
		Others: s.load(ctx).others(began), lateness: latenessOf(all.Late),
	})
	return nil
}

// slope is how much y grows with x: by least squares.
func slope(x []int, y []uint64) float64 {
	n, sx, sy, sxx, sxy := float64(len(x)), 0., 0., 0., 0.
	for i := range x {
		fx, fy := float64(x[i]), float64(y[i])
		sx, sy, sxx, sxy = sx+fx, sy+fy, sxx+fx*fx, sxy+fx*fy
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
