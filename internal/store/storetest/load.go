package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"tourbillon/internal/store"
)

var loadChecks = []check{
	{"a record that was never written has revision 0 and holds nothing", loadNothing},
	{"what was committed is loaded, byte for byte", loadBytes},
	{"the entries asked for are loaded, if they exist, and no others", loadSelected},
	{"an entry may have any name", loadNames},
	{"records of one id and two kinds are two records", loadKinds},
	{"what was loaded stays as it was when more is written", loadStays},
	{"a context that had ended is answered with its error", loadEnded},
}

func loadNothing(t *testing.T, s store.Store) {
	snap := load(t, s, newKey(), "a", "")
	if snap.Revision != 0 || snap.Head != nil || len(snap.Entries) != 0 {
		t.Errorf("got %+v", snap)
	}
}

func loadBytes(t *testing.T, s store.Store) {
	key := newKey()
	every := make([]byte, 1<<16)
	for i := range every {
		every[i] = byte(i)
	}
	turned := append([]byte("\xff\xfe\r\n\x00"), every...)
	put(t, s, store.Write{Key: key, Head: every, Entries: map[string][]byte{"a": turned}})
	snap := load(t, s, key, "a")
	if !bytes.Equal(snap.Head, every) || !bytes.Equal(snap.Entries["a"], turned) {
		t.Errorf("bytes were changed: head of %d, entry of %d", len(snap.Head), len(snap.Entries["a"]))
	}
}

func loadSelected(t *testing.T, s store.Store) {
	key := newKey()
	put(t, s, store.Write{Key: key, Entries: map[string][]byte{"a": []byte("1"), "b": []byte("2"), "c": []byte("3")}})
	for _, c := range []struct {
		what string
		ask  []string
		want map[string]string
	}{
		{"none", nil, map[string]string{}},
		{"one", []string{"b"}, map[string]string{"b": "2"}},
		{"some", []string{"c", "a"}, map[string]string{"a": "1", "c": "3"}},
		{"one that is not there", []string{"z"}, map[string]string{}},
		{"one that is there and one that is not", []string{"z", "a", ""}, map[string]string{"a": "1"}},
		{"one asked for twice", []string{"a", "a"}, map[string]string{"a": "1"}},
	} {
		snap := load(t, s, key, c.ask...)
		same(t, c.what, texts(snap.Entries), c.want)
		if snap.Head != nil {
			t.Errorf("%s: head %q was never written", c.what, snap.Head)
		}
	}
}

func loadNames(t *testing.T, s store.Store) {
	key := newKey()
	names := []string{"", "head", "h", "revision", "rev", "r", "e", "e:", "0", "{s001}", "a b", "a:b", "\x00", "\xff\n", "é"}
	entries := map[string][]byte{}
	for _, name := range names {
		entries[name] = []byte("entry " + name)
	}
	put(t, s, store.Write{Key: key, Head: []byte("the head"), Entries: entries})
	revision := put(t, s, store.Write{Key: key})
	snap := load(t, s, key, names...)
	same(t, "entries", texts(snap.Entries), texts(entries))
	same(t, "head", string(snap.Head), "the head")
	same(t, "revision", snap.Revision, revision)
}

func loadKinds(t *testing.T, s store.Store) {
	key := newKey()
	other := sibling(key)
	put(t, s, store.Write{Key: key, Head: []byte("one"), Entries: map[string][]byte{"a": []byte("1")}})
	if snap := load(t, s, other, "a"); snap.Revision != 0 || len(snap.Entries) != 0 {
		t.Errorf("the other record is %+v before it was written", snap)
	}
	put(t, s, store.Write{Key: other, Head: []byte("two"), Entries: map[string][]byte{"a": []byte("2")}})
	for k, want := range map[store.Key]string{key: "one 1", other: "two 2"} {
		snap := load(t, s, k, "a")
		same(t, k.Record, string(snap.Head)+" "+string(snap.Entries["a"]), want)
	}
}

func loadStays(t *testing.T, s store.Store) {
	key := newKey()
	put(t, s, store.Write{Key: key, Head: []byte("old"), Entries: map[string][]byte{"a": []byte("old")}})
	before := load(t, s, key, "a", "b")
	put(t, s, store.Write{Key: key, Head: []byte("new"), Entries: map[string][]byte{"a": []byte("new"), "b": []byte("new")}})
	same(t, "head", string(before.Head), "old")
	same(t, "entries", texts(before.Entries), map[string]string{"a": "old"})
}

func loadEnded(t *testing.T, s store.Store) {
	_, err := s.Load(ended(t), newKey(), "a")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
