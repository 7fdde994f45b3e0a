package packet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// ErrSocket is what is no Socket.IO packet.
var ErrSocket = errors.New("not a Socket.IO packet")

// SocketType is a Socket.IO packet's first byte.
type SocketType byte

// The types.
const (
	Connect      SocketType = '0'
	Disconnect   SocketType = '1'
	Event        SocketType = '2'
	Ack          SocketType = '3'
	ConnectError SocketType = '4'
	BinaryEvent  SocketType = '5'
	BinaryAck    SocketType = '6'
)

// The bounds of a packet's parts.
const (
	mostNamespace   = 100
	mostAttachments = 10
)

// Socket is a Socket.IO packet, without its attachments: those follow as binary
// messages, and Data has a placeholder for each.
type Socket struct {
	Type        SocketType
	Namespace   string // with its slash: / is the main one
	ID          *uint64
	Data        json.RawMessage // an array on events and acks, else an object or nothing
	Attachments int             // how many follow
}

// ParseSocket reads a packet that a client may send. Data is part of raw.
func ParseSocket(raw []byte) (Socket, error) {
	if len(raw) == 0 || raw[0] < byte(Connect) || raw[0] > byte(BinaryAck) || !utf8.Valid(raw) {
		return Socket{}, ErrSocket
	}
	p := Socket{Type: SocketType(raw[0]), Namespace: "/"}
	rest := raw[1:]
	var err error
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		if p.Attachments, rest, err = attachments(rest); err != nil {
			return Socket{}, err
		}
	}
	if len(rest) > 0 && rest[0] == '/' {
		name, after, _ := bytes.Cut(rest, []byte(","))
		if p.Namespace, rest = string(name), after; len(name) > mostNamespace {
			return Socket{}, fmt.Errorf("%w: the namespace is too long", ErrSocket)
		}
	}
	if p.ID, rest, err = id(rest); err != nil {
		return Socket{}, err
	}
	if p.Data = rest; !p.fits() {
		return Socket{}, fmt.Errorf("%w: its data are not those of its type", ErrSocket)
	}
	return p, nil
}

func attachments(raw []byte) (n int, rest []byte, err error) {
	digits, rest, ok := bytes.Cut(raw, []byte("-"))
	n, err = strconv.Atoi(string(digits))
	if !ok || err != nil || n < 0 || n > mostAttachments || digits[0] == '+' {
		return 0, nil, fmt.Errorf("%w: how many attachments is not said, or too many", ErrSocket)
	}
	return n, rest, nil
}

func id(raw []byte) (*uint64, []byte, error) {
	n := 0
	for n < len(raw) && raw[n] >= '0' && raw[n] <= '9' {
		n++
	}
	if n == 0 {
		return nil, raw, nil
	}
	v, err := strconv.ParseUint(string(raw[:n]), 10, 53)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: its id is too large", ErrSocket)
	}
	return &v, raw[n:], nil
}

// fits reports whether the packet has the parts that its type may have.
func (p Socket) fits() bool {
	switch p.Type {
	case Connect:
		return p.ID == nil && (len(p.Data) == 0 || isObject(p.Data))
	case Disconnect:
		return p.ID == nil && len(p.Data) == 0
	case Event, BinaryEvent:
		return named(p.Data)
	case Ack, BinaryAck:
		return p.ID != nil && isArray(p.Data)
	}
	return false // a client connects nobody, and so has no errors of it
}

func isObject(raw []byte) bool { return raw[0] == '{' && json.Valid(raw) }

func isArray(raw []byte) bool { return len(raw) > 0 && raw[0] == '[' && json.Valid(raw) }

// named reports whether arguments begin with an event's name.
func named(raw []byte) bool {
	if !isArray(raw) {
		return false
	}
	first := bytes.TrimLeft(raw[1:], " \t\r\n")
	return len(first) > 0 && first[0] == '"'
}

// Args are an event's name and its arguments, or an ack's arguments.
func (p Socket) Args() (name string, args []json.RawMessage, err error) {
	if err := json.Unmarshal(p.Data, &args); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrSocket, err)
	}
	if p.Type == Ack || p.Type == BinaryAck {
		return "", args, nil
	}
	if err := json.Unmarshal(args[0], &name); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrSocket, err)
	}
	return name, args[1:], nil
}

// Append writes a packet as an Engine.IO message has it.
func (p Socket) Append(to []byte) []byte {
	to = append(to, byte(p.Type))
	if p.Type == BinaryEvent || p.Type == BinaryAck {
		to = append(strconv.AppendInt(to, int64(p.Attachments), 10), '-')
	}
	if p.Namespace != "/" {
		to = append(append(to, p.Namespace...), ',')
	}
	if p.ID != nil {
		to = strconv.AppendUint(to, *p.ID, 10)
	}
	return append(to, p.Data...)
}

// Message is the packet as an Engine.IO message, to be sent.
func (p Socket) Message() *Out {
	return &Out{Engine: Engine{Type: Message, Data: p.Append(nil)}}
}
