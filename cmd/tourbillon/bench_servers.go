package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"

	netstat "github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// server is one that the system stands on, as a process of this machine.
type server struct {
	name string
	p    *process.Process
}

// on finds the servers of a system that run on this machine, by the ports that
// they listen on. What runs elsewhere, or is another user's, is not found.
func (s servers) on(ctx context.Context) (found []server) {
	listening := map[uint32]int32{} // who, by port
	all, err := netstat.ConnectionsWithContext(ctx, "tcp")
	if err != nil {
		return nil
	}
	for _, c := range all {
		if c.Status == "LISTEN" && c.Pid > 0 {
			listening[c.Laddr.Port] = c.Pid
		}
	}
	for _, at := range s.addresses() {
		pid, ok := listening[at.port]
		if !ok || !loopback(at.host) {
			continue
		}
		if p, err := process.NewProcessWithContext(ctx, pid); err == nil {
			found = append(found, server{at.name, p})
		}
	}
	return found
}

// cpu is how many seconds of CPU each server had so far.
func cpuOf(ctx context.Context, on []server) map[string]float64 {
	used := map[string]float64{}
	for _, s := range on {
		if t, err := s.p.TimesWithContext(ctx); err == nil {
			used[s.name] = t.User + t.System
		}
	}
	return used
}

// place is where a server is.
type place struct {
	name, host string
	port       uint32
}

// addresses are where the servers are, as far as that is one address.
func (s servers) addresses() (all []place) {
	add := func(name, address, or string) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			host, port = address, or
		}
		var n uint32
		if _, err := fmt.Sscan(port, &n); err == nil {
			all = append(all, place{name, host, n})
		}
	}
	for _, of := range []struct{ name, url, port string }{{"redis", s.Redis, "6379"}, {"rabbitmq", s.Rabbit, "5672"}} {
		if u, err := url.Parse(of.url); err == nil && u.Host != "" {
			add(of.name, u.Host, of.port)
		}
	}
	for _, address := range s.Kafka {
		add("kafka", address, "9092")
	}
	return all
}

func loopback(host string) bool {
	ips, err := net.LookupIP(host)
	return err == nil && slices.ContainsFunc(ips, net.IP.IsLoopback)
}
