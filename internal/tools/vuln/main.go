// Vuln runs govulncheck over the repository. A machine that cannot reach the
// vulnerability database is told so, loudly, and goes on; every other failure
// is one.
//
//	go run ./internal/tools/vuln
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
)

const loud = `
!! ------------------------------------------------------------------
!! govulncheck could not reach the vulnerability database.
!! KNOWN VULNERABILITIES WERE NOT LOOKED FOR. Run it where it can be.
!! ------------------------------------------------------------------`

func main() {
	var said bytes.Buffer
	cmd := exec.Command("go", "tool", "govulncheck", "./...")
	cmd.Stdout, cmd.Stderr = os.Stdout, io.MultiWriter(os.Stderr, &said)
	err := cmd.Run()
	switch {
	case err == nil:
	case unreachable(said.String()):
		fmt.Println(loud)
	default:
		fmt.Fprintln(os.Stderr, "vuln:", err)
		os.Exit(1)
	}
}

// asked is how govulncheck words a request to the database that had no
// answer; one that had a bad answer, it words in another way.
var asked = regexp.MustCompile(`(?m)^govulncheck: fetching vulnerabilities: Get "https?://[^"]+": `)

// unreachable reports whether govulncheck gave up because the database did
// not answer.
func unreachable(said string) bool { return asked.MatchString(said) }
