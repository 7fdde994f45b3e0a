package rabbitmq

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestAcks settles messages in some order, and holds what the server is told
// against what it may be told: never of one that was not settled, and in the
// end of each.
func TestAcks(t *testing.T) {
	for says, c := range map[string]struct {
		settled []uint64 // in this order; 0: tell the server now
		want    []string
	}{
		"in order: at one stroke":           {[]uint64{1, 2, 3, 0}, []string{"3 and before"}},
		"out of order: at one stroke":       {[]uint64{3, 1, 2, 0}, []string{"3 and before"}},
		"around one that takes long":        {[]uint64{1, 2, 4, 5, 0, 3, 0}, []string{"2 and before", "4", "5", "3 and before"}},
		"the first takes long":              {[]uint64{2, 3, 0, 1, 4, 0}, []string{"2", "3", "4 and before"}},
		"one takes long through many turns": {[]uint64{2, 0, 3, 0, 4, 0, 1, 0, 5, 0}, []string{"2", "3", "4", "1 and before", "5 and before"}},
		"nothing":                           {[]uint64{0}, nil},
	} {
		t.Run(says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { settles(t, c.settled, c.want) })
		})
	}
}

// settles settles messages in some order, where nothing is told by itself: time
// stands still.
func settles(t *testing.T, settled []uint64, want []string) {
	k := &acks{told: map[uint64]bool{}}
	var told []string
	k.say = func(_ int, tag uint64, before bool) error {
		line := fmt.Sprint(tag)
		if before {
			line += " and before"
		}
		told = append(told, line)
		return nil
	}
	k.begin(1, 1)
	for _, tag := range settled {
		if tag == 0 {
			k.now()
			continue
		}
		k.add(arrival{Delivery: amqp.Delivery{DeliveryTag: tag}, life: 1})
	}
	if !slices.Equal(told, want) {
		t.Errorf("the server is told of %q, want %q", told, want)
	}
	if len(k.told) > 0 {
		t.Errorf("%v are kept for nothing", k.told)
	}
}

// telling returns acks, and what they tell the server: life, tag, and whether all
// before it too.
func telling() (k *acks, told *[]string) {
	told = new([]string)
	return &acks{told: map[uint64]bool{}, say: func(life int, tag uint64, before bool) error {
		*told = append(*told, fmt.Sprint(life, " ", tag, " ", before))
		return nil
	}}, told
}

func TestAcks_NewLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, told := telling()
		arrive := func(life int, tag uint64) { k.add(arrival{Delivery: amqp.Delivery{DeliveryTag: tag}, life: life}) }
		k.begin(1, 1)
		arrive(1, 1)
		k.begin(2, 7) // what waited is delivered again, on a channel that was used
		k.begin(2, 8)
		arrive(2, 7)
		arrive(1, 2) // and what comes late from before is nothing to say
		arrive(2, 8)
		k.now()
		if want := []string{"2 8 true"}; !slices.Equal(*told, want) {
			t.Errorf("the server is told of %q, want %q", *told, want)
		}
	})
}

// TestAcks_SameChannel begins a life on a channel that had one before, as when
// a queue was deleted: tags count on, and nothing is kept for those before.
func TestAcks_SameChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, told := telling()
		for tag := uint64(101); tag <= 103; tag++ {
			k.begin(2, tag)
		}
		k.begin(1, 100) // late, from before
		for _, tag := range []uint64{102, 101} {
			k.add(arrival{Delivery: amqp.Delivery{DeliveryTag: tag}, life: 2})
		}
		k.now()
		if want := []string{"2 102 true"}; !slices.Equal(*told, want) || len(k.told) > 0 {
			t.Errorf("the server is told of %q, want %q; %v are kept", *told, want, k.told)
		}
	})
}

// TestAcks_Few holds few messages: half of them are told of at once, for the
// server hands over no more while all wait.
func TestAcks_Few(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &acks{told: map[uint64]bool{}}
		var told []uint64
		k.say = func(_ int, tag uint64, _ bool) error {
			told = append(told, tag)
			return nil
		}
		k.begin(1, 1)
		for tag := range uint64(8) {
			k.addOf(arrival{Delivery: amqp.Delivery{DeliveryTag: tag + 1}, life: 1}, ahead(1))
			if k.timer != nil {
				k.timer.Stop()
			}
		}
		if want := []uint64{4, 8}; !slices.Equal(told, want) {
			t.Errorf("the server is told up to %d, want %d", told, want)
		}
	})
}
