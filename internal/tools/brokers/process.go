package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// process is a server that was started: its number, the port where it is
// asked, and since when it runs. Numbers are used again, also by a machine that
// was started anew; with the time it is known whether it is still this one.
type process struct {
	pid   int
	port  int
	since string // as [since] has it
}

// pidFile is where a server's process is noted, one word a line: its number,
// its port, its time.
func (s server) pidFile() string { return filepath.Join(s.dir, "pid") }

// note writes down a process that was started.
func (s server) note(p process) error {
	return os.WriteFile(s.pidFile(), fmt.Appendf(nil, "%d\n%d\n%s\n", p.pid, p.port, p.since), 0o600)
}

// forget removes the note.
func (s server) forget() error { return os.Remove(s.pidFile()) }

// noted returns the process that was noted, and whether it still runs. Where
// none was, it is the zero process.
func (s server) noted() (p process, runs bool, err error) {
	text, err := os.ReadFile(s.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return process{}, false, nil
	}
	if err != nil {
		return process{}, false, err
	}
	if _, err := fmt.Sscan(string(text), &p.pid, &p.port, &p.since); err != nil {
		return process{}, false, fmt.Errorf("%s is not as make brokers writes it (%w): see which process it means, and remove it", s.pidFile(), err)
	}
	return p, p.runs(), nil
}

// runs reports whether the process is still there.
func (p process) runs() bool {
	now, err := since(p.pid)
	return err == nil && now == p.since
}

// signal sends a signal to the process, if it is still there.
func (p process) signal(s syscall.Signal) error {
	if !p.runs() {
		return nil
	}
	proc, err := os.FindProcess(p.pid)
	if err != nil {
		return err
	}
	err = proc.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("process %d is another user's: run make brokers-down as who ran make brokers", p.pid)
	}
	return err
}

// errGone is what a process that has ended is.
var errGone = errors.New("the process has ended")

// since returns when a process began, in words that no other process ever has:
// which start of the machine, and how many ticks after it. It reads Linux's
// /proc. A process that has ended and that nobody has taken note of is gone,
// once its last thread is: until then its ports are not free.
func since(pid int) (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return "", errGone
	}
	if err != nil {
		return "", err
	}
	// After the program's name, which is in brackets and may hold anything: the
	// state first, the number of threads as the eighteenth, and the time as the
	// twentieth.
	words := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(words) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has %d words", pid, len(words))
	}
	if threads := words[17]; (words[0] == "Z" || words[0] == "X") && (threads == "0" || threads == "1") {
		return "", errGone
	}
	return strings.TrimSpace(string(boot)) + "/" + words[19], nil
}
