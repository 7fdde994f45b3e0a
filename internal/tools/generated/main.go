// Generated runs go generate over the repository and fails if a file changed:
// what is generated must be committed as it is generated.
//
//	go run ./internal/tools/generated
package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	if err := unchanged(".", generate); err != nil {
		fmt.Fprintln(os.Stderr, "generated:", err)
		os.Exit(1)
	}
}

func generate() error {
	cmd := exec.Command("go", "generate", "./...")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// unchanged calls do and returns an error if a file below dir changed.
func unchanged(dir string, do func() error) error {
	before, err := sums(os.DirFS(dir))
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	after, err := sums(os.DirFS(dir))
	if err != nil {
		return err
	}
	if files := differ(before, after); len(files) > 0 {
		return fmt.Errorf("these were not as they are generated (they are now: commit them): %s", strings.Join(files, ", "))
	}
	return nil
}

type sum [sha256.Size]byte

// sums returns the checksum of every file, but for those of version control, and
// of servers that run here: make brokers keeps their data in .brokers.
func sums(fsys fs.FS) (map[string]sum, error) {
	all := make(map[string]sum)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == ".git" || p == ".brokers" {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := fs.ReadFile(fsys, p)
		all[p] = sha256.Sum256(data)
		return err
	})
	return all, err
}

// differ returns the files that are not the same in both, sorted.
func differ(before, after map[string]sum) []string {
	names := maps.Clone(before)
	maps.Copy(names, after)
	maps.DeleteFunc(names, func(name string, _ sum) bool {
		old, was := before[name]
		now, is := after[name]
		return was && is && old == now
	})
	return slices.Sorted(maps.Keys(names))
}
