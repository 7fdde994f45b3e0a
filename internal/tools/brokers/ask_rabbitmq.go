package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Methods of AMQP 0-9-1's class connection, number 10.
const (
	connectionStart   = 10<<16 | 10
	connectionStartOK = 10<<16 | 11
	connectionTune    = 10<<16 | 30
	connectionTuneOK  = 10<<16 | 31
	connectionOpen    = 10<<16 | 40
	connectionOpenOK  = 10<<16 | 41
	connectionClose   = 10<<16 | 50
)

// askRabbit opens a connection as a client does, up to where RabbitMQ says
// that it is open: the user is known, and so is the virtual host. The library
// for this has its home in events/rabbitmq, and would try again by itself.
func askRabbit(ctx context.Context, addr, user, password, vhost string) error {
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "AMQP\x00\x00\x09\x01"); err != nil {
		return err
	}
	if _, err := expect(c, connectionStart); err != nil {
		return err
	}
	// The properties are a table of one capability: to be told why one is
	// refused.
	tellWhy := append(short(nil, "authentication_failure_close"), 't', 1)
	properties := long(append(short(nil, "capabilities"), 'F'), string(tellWhy))
	answer := short(long(nil, string(properties)), "PLAIN")
	answer = long(answer, "\x00"+user+"\x00"+password)
	if err := send(c, connectionStartOK, short(answer, "en_US")); err != nil {
		return err
	}
	tuned, err := expect(c, connectionTune)
	if err != nil {
		return err
	}
	if err := send(c, connectionTuneOK, tuned); err != nil {
		return err
	}
	if err := send(c, connectionOpen, append(short(nil, vhost), 0, 0)); err != nil {
		return err
	}
	if _, err = expect(c, connectionOpenOK); err != nil {
		return err
	}
	// With a goodbye, or it would warn in its log: code 200, no text, no cause.
	return send(c, connectionClose, []byte{0, 200, 0, 0, 0, 0, 0})
}

// send writes a method of channel 0 as a frame.
func send(w io.Writer, method uint32, args []byte) error {
	frame := []byte{1, 0, 0}
	frame = binary.BigEndian.AppendUint32(frame, uint32(4+len(args)))
	frame = binary.BigEndian.AppendUint32(frame, method)
	_, err := w.Write(append(append(frame, args...), 0xCE))
	return err
}

// expect reads a frame and returns its method's arguments.
func expect(r io.Reader, want uint32) ([]byte, error) {
	var head struct {
		Kind    uint8
		Channel uint16
		Length  uint32
	}
	if err := binary.Read(r, binary.BigEndian, &head); err != nil {
		return nil, err
	}
	if head.Kind != 1 || head.Channel != 0 || head.Length < 4 || head.Length > 1<<17 {
		return nil, fmt.Errorf("%w: it is no RabbitMQ", errOther)
	}
	frame := make([]byte, head.Length+1) // and the byte that ends it
	if _, err := io.ReadFull(r, frame); err != nil {
		return nil, err
	}
	method, args := binary.BigEndian.Uint32(frame), frame[4:head.Length]
	if method == connectionClose && len(args) > 3 {
		return nil, fmt.Errorf("it refuses: %s", bytes.ToValidUTF8(args[3:min(len(args), 3+int(args[2]))], nil))
	}
	if method != want {
		return nil, errors.New("it answers out of turn")
	}
	return args, nil
}

// short appends a short string as AMQP has it, long a long one.
func short(to []byte, s string) []byte { return append(append(to, byte(len(s))), s...) }

func long(to []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(s))), s...)
}
