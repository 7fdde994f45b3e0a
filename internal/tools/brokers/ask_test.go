package main

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
)

// speaking is a server that answers every connection by speak, and its address.
func speaking(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			speak(c)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

// says reads a request and answers with text.
func says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 512))
		_, _ = io.WriteString(c, text)
	}
}

// expectErr holds err against words that it must have; none: it must be nil.
func expectErr(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestAskRedis(t *testing.T) {
	for name, c := range map[string]struct{ says, want string }{
		"works":                {"+PONG\r\n", ""},
		"wants a password":     {"-NOAUTH Authentication required.\r\n", ""},
		"is not ready":         {"-LOADING Redis is loading the dataset in memory\r\n", "it says LOADING"},
		"is another":           {"HTTP/1.1 400 Bad Request\r\n", errOther.Error()},
		"hangs up":             {"", "EOF"},
		"hangs up in a number": {"+PON", "EOF"},
	} {
		t.Run(name, func(t *testing.T) { expectErr(t, askRedis(t.Context(), speaking(t, says(c.says))), c.want) })
	}
}

func TestAskKafka(t *testing.T) {
	const head, throttle = "\x00\x00\x00\x30\x00\x00\x00\x07", "\x00\x00\x00\x00"
	for name, c := range map[string]struct{ says, want string }{
		"works":           {head + throttle + "\x00\x00\x00\x01", ""},
		"has no broker":   {head + throttle + "\x00\x00\x00\x00", "it knows no broker yet"},
		"is another":      {"HTTP/1.1 400 Bad Request\r\n", errOther.Error()},
		"hangs up midway": {head, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			expectErr(t, askKafka(t.Context(), speaking(t, says(c.says))+",ignored:1"), c.want)
		})
	}
}

func TestAskKafka_AsksForNoTopics(t *testing.T) {
	got := make(chan []byte, 1)
	addr := speaking(t, func(c net.Conn) {
		raw := make([]byte, 512)
		n, _ := c.Read(raw)
		got <- raw[:n]
	})
	if err := askKafka(t.Context(), addr); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	want := "\x00\x00\x00\x1b\x00\x03\x00\x04\x00\x00\x00\x07\x00\x0cmake-brokers\x00\x00\x00\x00\x00"
	if asked := string(<-got); asked != want {
		t.Errorf("got  %q\nwant %q", asked, want)
	}
}

func TestAskPortMapper(t *testing.T) {
	for name, c := range map[string]struct {
		off  uint32
		want string
	}{"works": {0, ""}, "is another": {7, errOther.Error()}} {
		t.Run(name, func(t *testing.T) {
			addr := speaking(t, func(conn net.Conn) {
				_, _ = conn.Read(make([]byte, 3))
				port := uint32(conn.LocalAddr().(*net.TCPAddr).Port) + c.off
				_ = binary.Write(conn, binary.BigEndian, port)
			})
			expectErr(t, askPortMapper(t.Context(), addr), c.want)
		})
	}
}

// method is a frame of AMQP as RabbitMQ sends it.
func method(number uint32, args string) string {
	var b strings.Builder
	_ = send(&b, number, []byte(args))
	return b.String()
}

func TestAskRabbit(t *testing.T) {
	start, tune := method(connectionStart, "\x00\x09"), method(connectionTune, "\x08\x00\x00\x02\x00\x00\x00\x3c")
	for name, c := range map[string]struct {
		says []string
		want string
	}{
		"works":                    {[]string{start, tune, "", method(connectionOpenOK, "\x00")}, ""},
		"does not know the user":   {[]string{start, method(connectionClose, "\x01\x93\x0eACCESS_REFUSED\x00\x0a\x00\x0b")}, "it refuses: ACCESS_REFUSED"},
		"does not know the vhost":  {[]string{start, tune, "", method(connectionClose, "\x02\x12\x0bNOT_ALLOWED\x00\x0a\x00\x28")}, "it refuses: NOT_ALLOWED"},
		"answers out of turn":      {[]string{tune}, "it answers out of turn"},
		"speaks another protocol":  {[]string{"AMQP\x00\x01\x00\x00"}, errOther.Error()},
		"is another":               {[]string{"HTTP/1.1 400 Bad Request\r\n"}, errOther.Error()},
		"hangs up":                 {nil, "EOF"},
		"hangs up in a frame":      {[]string{start[:9]}, "EOF"},
		"refuses with few letters": {[]string{method(connectionClose, "\x01\x93\xffshort")}, "it refuses: short"},
	} {
		t.Run(name, func(t *testing.T) {
			addr := speaking(t, func(conn net.Conn) {
				_, _ = io.ReadFull(conn, make([]byte, 8)) // what begins a connection
				for i, s := range c.says {
					if i > 0 && !readFrame(conn) {
						return
					}
					_, _ = io.WriteString(conn, s)
				}
			})
			ask := func(ctx context.Context, addr string) error { return askRabbit(ctx, addr, "guest", "guest", "/") }
			expectErr(t, ask(t.Context(), addr), c.want)
		})
	}
}

// readFrame reads what a client sends as one, and reports whether it is whole.
func readFrame(r io.Reader) bool {
	head := make([]byte, 7)
	if _, err := io.ReadFull(r, head); err != nil {
		return false
	}
	rest := make([]byte, binary.BigEndian.Uint32(head[3:])+1)
	_, err := io.ReadFull(r, rest)
	return err == nil && rest[len(rest)-1] == 0xCE
}

func TestRunAsk(t *testing.T) {
	redis := speaking(t, says("+PONG\r\n"))
	kafka := speaking(t, says("\x00\x00\x00\x30\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x01"))
	var said strings.Builder
	err := run(t.Context(), []string{"ask", "-redis", "redis://" + redis, "-rabbitmq", "amqp://me:secret@" + redis, "-kafka", kafka}, nil, &said)
	expectErr(t, err, "run make brokers first\nRabbitMQ at amqp://me:xxxxx@"+redis)
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "Kafka at") || strings.Contains(err.Error(), "Redis at") {
		t.Errorf("it says %v", err)
	}
}
