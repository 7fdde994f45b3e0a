//go:build unix

package pump

import (
	"errors"
	"syscall"
)

const canTry = true

// tryWrite writes what the kernel takes without waiting, which may be nothing.
func tryWrite(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Write(int(fd), p)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, err
		default:
			return n, nil
		}
	}
}
