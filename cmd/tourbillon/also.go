package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tourbillon/knative"
)

// alongside is what of somebody's own runs beside this system.
type alongside struct {
	Also     []knative.File    // manifests beside those of the system
	Programs map[string]string // where the programs are that their Services name
}

// ownManifests reads manifests of files and folders, under the names by which they
// were given.
func ownManifests(paths []string) (all []knative.File, err error) {
	for _, path := range paths {
		at, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("-also: %w", err)
		}
		if !at.IsDir() {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("-also: %w", err)
			}
			all = append(all, knative.File{Name: path, Text: text})
			continue
		}
		files, err := knative.Files(os.DirFS(path))
		if err != nil {
			return nil, fmt.Errorf("-also %s: %w", path, err)
		}
		for _, f := range files {
			all = append(all, knative.File{Name: filepath.Join(path, f.Name), Text: f.Text})
		}
	}
	return all, nil
}

// programs reads where the programs of Services are.
func programs(given []string) (map[string]string, error) {
	at := map[string]string{}
	for _, one := range given {
		service, address, _ := strings.Cut(one, "=")
		if service == "" || !absolute(address) {
			return nil, fmt.Errorf("-at is %q: write SERVICE=URL, as loyalty=http://127.0.0.1:9000", one)
		}
		if was, twice := at[service]; twice {
			return nil, fmt.Errorf("-at has %s at %s and at %s: keep one", service, was, address)
		}
		at[service] = address
	}
	return at, nil
}
