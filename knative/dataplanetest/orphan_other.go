//go:build !linux

package dataplanetest

import "syscall"

// orphaned is nothing where a program cannot be told to end with another.
func orphaned() *syscall.SysProcAttr { return nil }
