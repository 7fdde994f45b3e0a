//go:build integration

package main

import "testing"

// TestStories_OnServers tells every story on real servers, unchanged.
func TestStories_OnServers(t *testing.T) {
	for _, name := range []string{"redis", "rabbitmq", "kafka", "both", "servers", "isolated servers"} {
		t.Run(name, func(t *testing.T) { tell(t, modes[name]) })
	}
}
