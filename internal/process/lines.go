package process

import (
	"bytes"
	"io"
	"slices"
)

// longest is the most of one line that is kept together.
const longest = 64 << 10

// lines writes whole lines, each after a prefix and by one Write, so that those
// of several programs do not mix. It is used by one goroutine at a time.
type lines struct {
	to     io.Writer
	prefix string
	rest   []byte // of a line that has no end yet
}

// Write implements io.Writer. It always takes everything: a log that cannot be
// written must not stop a program.
func (l *lines) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, after, whole := bytes.Cut(p, []byte{'\n'})
		l.rest = append(l.rest, line...)
		if !whole && len(l.rest) < longest {
			return n, nil
		}
		l.end()
		if !whole {
			return n, nil
		}
		p = after
	}
}

// end writes what has no end of its own.
func (l *lines) end() {
	if len(l.rest) == 0 {
		return
	}
	_, _ = l.to.Write(slices.Concat([]byte(l.prefix), l.rest, []byte{'\n'}))
	l.rest = l.rest[:0]
}
