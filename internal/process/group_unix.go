//go:build unix

package process

import "syscall"

// apart has a program be in a group of its own: Ctrl-C at a terminal does not
// reach it, not even before it has said that it wants none.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
