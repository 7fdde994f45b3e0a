package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// cores are two that this process may run on, if there are two.
func cores() (two []int) {
	var may unix.CPUSet
	if unix.SchedGetaffinity(0, &may) != nil {
		return nil
	}
	for n := 0; n < 64*len(may) && len(two) < 2; n++ {
		if may.IsSet(n) {
			two = append(two, n)
		}
	}
	if len(two) < 2 {
		return nil
	}
	return two
}

// pinned calls start from a thread that runs on one core alone: what it starts
// does, too. A core below zero is any.
func pinned(core int, start func() error) error {
	if core < 0 {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	err := start()
	if back := unix.SchedSetaffinity(0, &before); err == nil {
		err = back
	}
	return err
}
