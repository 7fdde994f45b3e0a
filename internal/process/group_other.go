//go:build !unix

package process

import "syscall"

// apart is nothing here.
func apart() *syscall.SysProcAttr { return nil }
