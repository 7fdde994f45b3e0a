package packet

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrEngine is what is no Engine.IO packet.
var ErrEngine = errors.New("not an Engine.IO packet")

// EngineType is an Engine.IO packet's first byte.
type EngineType byte

// The types.
const (
	Open    EngineType = '0'
	Close   EngineType = '1'
	Ping    EngineType = '2'
	Pong    EngineType = '3'
	Message EngineType = '4'
	Upgrade EngineType = '5'
	Noop    EngineType = '6'
)

// Engine is an Engine.IO packet. A binary one is always a message.
type Engine struct {
	Type   EngineType
	Data   []byte
	Binary bool
}

// ParseEngine reads a packet from a text frame, or a part of a payload that is
// not binary. Data is part of raw.
func ParseEngine(raw []byte) (Engine, error) {
	if len(raw) == 0 || raw[0] < byte(Open) || raw[0] > byte(Noop) {
		return Engine{}, ErrEngine
	}
	return Engine{Type: EngineType(raw[0]), Data: raw[1:]}, nil
}

// separator is between the packets of a payload.
const separator = 0x1e

// ParsePayload reads the body of a long-polling request: at most that many
// packets.
func ParsePayload(raw []byte, most int) (all []Engine, err error) {
	if len(raw) == 0 {
		return nil, ErrEngine
	}
	for part := range bytes.SplitSeq(raw, []byte{separator}) {
		if len(all) == most {
			return nil, fmt.Errorf("%w: more than %d in one payload", ErrEngine, most)
		}
		p, err := parsePart(part)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func parsePart(part []byte) (Engine, error) {
	if len(part) == 0 || part[0] != 'b' {
		return ParseEngine(part)
	}
	data, err := base64.StdEncoding.DecodeString(string(part[1:]))
	if err != nil {
		return Engine{}, fmt.Errorf("%w: not base64", ErrEngine)
	}
	return Engine{Type: Message, Data: data, Binary: true}, nil
}

// Append writes a packet as a text frame has it, or a part of a payload.
func (p Engine) Append(to []byte) []byte {
	if p.Binary {
		return base64.StdEncoding.AppendEncode(append(to, 'b'), p.Data)
	}
	return append(append(to, byte(p.Type)), p.Data...)
}

// AppendPayload writes one more packet of a payload.
func (p Engine) AppendPayload(to []byte) []byte {
	if len(to) > 0 {
		to = append(to, separator)
	}
	return p.Append(to)
}

// Out is an Engine.IO packet to be sent to any number of connections. It is
// rendered once for those that share a transport.
type Out struct {
	Engine
	frame atomic.Pointer[any]
}

// Frame is the packet as render makes it, which must be the same function every
// time. Two who ask at once may both render it.
func (o *Out) Frame(render func(Engine) any) any {
	if f := o.frame.Load(); f != nil {
		return *f
	}
	f := render(o.Engine)
	o.frame.Store(&f)
	return f
}
