package kafka

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"maps"
	"testing"

	"tourbillon/events"
)

func FuzzCursor(f *testing.F) {
	tr := &Transport{Settings: Settings{Prefix: "p."}, client: &client{cluster: "c"}}
	whole := cursor{{"p.bookings", 0}: 0, {"p.bookings", 5}: 1 << 40, {"p.tours", 1}: 7}
	for _, c := range []cursor{{}, whole} {
		got, err := tr.readCursor(tr.writeCursor(c))
		if err != nil || !maps.Equal(got, c) {
			f.Errorf("%v became %v, %v", c, got, err)
		}
	}
	for _, b := range [][]byte{nil, {0}, {1, 200}, append(append([]byte{1, 1, 'x', 1}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1), {0xff, 0xff, 0xff, 0xff, 0x7f, 1, 'x', 0xff, 0xff, 0xff, 0xff, 0x7f}} {
		f.Add(b)
	}
	b, _ := base64.RawURLEncoding.DecodeString(tr.writeCursor(whole))
	f.Add(b[:len(b)-4])
	f.Fuzz(func(t *testing.T, b []byte) {
		s := base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint32(b, tr.sum(b))) // as only we can
		c, err := tr.readCursor(s)
		if err != nil && !errors.Is(err, events.ErrCursor) {
			t.Fatal(err)
		}
		for at, offset := range c {
			if offset < 0 || at.partition < 0 {
				t.Errorf("%q is at %d in %v", s, offset, at)
			}
		}
	})
}
