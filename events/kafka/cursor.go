package kafka

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"

	"tourbillon/events"
)

// cursor is the offset to read next in each partition of the history. One that
// is not named is read from the oldest that is kept.
type cursor map[place]int64

// String writes a cursor so that only a history of the same cluster and topics
// takes it. The empty string is the beginning.
//
//	number of topics, then of each: length, name, number of partitions, and
//	their offsets plus one, 0 where there is none; at the end a checksum
func (t *Transport) writeCursor(c cursor) string {
	if len(c) == 0 {
		return ""
	}
	byTopic := map[string][]uint64{}
	for at, offset := range c {
		list := byTopic[at.topic]
		for len(list) <= at.partition {
			list = append(list, 0)
		}
		list[at.partition] = uint64(offset) + 1
		byTopic[at.topic] = list
	}
	b := binary.AppendUvarint(nil, uint64(len(byTopic)))
	for _, topic := range slices.Sorted(maps.Keys(byTopic)) {
		name := topic[len(t.Prefix):]
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = binary.AppendUvarint(b, uint64(len(byTopic[topic])))
		for _, offset := range byTopic[topic] {
			b = binary.AppendUvarint(b, offset)
		}
	}
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, t.sum(b)))
}

// sum is a checksum that another cluster's cursor does not have.
func (t *Transport) sum(b []byte) uint32 {
	return crc32.ChecksumIEEE(append([]byte(t.client.cluster+"/"+t.Prefix+"/"), b...))
}

func (t *Transport) readCursor(s string) (cursor, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if s == "" {
		return cursor{}, nil
	}
	if err != nil || len(b) < 5 || binary.BigEndian.Uint32(b[len(b)-4:]) != t.sum(b[:len(b)-4]) {
		return nil, fmt.Errorf("read history: %w: it is of other topics, or of Kafka before it was set up anew", events.ErrCursor)
	}
	r := reader{b: b[:len(b)-4]}
	c := cursor{}
	for topics := r.number(); topics > 0 && !r.bad; topics-- {
		topic := t.Prefix + string(r.bytes(r.number()))
		n := r.number()
		for p := uint64(0); p < n && !r.bad; p++ {
			offset := r.number()
			if r.bad = r.bad || offset > 1<<62; offset > 0 && !r.bad {
				c[place{topic, int(p)}] = int64(offset) - 1
			}
		}
	}
	if r.bad {
		return nil, fmt.Errorf("read history: %w", events.ErrCursor)
	}
	return c, nil
}

// reader takes a cursor apart; once it is bad it reads zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || r.bad {
		r.bad = true
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}
