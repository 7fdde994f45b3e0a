package kafka

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Lag returns, for each subscription that was declared here, how many records
// of its topics it has yet to do or to look at, whoever consumes it. What was
// put off counts; what is done and not committed yet, too.
func (t *Transport) Lag(ctx context.Context) (map[string]int64, error) {
	if err := t.enter(ctx); err != nil {
		return nil, err
	}
	defer t.calls.Done()
	t.mu.Lock()
	groups := slices.Collect(maps.Values(t.groups))
	t.mu.Unlock()
	places, err := t.client.places(ctx, t.topics())
	if err != nil {
		return nil, fmt.Errorf("lag: %w", err)
	}
	stands := make(map[string]map[place]stand, len(groups))
	for _, g := range groups { // before the ends are asked for: no lag is below zero then
		if stands[g.Name], err = t.client.stands(ctx, g.id, g.places(places)); err != nil {
			return nil, fmt.Errorf("lag of %s: %w", g.Name, err)
		}
	}
	ends, err := t.client.bounds(ctx, newest, places)
	if err != nil {
		return nil, fmt.Errorf("lag: %w", err)
	}
	lags := make(map[string]int64, len(groups))
	for _, g := range groups {
		lags[g.Name] = 0
		for at, s := range stands[g.Name] {
			lags[g.Name] += max(0, ends[at]-s.offset-int64(len(s.offsets())))
		}
	}
	return lags, nil
}

// places are those of its topics.
func (g *group) places(all []place) []place {
	return slices.DeleteFunc(slices.Clone(all), func(at place) bool { return !slices.Contains(g.topics, at.topic) })
}
