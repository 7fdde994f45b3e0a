package main

import (
	"fmt"
	"runtime"
	"time"

	"tourbillon/realtime/audience"
)

// What the figures should be.
const (
	aimPlainKiB    = 12
	aimSocketIOKiB = 16
	aimCPU         = 16  // seconds of a million deliveries
	aimChangeMs    = 250 // at the 99th percentile
	aimOldestMs    = 500
)

// realtimeReport is all that was measured.
type realtimeReport struct {
	Memory     []memoryRow `json:"memory,omitempty"`
	Deliveries []toldRow   `json:"deliveries,omitempty"`
	Change     []changeRow `json:"change,omitempty"`
	Overload   []toldRow   `json:"overload,omitempty"`

	CPUs        int    `json:"cpus"`
	Pinned      []int  `json:"pinned,omitempty"` // the relay's core, and the crowds'
	Descriptors uint64 `json:"descriptors,omitempty"`
}

// lateness is from a fact's time to its being read, in milliseconds.
type lateness struct {
	P50Ms  float64 `json:"p50Ms"`
	P99Ms  float64 `json:"p99Ms"`
	MostMs float64 `json:"mostMs"`
}

func latenessOf(s audience.Spread) lateness { return lateness{ms(s.At(50)), ms(s.At(99)), ms(s.Most)} }

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type memoryRow struct {
	Transport     string   `json:"transport"`
	Connections   []int    `json:"connections"`
	Resident      []uint64 `json:"residentBytes"`
	PerConnection float64  `json:"bytesPerConnection"`
	Others        float64  `json:"otherCores"`
}

type toldRow struct {
	Transport   string  `json:"transport"`
	Subscribers int     `json:"subscribers"`
	Departures  int     `json:"departures"`
	Each        int     `json:"watchedByEach"`
	Changes     float64 `json:"changesPerSecond"`
	Unlimited   bool    `json:"unlimited,omitempty"` // by the least time between two values of a departure
	Deliveries  uint64  `json:"deliveries"`
	Conflated   uint64  `json:"conflated"`
	CPU         float64 `json:"cpuSecondsPerMillion"`
	lateness
	OldestMs float64 `json:"oldestMs,omitempty"` // the oldest value that a client had before it got a newer one
	Relay    float64 `json:"relayCores"`
	Clients  float64 `json:"clientCores"`
	Others   float64 `json:"otherCores"`
}

type changeRow struct {
	Transport  string `json:"transport"`
	Sockets    int    `json:"sockets"`
	Times      int    `json:"times"`
	Deliveries uint64 `json:"deliveries"`
	lateness
	Others float64 `json:"otherCores"`
}

// conditions notes what the figures depend on.
func (r *realtimeReport) conditions() {
	r.CPUs, r.Pinned = runtime.NumCPU(), cores()
	r.Descriptors, _ = mostDescriptors()
}

func (r *realtimeReport) write(k *console) error {
	if k.json() {
		return k.print(r, "", nil)
	}
	for _, table := range []func(*console) error{r.memoryTable, r.deliveriesTable, r.changeTable, r.overloadTable} {
		if err := table(k); err != nil {
			return err
		}
	}
	where := "not kept on cores of their own: their figures may disturb each other"
	if len(r.Pinned) == 2 {
		where = fmt.Sprintf("on one core each: the relay on %d, all clients on %d", r.Pinned[0], r.Pinned[1])
	}
	_, err := fmt.Fprintf(k.out, "%d CPUs; relay and clients were %s. RELAY, CLIENTS and OTHERS are the cores that each had, and everything else.\n"+
		"Every value was newer than the one before it and true, and the last one the newest.\n", r.CPUs, where)
	return err
}

// table writes rows under a sentence, and nothing where there are none.
func table[R any](k *console, says, heads string, rows []R, cells func(R) []any) error {
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(k.out, says)
	err := k.print(nil, heads, func(line func(...any)) {
		for _, row := range rows {
			line(cells(row)...)
		}
	})
	fmt.Fprintln(k.out)
	return err
}

func (r *realtimeReport) memoryTable(k *console) error {
	return table(k, "Memory of a connection to which nothing happens", "TRANSPORT\tCONNECTIONS\tRSS MB\tKIB EACH\tAIM\tOTHERS", r.Memory, func(m memoryRow) []any {
		aim, last := aimPlainKiB, len(m.Connections)-1
		if m.Transport == string(audience.SocketIO) {
			aim = aimSocketIOKiB
		}
		return []any{
			m.Transport, fmt.Sprintf("%d to %d", m.Connections[0], m.Connections[last]), fmt.Sprintf("%.0f to %.0f", float64(m.Resident[0])/1e6, float64(m.Resident[last])/1e6),
			fmt.Sprintf("%.2f", m.PerConnection/1024), fmt.Sprintf("<= %d", aim), fmt.Sprintf("%.2f", m.Others),
		}
	})
}

// toldHeads and cells are those of a row of deliveries, but for its aim.
const toldHeads = "TRANSPORT\tSUBSCRIBERS\tDEPARTURES\tEACH\tCHANGES/S\tLIMIT\tDELIVERIES\tCONFLATED\tCPU-S/MILLION\tP50 MS\tP99 MS\tMOST MS\tOLDEST MS\tRELAY\tCLIENTS\tOTHERS\tAIM"

func (t toldRow) cells(aim string) []any {
	limit := "5/s"
	if t.Unlimited {
		limit = "none"
	}
	oldest := "-"
	if t.OldestMs > 0 {
		oldest = fmt.Sprintf("%.0f", t.OldestMs)
	}
	return []any{
		t.Transport, t.Subscribers, t.Departures, t.Each, t.Changes, limit, t.Deliveries, t.Conflated, fmt.Sprintf("%.1f", t.CPU),
		fmt.Sprintf("%.1f", t.P50Ms), fmt.Sprintf("%.1f", t.P99Ms), fmt.Sprintf("%.0f", t.MostMs), oldest,
		fmt.Sprintf("%.2f", t.Relay), fmt.Sprintf("%.2f", t.Clients), fmt.Sprintf("%.2f", t.Others), aim,
	}
}

func (r *realtimeReport) deliveriesTable(k *console) error {
	return table(k, "Changes told to all", toldHeads, r.Deliveries, func(t toldRow) []any {
		if t.Changes == aimedRate {
			return t.cells(fmt.Sprintf("CPU <= %d", aimCPU))
		}
		return t.cells("")
	})
}

func (r *realtimeReport) changeTable(k *console) error {
	return table(k, "One change, told to all", "TRANSPORT\tSOCKETS\tTIMES\tP50 MS\tP99 MS\tMOST MS\tAIM\tOTHERS", r.Change, func(c changeRow) []any {
		return []any{
			c.Transport, c.Sockets, c.Times, fmt.Sprintf("%.1f", c.P50Ms), fmt.Sprintf("%.1f", c.P99Ms), fmt.Sprintf("%.0f", c.MostMs),
			fmt.Sprintf("P99 < %d", aimChangeMs), fmt.Sprintf("%.2f", c.Others),
		}
	})
}

func (r *realtimeReport) overloadTable(k *console) error {
	return table(k, "More than can be told", toldHeads, r.Overload, func(t toldRow) []any {
		return t.cells(fmt.Sprintf("OLDEST <= %d", aimOldestMs))
	})
}
