package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// errOther is what answers and is not the server that was expected.
var errOther = errors.New("something else answers there")

// dial connects, for as long as ctx says.
func dial(ctx context.Context, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(5 * time.Second)
	}
	if err := c.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// askRedis asks Redis for a PONG, which it gives once its data is loaded.
func askRedis(ctx context.Context, addr string) error {
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "PING\r\n"); err != nil {
		return err
	}
	line, err := bufio.NewReader(io.LimitReader(c, 512)).ReadString('\n')
	line = strings.TrimSpace(line)
	switch {
	case line == "+PONG", strings.HasPrefix(line, "-NOAUTH"):
		return nil
	case strings.HasPrefix(line, "-"):
		return fmt.Errorf("it says %s", line[1:])
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: it is no Redis", errOther)
}

// askPortMapper asks epmd for the names that it knows.
func askPortMapper(ctx context.Context, addr string) error {
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte{0, 1, 'n'}); err != nil {
		return err
	}
	var port uint32 // its own comes first
	if err := binary.Read(c, binary.BigEndian, &port); err != nil {
		return err
	}
	if _, at, _ := net.SplitHostPort(addr); at != fmt.Sprint(port) {
		return fmt.Errorf("%w: it is no epmd", errOther)
	}
	return nil
}

// askKafka asks Kafka for its brokers and its controller, which it knows once
// it takes requests. Its addresses may be several, separated by commas.
func askKafka(ctx context.Context, addrs string) error {
	addr, _, _ := strings.Cut(addrs, ",")
	c, err := dial(ctx, addr)
	if err != nil {
		return err
	}
	defer c.Close()
	// A request of Kafka's protocol: length, key (3: Metadata), version,
	// correlation, client, then an empty list of topics and "create none".
	const client = "make-brokers"
	request := []byte{0, 3, 0, 4, 0, 0, 0, 7, 0, byte(len(client))}
	request = append(request, client...)
	request = append(request, 0, 0, 0, 0, 0)
	if _, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(request))), request...)); err != nil {
		return err
	}
	var head struct{ Length, Correlation, Throttle, Brokers uint32 }
	if err := binary.Read(c, binary.BigEndian, &head); err != nil {
		return err
	}
	if head.Correlation != 7 || head.Length > 1<<20 {
		return fmt.Errorf("%w: it is no Kafka", errOther)
	}
	if head.Brokers == 0 {
		return errors.New("it knows no broker yet")
	}
	return nil
}
