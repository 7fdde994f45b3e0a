package pump

import (
	"bufio"
	"net"
	"net/http"
)

// Hijack returns w with its connection wrapped once it is hijacked: through
// middleware that wraps its writer, too.
func Hijack(w http.ResponseWriter, wrap func(net.Conn) net.Conn) http.ResponseWriter {
	return hijacker{w, wrap}
}

type hijacker struct {
	http.ResponseWriter
	wrap func(net.Conn) net.Conn
}

// Hijack implements [http.Hijacker].
func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	return h.wrap(c), rw, nil
}
