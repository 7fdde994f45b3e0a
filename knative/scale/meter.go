package scale

import "time"

// cells is how finely a window is looked at.
const cells = 60

// meter knows how much traffic there lately was. The exchanges that wait for a
// process count, too: it is by them that a process is missed.
type meter struct {
	step  time.Duration // of one cell
	sums  [cells]float64
	begun [cells]float64 // exchanges
	under int            // exchanges under way now
	last  time.Time      // up to which sums are right
	first time.Time      // when there began to be something
}

func newMeter(window time.Duration, now time.Time) *meter {
	return &meter{step: max(window/cells, 1), last: now, first: now}
}

func (m *meter) cell(at time.Time) int64 { return at.UnixNano() / int64(m.step) }

// begin counts an exchange as under way, until end.
func (m *meter) begin(now time.Time) {
	m.advance(now)
	if m.under == 0 && m.quiet() {
		m.first = now
	}
	m.under++
	m.begun[m.cell(now)%cells]++
}

func (m *meter) end(now time.Time) {
	m.advance(now)
	m.under--
}

func (m *meter) quiet() bool { return m.sums == [cells]float64{} && m.begun == [cells]float64{} }

// advance adds what was under way since it was called last, cell by cell.
func (m *meter) advance(now time.Time) {
	if oldest := now.Add(-cells * m.step); m.last.Before(oldest) {
		m.sums, m.begun, m.last = [cells]float64{}, [cells]float64{}, oldest
	}
	for m.last.Before(now) {
		at := m.cell(m.last)
		until := time.Unix(0, (at+1)*int64(m.step))
		if until.After(now) {
			m.sums[at%cells] += float64(m.under) * now.Sub(m.last).Seconds()
			m.last = now
			return
		}
		m.sums[at%cells] += float64(m.under) * until.Sub(m.last).Seconds()
		m.last = until
		m.sums[(at+1)%cells], m.begun[(at+1)%cells] = 0, 0 // of a window ago
	}
}

// average is the metric over the last while, or since there is traffic.
func (m *meter) average(by Metric, over time.Duration, now time.Time) float64 {
	m.advance(now)
	all := &m.sums
	if by == Requests {
		all = &m.begun
	}
	at, n := m.cell(now), int64(max(over/m.step, 1))
	n = min(n, cells)
	total := 0.0
	for i := range n {
		total += all[(at-i)%cells]
	}
	since := now.Sub(time.Unix(0, (at-n+1)*int64(m.step)))
	return total / max(min(since, now.Sub(m.first)), m.step).Seconds()
}
