package events_test

import (
	"testing"

	"tourbillon/events"
)

func TestVocabulary(t *testing.T) {
	seen := make(map[events.Name]bool)
	for _, s := range events.Vocabulary() {
		t.Run(string(s.Name)+" is whole", func(t *testing.T) {
			if seen[s.Name] {
				t.Error("it is there twice")
			}
			seen[s.Name] = true
			if found, ok := events.Lookup(s.Name); !ok || found.Version != s.Version {
				t.Errorf("Lookup gives %+v, %v", found, ok)
			}
			if command := s.Kind == events.Command; command != (s.To != "") {
				t.Errorf("a %s to %q", s.Kind, s.To)
			}
			if s.Kind == events.Fact && len(s.Answers) > 0 || s.Kind == events.Command && len(s.Answers) == 0 {
				t.Errorf("a %s answered by %v", s.Kind, s.Answers)
			}
			if s.Step && s.Kind != events.Fact {
				t.Error("only facts are steps")
			}
			if s.Says == "" {
				t.Error("nobody says it, and it is not planned")
			}
			for _, a := range s.Answers {
				if _, ok := events.Lookup(a); !ok {
					t.Errorf("its answer %s is not of the vocabulary", a)
				}
			}
		})
	}
	t.Run("a name that is none is not found", func(t *testing.T) {
		if s, ok := events.Lookup("booking.made"); ok || s.Name != "" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("the list is a copy", func(t *testing.T) {
		events.Vocabulary()[0].Name = "changed"
		if events.Vocabulary()[0].Name == "changed" {
			t.Error("changing it changed the vocabulary")
		}
	})
}
