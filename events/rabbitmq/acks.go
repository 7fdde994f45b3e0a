package rabbitmq

import (
	"slices"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// Acknowledgements are gathered for a moment: the server writes one entry into
// its log for several. A crash meanwhile has a few more messages delivered
// again, which deliveries that are at least once allow for anyway.
const (
	gather     = 10 * time.Millisecond
	gatherMost = 16
)

// acks are the messages of one life that were settled. Safe for concurrent
// use.
type acks struct {
	say  func(life int, tag uint64, before bool) error // acknowledges one, or all up to it
	take func(life int, tag uint64) error              // has it taken back

	mu      sync.Mutex
	life    int
	upTo    uint64          // every tag up to this one is settled, and the server knows
	told    map[uint64]bool // tags beyond that the server knows to be settled
	waiting []uint64        // tags that it is to be told of
	timer   *time.Timer
}

func newAcks(c *consumer) *acks {
	return &acks{
		told: map[uint64]bool{},
		say: func(life int, tag uint64, before bool) error {
			return c.s.use(life, func(ch *amqp.Channel) error { return ch.Ack(tag, before) })
		},
		take: func(life int, tag uint64) error {
			return c.s.use(life, func(ch *amqp.Channel) error { return ch.Nack(tag, false, true) })
		},
	}
}

// begin hears of a message that was handed over, in the order in which they
// are. The first of a life is where its counting begins: on a channel that was
// used before that is not one.
func (k *acks) begin(life int, tag uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if life > k.life {
		k.life, k.upTo, k.waiting = life, tag-1, nil
		clear(k.told)
	}
}

// add has the server forget a message, soon. If it does not hear so, the
// message comes again.
func (k *acks) add(a arrival) { k.addOf(a, 2*gatherMost) }

// addOf is add for who holds so many messages at most: the server hands over no
// more while all of them wait to be told of, so it is told of half.
func (k *acks) addOf(a arrival, held int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a.life != k.life {
		return // it ended, and the message comes again
	}
	k.waiting = append(k.waiting, a.DeliveryTag)
	if len(k.waiting) >= min(gatherMost, held/2) {
		k.flush()
	} else if k.timer == nil {
		k.timer = time.AfterFunc(gather, k.now)
	}
}

// nack has the server take a message back, now.
func (k *acks) nack(a arrival) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if a.life != k.life {
		return errGone
	}
	k.told[a.DeliveryTag] = true
	return k.take(a.life, a.DeliveryTag)
}

// now tells the server of all that waits.
func (k *acks) now() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.flush()
}

// flush tells of what waits without a gap before it at one stroke, and of the
// rest one by one.
func (k *acks) flush() {
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
	slices.Sort(k.waiting)
	next, newest := k.upTo+1, uint64(0)
	for ; ; next++ {
		if len(k.waiting) > 0 && k.waiting[0] == next {
			newest, k.waiting = next, k.waiting[1:]
		} else if !k.told[next] {
			break
		}
		delete(k.told, next)
	}
	k.upTo = next - 1
	rest := k.waiting
	k.waiting = nil
	if newest > 0 && k.say(k.life, newest, true) != nil {
		return // this life has ended
	}
	for _, tag := range rest {
		k.told[tag] = true
		if k.say(k.life, tag, false) != nil {
			return
		}
	}
}
