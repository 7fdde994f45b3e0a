package main

import (
	"context"
	"errors"
	"time"

	"tourbillon/realtime/audience"
)

// aimed is how many subscribers the aim for the CPU of a delivery has, with ten
// changes a second.
const (
	aimed     = 5000
	aimedRate = 10
	rate      = 100
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
		row, err := b.told(ctx, way, b.crowd, 1, aimedRate, every)
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
		if err := s.enter(ctx, n-s.in); err != nil {
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

// deliveries has departures change at each number of subscribers.
func (b *realtimeBench) deliveries(ctx context.Context, way audience.Way, r *realtimeReport) error {
	add := func(n, departures int, perSecond float64, every time.Duration) error {
		row, err := b.told(ctx, way, n, departures, perSecond, every)
		r.Deliveries = append(r.Deliveries, row)
		return err
	}
	for _, n := range b.subscribers {
		for _, departures := range []int{1, b.departures} {
			if err := add(n, departures, rate, 0); err != nil {
				return err
			}
		}
	}
	n := aimed
	if b.short {
		n = b.subscribers[0]
	}
	return errors.Join(add(n, 1, aimedRate, 0), add(n, 1, aimedRate, unlimited))
}

// told has departures change so often a second while n watch, and tells what
// came of it.
func (b *realtimeBench) told(ctx context.Context, way audience.Way, n, departures int, perSecond float64, every time.Duration) (row toldRow, err error) {
	s, err := startScene(ctx, way, departures, every)
	defer func() { err = errors.Join(err, s.end()) }()
	if err == nil {
		err = s.fill(ctx, n, b.crowds)
	}
	if err != nil {
		return row, err
	}
	began := s.load(ctx)
	spent, heard, err := s.act(cue{PerSecond: perSecond, Lasts: b.lasts})
	if err != nil {
		return row, err
	}
	ended := s.load(ctx)
	row = toldRow{
		Transport: string(way), Subscribers: n, Departures: departures, Changes: perSecond, Unlimited: every == unlimited,
		Deliveries: heard.Deliveries, Conflated: spent.Conflated, Relay: spent.CPU.Seconds() / ended.at.Sub(began.at).Seconds(),
		Others: ended.others(began), lateness: latenessOf(heard.Late),
	}
	if heard.Deliveries > 0 {
		row.CPU = spent.CPU.Seconds() / float64(heard.Deliveries) * 1e6
	}
	if departures == 1 {
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
