//go:build !unix

package main

import (
	"errors"
	"os/exec"
)

func detach(*exec.Cmd) {}

func lock(string) (func(), error) {
	return nil, errors.New("make brokers is for Linux: run the servers by make up, in Docker")
}
