package realtime

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrMessage is a client's message that is not as the protocol says.
var ErrMessage = errors.New("message is not of the protocol")

// The types of message that a client sends.
const (
	TypeSubscribe   = "subscribe"
	TypeUnsubscribe = "unsubscribe"
	TypePing        = "ping"
)

// Command is a client's message. Version and Epoch are what it last saw of
// the topic; Seen is that of a group's members.
type Command struct {
	Type    string            `json:"type"`
	Topic   string            `json:"topic,omitempty"`
	Version *uint64           `json:"version,omitempty"`
	Epoch   string            `json:"epoch,omitempty"`
	Seen    map[string]uint64 `json:"seen,omitempty"`
	Token   string            `json:"token,omitempty"`
	Confirm bool              `json:"-"` // say so where there is nothing newer: see TypeCurrent
}

// The bounds of a command's parts, in bytes.
const (
	mostTopic = 80
	mostEpoch = 64
	mostSeen  = 1024 // members, not bytes
	mostToken = 512
)

// ParseCommand reads a client's message. Fields that it does not know are
// left: a later client may send them.
func ParseCommand(raw []byte) (Command, error) {
	var c Command
	if !utf8.Valid(raw) {
		return c, fmt.Errorf("%w: not UTF-8", ErrMessage)
	}
	if first := bytes.TrimLeft(raw, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return c, fmt.Errorf("%w: not a JSON object", ErrMessage)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&c); err != nil {
		return Command{}, fmt.Errorf("%w: not JSON of its fields", ErrMessage)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Command{}, fmt.Errorf("%w: something follows the object", ErrMessage)
	}
	switch {
	case c.Type == "":
		return Command{}, fmt.Errorf("%w: it has no type", ErrMessage)
	case len(c.Topic) > mostTopic, len(c.Epoch) > mostEpoch, len(c.Seen) > mostSeen, len(c.Token) > mostToken:
		return Command{}, fmt.Errorf("%w: a field is too long", ErrMessage)
	}
	return c, nil
}

// Do carries out what a client sent, and answers it by messages of its own. It
// reports whether the client may go on; if not, it was closed. bear is asked
// whether the connection may count by a token that was given to somebody.
func (c *Client) Do(raw []byte, bear func(token string) bool) bool {
	cmd, err := ParseCommand(raw)
	if err != nil {
		c.Refuse(CodeBadMessage, Closing{Code: CloseBadMessage, Reason: CodeBadMessage})
		return false
	}
	return c.Obey(cmd, bear)
}

// Obey is [Client.Do] of a command that was read already.
func (c *Client) Obey(cmd Command, bear func(token string) bool) bool {
	switch cmd.Type {
	case TypeHello:
		return c.Identify(cmd.Token) && c.count(cmd.Token, bear)
	case TypeSubscribe:
		c.Subscribe(cmd)
	case TypeUnsubscribe:
		c.Unsubscribe(cmd.Topic)
	case TypePing:
		c.Reply(pong)
	default:
		c.Reply(errorMessage(CodeUnknownType, ""))
	}
	return true
}

func (c *Client) count(token string, bear func(string) bool) bool {
	if token == "" || bear(token) {
		return true
	}
	c.Close(Closing{Code: CloseRate, Reason: "too many connections with this token"})
	return false
}
