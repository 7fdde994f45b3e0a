//go:build !linux

package main

// cores are none that a process could be kept on here.
func cores() []int { return nil }

// pinned calls start.
func pinned(_ int, start func() error) error { return start() }
