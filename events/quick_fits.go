package events

import (
	"bytes"
	"math"
	"time"
	"unicode/utf8"
)

// sure reports whether doc is JSON that fits the schema, beyond doubt. Its
// keys are then the schema's, each once and without an escape, and its numbers
// integers as Go reads them.
func (q *quick) sure(doc []byte) bool {
	if q == nil {
		return false
	}
	rest, ok := q.fits(blank(doc))
	return ok && len(blank(rest)) == 0
}

// fits reads one value at the beginning of b, and returns what comes after it.
func (q *quick) fits(b []byte) (rest []byte, ok bool) {
	if len(b) == 0 {
		return nil, false
	}
	switch q.kind {
	case '{':
		rest, ok = q.object(b)
	case '[':
		rest, ok = q.array(b)
	case '"':
		rest, ok = q.text(b)
	case '0':
		rest, ok = q.number(b)
	}
	if ok && q.also != nil {
		_, ok = q.also.fits(b)
	}
	return rest, ok
}

func (q *quick) object(b []byte) ([]byte, bool) {
	rest, open := after(b, '{')
	if !open {
		return nil, false
	}
	var seen uint64
	if end, empty := after(rest, '}'); empty {
		return end, q.whole(seen)
	}
	for {
		key, more, plain := quoted(rest)
		f, known := q.fields[string(key)]
		if !plain || !known || seen&f.bit != 0 {
			return nil, false
		}
		seen |= f.bit
		more, ok := after(more, ':')
		if !ok {
			return nil, false
		}
		if more, ok = f.is.fits(more); !ok {
			return nil, false
		}
		if end, last := after(more, '}'); last {
			return end, q.whole(seen)
		}
		if rest, ok = after(more, ','); !ok {
			return nil, false
		}
	}
}

// whole reports whether an object with these fields has all that it must, and
// nothing that it must not.
func (q *quick) whole(seen uint64) bool {
	must, none := q.must, uint64(0)
	switch {
	case q.when == nil:
	case seen&q.when.asks == q.when.asks:
		must, none = must|q.when.must, q.when.none
	default:
		must, none = must|q.when.mustElse, q.when.noneElse
	}
	return seen&must == must && seen&none == 0
}

func (q *quick) array(b []byte) ([]byte, bool) {
	rest, open := after(b, '[')
	if !open {
		return nil, false
	}
	if end, empty := after(rest, ']'); empty {
		return end, q.least <= 0
	}
	for n := int64(1); n <= q.most; n++ {
		more, ok := q.items.fits(rest)
		if !ok {
			return nil, false
		}
		if end, last := after(more, ']'); last {
			return end, n >= q.least
		}
		if rest, ok = after(more, ','); !ok {
			return nil, false
		}
	}
	return nil, false
}

func (q *quick) text(b []byte) ([]byte, bool) {
	s, rest, ok := quoted(b)
	if !ok || q.enum != nil && !q.enum[string(s)] {
		return nil, false
	}
	if q.least > 0 || q.most < math.MaxInt64 {
		if n := int64(utf8.RuneCount(s)); n < q.least || n > q.most {
			return nil, false
		}
	}
	if q.match != nil && !q.match.matches(s) {
		return nil, false
	}
	return rest, q.format == nil || q.format.Name == "date-time" && isTime(s) || q.format.Validate(string(s)) == nil
}

// isTime reports whether s is a time in UTC that exists, as we write them.
func isTime(s []byte) bool {
	var t time.Time
	return bytes.HasSuffix(s, []byte("Z")) && t.UnmarshalText(s) == nil
}

// number reads an integer of at most eighteen digits, which fits 64 bits.
func (q *quick) number(b []byte) ([]byte, bool) {
	n, i := int64(0), 0
	minus := b[0] == '-'
	if minus {
		i = 1
	}
	first := i
	for ; i < len(b) && '0' <= b[i] && b[i] <= '9'; i++ {
		if i-first == 18 {
			return nil, false
		}
		n = 10*n + int64(b[i]-'0')
	}
	if i == first || b[first] == '0' && (minus || i > first+1) {
		return nil, false
	}
	if i < len(b) && (b[i] == '.' || b[i] == 'e' || b[i] == 'E') {
		return nil, false
	}
	if minus {
		n = -n
	}
	return b[i:], q.least <= n && n <= q.most
}

// quoted reads a string that stands as it is: without an escape, in UTF-8.
func quoted(b []byte) (s, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, nil, false
	}
	wide := false
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			s = b[1:i]
			return s, b[i+1:], !wide || utf8.Valid(s)
		case c == '\\' || c < ' ':
			return nil, nil, false
		case c >= utf8.RuneSelf:
			wide = true
		}
	}
	return nil, nil, false
}

// after skips what is blank, the one character, and what is blank after it.
func after(b []byte, c byte) ([]byte, bool) {
	b = blank(b)
	if len(b) == 0 || b[0] != c {
		return nil, false
	}
	return blank(b[1:]), true
}

func blank(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\t' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}
