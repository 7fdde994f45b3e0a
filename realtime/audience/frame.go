package audience

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// The kinds of frame that a relay sends.
const (
	text  = 1
	bye   = 8
	ping  = 9
	pong  = 10
	whole = 0x80 // the bit of a frame that is not a part
)

var errFrame = errors.New("a frame that no relay sends")

// Handshake makes a connection a WebSocket's, from the client's side. What comes
// is read from r.
func Handshake(w io.Writer, r *bufio.Reader, path string) error {
	_, err := fmt.Fprintf(w, "GET %s HTTP/1.1\r\nHost: relay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path)
	if err != nil {
		return err
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the relay answers %s", resp.Status)
	}
	return nil
}

// Masked is a client's frame of at most 65535 bytes: whole, masked with zeros.
func Masked(opcode byte, payload []byte) []byte {
	frame := []byte{whole | opcode}
	if n := len(payload); n < 126 {
		frame = append(frame, 0x80|byte(n))
	} else {
		frame = append(frame, 0x80|126, byte(n>>8), byte(n))
	}
	return append(append(frame, 0, 0, 0, 0), payload...)
}

// next is the next frame. Its payload is valid until the next is asked for, and
// must fit into the reader's buffer.
func next(r *bufio.Reader) (opcode byte, payload []byte, err error) {
	head, err := r.Peek(2)
	if err != nil {
		return 0, nil, err
	}
	n, skip := int(head[1]), 2
	if head[0]&whole == 0 || n > 126 {
		return 0, nil, errFrame
	}
	opcode = head[0] &^ whole
	if n == 126 {
		if head, err = r.Peek(4); err != nil {
			return 0, nil, err
		}
		n, skip = int(binary.BigEndian.Uint16(head[2:])), 4
	}
	frame, err := r.Peek(skip + n)
	if err != nil {
		return 0, nil, err
	}
	_, err = r.Discard(len(frame)) // what was peeked at is there
	return opcode, frame[skip:], err
}
