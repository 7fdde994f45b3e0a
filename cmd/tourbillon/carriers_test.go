package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tourbillon/knative"
)

func TestServers_Carried(t *testing.T) {
	m, err := knative.Read(knative.Base())
	if err != nil {
		t.Fatal(err)
	}
	rabbit, kafka := "amqp://localhost", []string{"localhost:9092"}
	for says, c := range map[string]struct {
		on   servers
		want []carrier
	}{
		"neither": {servers{}, []carrier{
			{"memory", []string{"bookings"}, true, false}, {"memory", []string{"history"}, true, true},
		}},
		"RabbitMQ alone": {servers{Rabbit: rabbit}, []carrier{{"rabbitmq", []string{"bookings", "history"}, true, true}}},
		"Kafka alone":    {servers{Kafka: kafka}, []carrier{{"kafka", []string{"bookings", "history"}, true, true}}},
		"both": {servers{Rabbit: rabbit, Kafka: kafka}, []carrier{
			{"kafka", []string{"history"}, true, true}, {"rabbitmq", []string{"bookings"}, true, false},
		}},
	} {
		t.Run(says, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.on.carried(m), cmp.AllowUnexported(carrier{})); diff != "" {
				t.Errorf("wanted (-) and got (+):\n%s", diff)
			}
		})
	}
}
