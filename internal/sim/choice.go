package sim

import "slices"

// choice is one thing that can happen: what, and to the how-manieth.
type choice struct {
	what int
	i    int
}

const (
	resumes = iota
	asks
	delivers
	cancels
	shows
	tells
	presses
	takesOff
	moves
	brings
	meets
)

// starts adds the deliveries that an idle replica could begin.
func (w *World) starts(can []choice) []choice {
	for i, c := range w.clients {
		if c.wantsBooking(w) {
			can = append(can, choice{asks, i})
		}
	}
	for i, m := range w.queue {
		if m.ready.After(w.now) {
			continue
		}
		can = append(can, choice{delivers, i})
		if !w.Faults.Shuffle {
			break
		}
	}
	return can
}

func (w *World) do(c choice, idle int) {
	switch c.what {
	case resumes:
		w.resume(c.i)
	case asks:
		w.clients[c.i].ask(w, w.replicas[idle])
	case delivers:
		m := w.queue[c.i]
		w.queue = slices.Delete(w.queue, c.i, c.i+1)
		w.replicas[idle].fly(m.route.To, m, nil)
	case cancels:
		w.clients[c.i].cancel(w)
	case shows:
		w.clients[c.i].show(w)
	case tells:
		w.stripe.tell(c.i)
	case presses:
		w.press(c.i)
	case takesOff:
		w.takeOff(c.i)
	case moves:
		w.move(c.i)
	case meets:
		w.meetElsewhere()
	case brings:
		w.bring(c.i)
	}
}
