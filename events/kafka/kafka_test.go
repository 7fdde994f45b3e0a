package kafka_test

import (
	"log/slog"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"tourbillon/events"
	"tourbillon/events/kafka"
	"tourbillon/events/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a server in this process.
func fake(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestTransport_Fake(t *testing.T) {
	c := fake(t)
	transporttest.Run(t, transporttest.Features{Durable: true}, func(t *testing.T, space string) events.Transport {
		tr, err := kafka.Open(t.Context(), kafka.Settings{
			Brokers: c.ListenAddrs(), Client: "test", Group: space, Prefix: space + ".", Partitions: 2, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		return tr
	})
}
