package ws

import (
	"bufio"
	"net"
	"net/http"
)

// Hijack implements [http.Hijacker], through middleware that wraps its writer
// too.
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return h.wrap(c), rw, nil
}
