//go:build linux

package main

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestDetach_HandsOnTheLimitOfFiles(t *testing.T) {
	cmd := exec.Command("sh", "-c", "ulimit -Sn")
	detach(cmd)
	said, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(said)); got != strconv.FormatUint(min(limit.Max, manyFiles), 10) {
		t.Errorf("it has %s, want %d", got, min(limit.Max, manyFiles))
	}
}
