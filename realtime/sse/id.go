package sse

import (
	"net/url"
	"strconv"
	"strings"
)

// seen is what was seen of one topic.
type seen struct {
	known   bool
	version uint64
	epoch   string
}

// mostID bounds an id, in bytes.
const mostID = 8 << 10

// parseID reads the header Last-Event-ID of a stream of n topics. What it does
// not understand it takes for nothing seen: then all is sent again.
func parseID(id string, n int) []seen {
	all := make([]seen, n)
	parts := strings.Split(id, ",")
	if len(parts) != n || len(id) > mostID {
		return all
	}
	for i, part := range parts {
		digits, escaped, _ := strings.Cut(part, "@")
		version, err := strconv.ParseUint(digits, 10, 64)
		if err != nil {
			continue
		}
		if epoch, err := url.QueryUnescape(escaped); err == nil {
			all[i] = seen{true, version, epoch}
		}
	}
	return all
}

// appendSeen writes what parseID reads.
func appendSeen(to []byte, all []seen) []byte {
	for i, s := range all {
		if i > 0 {
			to = append(to, ',')
		}
		if !s.known {
			to = append(to, '-')
			continue
		}
		to = append(strconv.AppendUint(to, s.version, 10), '@')
		to = append(to, url.QueryEscape(s.epoch)...)
	}
	return to
}
