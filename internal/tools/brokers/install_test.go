package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLacking(t *testing.T) {
	no := func(string) (string, error) { return "", errors.New("not there") }
	yes := func(p string) (string, error) { return p, nil }
	got := lacking([]need{{"a", "one", no}, {"b", "one", no}, {"c", "two", yes}, {"d", "three", no}})
	if !slices.Equal(got, []string{"one", "three"}) {
		t.Errorf("got %q", got)
	}
	maven := func(n need) bool { return n.pack == "maven" }
	if slices.ContainsFunc(needs(true), maven) || !slices.ContainsFunc(needs(false), maven) {
		t.Error("Maven is needed for the jars, and for nothing else")
	}
}

// apart is a yard with an apt-get of its own, which writes down what it is
// asked and what it finds, in the file told.
func apart(t *testing.T, aptEnds string) (y *yard, told string) {
	t.Helper()
	dir := t.TempDir()
	y = newYard(dir, new(bytes.Buffer))
	y.policy, told = filepath.Join(dir, "policy-rc.d"), filepath.Join(dir, "told")
	bin := t.TempDir()
	text := `echo "$DEBIAN_FRONTEND $@" >> ` + quote(told) + "\n" + quote(y.policy) + "; echo it says $? >> " + quote(told) + "\n" + aptEnds
	if err := script(filepath.Join(bin, "apt-get"), text); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	return y, told
}

func TestYard_InstallPackages(t *testing.T) {
	t.Run("as root, with services kept down", func(t *testing.T) {
		y, told := apart(t, "exit 0")
		y.root = true
		if err := y.installPackages(t.Context(), []string{"redis-server", "maven"}); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(told)
		const opts = "noninteractive -q -y -o DPkg::Lock::Timeout=300 "
		want := opts + "update\nit says 101\n" + opts + "install --no-install-recommends redis-server maven\nit says 101\n"
		if string(got) != want || exists(y.policy) {
			t.Errorf("got  %s\nwant %s\npolicy left: %v", got, want, exists(y.policy))
		}
	})
	t.Run("a package that cannot be had", func(t *testing.T) {
		y, _ := apart(t, `case "$*" in *install*) exit 100;; *) exit 1;; esac`)
		y.root = true
		err := y.installPackages(t.Context(), []string{"maven"})
		if err == nil || !strings.Contains(err.Error(), "install --no-install-recommends maven: exit status 100") || exists(y.policy) {
			t.Errorf("got %v, policy left: %v", err, exists(y.policy))
		}
	})
	t.Run("as another, not", func(t *testing.T) {
		y, told := apart(t, "exit 0")
		y.root = false
		if err := y.installPackages(t.Context(), []string{"maven"}); !errors.Is(err, errNotRoot) || exists(told) {
			t.Errorf("got %v, asked: %v", err, exists(told))
		}
	})
	t.Run("where there is no apt, not", func(t *testing.T) {
		y, _ := apart(t, "exit 0")
		t.Setenv("PATH", t.TempDir())
		if err := y.installPackages(t.Context(), []string{"maven"}); !errors.Is(err, errNoApt) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		y, told := apart(t, "exit 0")
		if err := y.installPackages(t.Context(), nil); err != nil || exists(told) {
			t.Errorf("got %v, asked: %v", err, exists(told))
		}
	})
}

func TestKeepServicesDown(t *testing.T) {
	for name, before := range map[string]string{
		"where there is none":   "",
		"where there is one":    "#!/bin/sh\nexit 0\n",
		"where ours was left":   policy,
		"where it is forbidden": "#!/bin/sh\nexit 101\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "policy-rc.d")
			if before != "" {
				if err := os.WriteFile(path, []byte(before), 0o750); err != nil {
					t.Fatal(err)
				}
			}
			restore, err := keepServicesDown(path)
			if err != nil {
				t.Fatal(err)
			}
			if now, _ := os.ReadFile(path); string(now) != policy {
				t.Errorf("meanwhile it is %q", now)
			}
			if err := restore(); err != nil {
				t.Fatal(err)
			}
			after, _ := os.ReadFile(path)
			if before == policy {
				before = ""
			}
			if string(after) != before {
				t.Errorf("after it is %q, before it was %q", after, before)
			}
			if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 1 {
				t.Errorf("left: %v", left)
			}
		})
	}
}

// mvn makes a Maven of its own, which does what text says in the folder that
// it is to put jars into.
func mvn(t *testing.T, text string) {
	t.Helper()
	bin := t.TempDir()
	body := "for a; do case $a in -Djars=*) out=${a#*=};; esac; done\n/bin/mkdir -p \"$out\"; cd \"$out\"\n" + text
	if err := script(filepath.Join(bin, "mvn"), body); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
}

func TestFetchJars(t *testing.T) {
	t.Run("all", func(t *testing.T) {
		root := t.TempDir()
		mvn(t, ": > kafka.jar")
		if err := fetchJars(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		left, _ := os.ReadDir(root)
		if !exists(filepath.Join(jars(root), "kafka.jar")) || len(left) != 1 {
			t.Errorf("the jar is not there, or more is: %v", left)
		}
	})
	t.Run("or nothing", func(t *testing.T) {
		root := t.TempDir()
		mvn(t, ": > kafka.jar; echo no such jar; exit 1")
		if err := fetchJars(t.Context(), root); err == nil || !strings.Contains(err.Error(), "exit status 1\nno such jar\n") {
			t.Errorf("half of them is enough, or Maven is not heard: %v", err)
		}
		if left, _ := os.ReadDir(root); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	})
}
