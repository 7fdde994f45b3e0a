//go:build !race

package main

// atOnce is how many stories are told at once.
const atOnce = "16"
