//go:build !race

package main

import "testing"

// TestStories_Isolated tells every story with each function in a process of
// its own. Fourteen processes to a system, each slowed by the race detector,
// would be late for what the stories wait for.
func TestStories_Isolated(t *testing.T) { tell(t, modes["isolate"]) }
