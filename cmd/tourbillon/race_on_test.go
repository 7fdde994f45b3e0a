//go:build race

package main

// atOnce is how many stories are told at once: the race detector makes each of
// them work.
const atOnce = "8"
