package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// policyFile is the program that Debian's packages ask whether they may start
// their services. Usually there is none, and they may.
const policyFile = "/usr/sbin/policy-rc.d"

// policy says no to all of them: 101 is "forbidden".
const policy = `#!/bin/sh
# Written by Tourbillon's make brokers, while apt-get runs, to be gone after.
exit 101
`

// keepServicesDown puts our policy where path is, until restore is called. A
// policy that was there is put aside, and back. One of ours that an earlier
// call left behind, because it was killed, is none.
func keepServicesDown(path string) (restore func() error, err error) {
	aside := path + ".before-tourbillon"
	was, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && !bytes.Equal(was, []byte(policy)) {
		if err := os.Rename(path, aside); err != nil {
			return nil, err
		}
	}
	restore = func() error {
		if err := os.Rename(aside, path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.Remove(path)
	}
	if err := os.WriteFile(path, []byte(policy), 0o755); err != nil {
		return nil, errors.Join(err, restore())
	}
	if err := os.Chmod(path, 0o755); err != nil { // whatever the umask made of it
		return nil, fmt.Errorf("%w (%w)", err, restore())
	}
	return restore, nil
}
