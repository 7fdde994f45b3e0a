//go:build !unix

package pump

const canTry = false

// tryWrite is never called: everything is left to a socket's own goroutine.
func tryWrite(uintptr, []byte) (int, error) { return 0, nil }
