package dataplanetest

import "syscall"

// orphaned has a program end with who started it, even where that panics.
func orphaned() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
