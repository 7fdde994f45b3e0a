//go:build race

package sim

// raced is whether the race detector looks on, which makes each run ten times as
// long.
const raced = true
