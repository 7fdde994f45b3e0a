//go:build integration

package main

import "testing"

// TestStories_OnServers tells every story on real servers, unchanged, and some of
// them once more where only the combination of servers is another.
func TestStories_OnServers(t *testing.T) {
	for _, name := range []string{"redis", "rabbitmq", "kafka", "servers", "isolated servers"} {
		t.Run(name, func(t *testing.T) { tell(t, modes[name]) })
	}
}
