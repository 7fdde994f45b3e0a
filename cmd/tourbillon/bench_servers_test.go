package main

import (
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestServers_On(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	here := servers{
		Redis: "redis://" + l.Addr().String() + "/3",
		Kafka: []string{"192.0.2.1:9092"}, // somebody else's machine
	}
	on := here.on(t.Context())
	if len(on) != 1 || on[0].name != "redis" {
		t.Fatalf("found %v; want the one that listens here", on)
	}
	used := cpuOf(t.Context(), on)
	if used["redis"] <= 0 { // it is this process
		t.Errorf("it used %v", used)
	}
}

func TestServers_Addresses(t *testing.T) {
	s := servers{Redis: "redis://r", Rabbit: "amqp://me:secret@q/v", Kafka: []string{"k:9192"}}
	want := []place{{"redis", "r", 6379}, {"rabbitmq", "q", 5672}, {"kafka", "k", 9192}}
	if diff := cmp.Diff(want, s.addresses(), cmp.AllowUnexported(place{})); diff != "" {
		t.Errorf("wanted (-) and got (+):\n%s", diff)
	}
}
