//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// manyFiles is how many files a server may have open. RabbitMQ with the usual
// 1024 takes no more connections, without a word, once it has some 350 quorum
// queues. More than this costs Erlang memory.
const manyFiles = 1 << 16

// detach lets a command live on when the terminal is closed or hears Ctrl-C,
// and have as many files open as servers need, where the machine lets it.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return
	}
	// Set by us it is handed on; what the runtime sets it takes back for others.
	limit.Cur = min(limit.Max, manyFiles)
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) // it starts with less
}

// lock keeps others out until it is released, or the process ends.
func lock(path string) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errors.New("another make brokers is at it: wait until it is done")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return func() { _ = f.Close() }, nil // which releases it
}
