package audit

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"tourbillon/events"
)

// versions are the facts of one record that were seen, by version from 1: what
// each said, as a number, or 0 for one that was not seen.
type versions []uint64

// mostVersions bounds what one record may have said: more is not ours.
const mostVersions = 10_000_000

// see takes a version in. fresh is one not seen before, clash one that was
// seen as another fact.
func (v *versions) see(n, digest uint64) (fresh, clash bool) {
	for uint64(len(*v)) < n {
		*v = append(*v, 0)
	}
	was := (*v)[n-1]
	(*v)[n-1] = digest
	return was == 0, was != 0 && was != digest
}

func (v versions) seen(n uint64) bool { return n >= 1 && n <= uint64(len(v)) && v[n-1] != 0 }

// digest is over all that a fact says, whoever asked for it; never 0.
func digest(e events.Event) uint64 {
	h := fnv.New64a()
	raw, err := json.Marshal(e.Data)
	fmt.Fprint(h, e.ID, " ", e.Source, " ", e.Time.UnixNano(), " ", e.Name, " ", err, " ")
	h.Write(raw)
	return max(1, h.Sum64())
}
