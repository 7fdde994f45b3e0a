package main

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figures is one row of the report.
type figures struct {
	Flow          string  `json:"flow"`
	Concurrency   int     `json:"concurrency"`
	Sagas         int     `json:"sagas"`
	Confirmed     int     `json:"confirmed"`
	Cancelled     int     `json:"cancelled"`
	P50Ms         float64 `json:"p50Ms"`
	P90Ms         float64 `json:"p90Ms"`
	P99Ms         float64 `json:"p99Ms"`
	PerSecond     float64 `json:"sagasPerSecond"`
	CPUMs         float64 `json:"cpuMsPerSaga"`
	Allocs        float64 `json:"allocationsPerSaga"`
	AllocBytes    float64 `json:"allocatedBytesPerSaga"`
	ResidentBytes float64 `json:"residentBytes"`
	Copies        float64 `json:"eventCopiesPerSaga"`
	RoundTrips    float64 `json:"storeRoundTripsPerSaga"`

	ServersCPUMs map[string]float64 `json:"serversCpuMsPerSaga,omitempty"` // of those on this machine
}

// figures sums a load up: lasted is until the last saga ended.
func (l loaded) figures(flow string, n int, lasted time.Duration, before, after reading) figures {
	at := func(percent int) float64 { return nearest(l.took, percent) }
	sagas := float64(max(1, len(l.took)))
	return figures{
		Flow: flow, Concurrency: n, Sagas: len(l.took), Confirmed: l.confirmed, Cancelled: l.cancelled,
		P50Ms: at(50), P90Ms: at(90), P99Ms: at(99), PerSecond: float64(len(l.took)) / lasted.Seconds(),
		CPUMs: 1000 * (after.cpu - before.cpu) / sagas, Allocs: (after.mallocs - before.mallocs) / sagas,
		AllocBytes: (after.bytes - before.bytes) / sagas, ResidentBytes: after.resident,
		Copies: (after.copies - before.copies) / sagas, RoundTrips: (after.trips - before.trips) / sagas,
		ServersCPUMs: perSaga(before.servers, after.servers, sagas),
	}
}

func perSaga(before, after map[string]float64, sagas float64) map[string]float64 {
	ms := map[string]float64{}
	for name, seconds := range after {
		ms[name] = 1000 * (seconds - before[name]) / sagas
	}
	return ms
}

// serversOf are the names of the servers that were measured.
func serversOf(rows []figures) []string {
	all := map[string]bool{}
	for _, r := range rows {
		for name := range r.ServersCPUMs {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (b bench) report(rows []figures, peak int64) error {
	whole := map[string]any{"rows": rows, "peakResidentBytes": peak, "cpus": runtime.NumCPU(), "declinesPercent": b.declines}
	heads := "FLOW\tAT ONCE\tSAGAS\tP50 MS\tP90 MS\tP99 MS\tSAGAS/S\tCPU-MS/SAGA\tALLOCS/SAGA\tRSS MB\tCOPIES/SAGA\tTRIPS/SAGA"
	names := serversOf(rows)
	for _, name := range names {
		heads += "\t" + strings.ToUpper(name) + " CPU-MS"
	}
	err := b.print(whole, heads, func(line func(...any)) {
		for _, r := range rows {
			cells := []any{
				r.Flow, r.Concurrency, r.Sagas, fmt.Sprintf("%.2f", r.P50Ms), fmt.Sprintf("%.2f", r.P90Ms), fmt.Sprintf("%.2f", r.P99Ms),
				fmt.Sprintf("%.0f", r.PerSecond), fmt.Sprintf("%.2f", r.CPUMs), fmt.Sprintf("%.0f", r.Allocs), fmt.Sprintf("%.0f", r.ResidentBytes/1e6),
				fmt.Sprintf("%.1f", r.Copies), fmt.Sprintf("%.1f", r.RoundTrips),
			}
			for _, name := range names {
				cells = append(cells, fmt.Sprintf("%.2f", r.ServersCPUMs[name]))
			}
			line(cells...)
		}
	})
	if err != nil || b.json() || peak == 0 {
		return err
	}
	_, err = fmt.Fprintf(b.out, "\n%d CPUs, which the load shares; %d %% of the cards are declined; peak RSS %.0f MB\n",
		runtime.NumCPU(), b.declines, float64(peak)/1e6)
	return err
}
