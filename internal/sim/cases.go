package sim

import (
	"time"

	"tourbillon/internal/booking"
)

// toldCases are the outcomes that hang on how somebody is to be told, or on who
// else is.
func toldCases(one func(name, token string, change func(*Options))) {
	text := map[booking.Category][]string{
		booking.CategoryEnding: {booking.ChannelText}, booking.CategoryReceipt: {booking.ChannelText},
	}
	visa := func(name string, p Person, change func(*Options)) {
		one(name, "tok_visa", func(o *Options) {
			o.Requests[0].Person, o.Hooks = p, p.Returns
			if change != nil {
				change(o)
			}
		})
	}
	cancel := func(o *Options) { o.Requests[0].Cancel = 5 * time.Minute }
	watch := func(p Person, capacity int, change func(*Options)) func(*Options) {
		return func(o *Options) {
			o.Departures[0].Capacity, o.Watchers = capacity, []Watcher{{"watcher", "lyon", p}}
			if change != nil {
				change(o)
			}
		}
	}
	visa("asleep", Person{Quiet: 2 * time.Hour}, nil)
	visa("nobody_at_the_address", Person{Nobody: true}, nil)
	visa("stop_by_text", Person{Phone: true, Chooses: text, Stops: time.Minute}, cancel)
	visa("start_by_text", Person{Phone: true, Chooses: text, Stops: time.Minute, Starts: 2 * time.Minute}, cancel)
	visa("mail_comes_back", Person{Returns: true}, cancel)
	visa("mail_arrives", Person{}, func(o *Options) { o.Hooks = true })
	visa("moved", Person{Phone: true}, func(o *Options) { o.Departures[0].Change = 5 * time.Minute })
	visa("tour_meets_elsewhere", Person{}, func(o *Options) { o.Meets = 5 * time.Minute })
	visa("watched", Person{}, watch(Person{Devices: 1}, 3, nil))
	visa("watched_comes_back", Person{}, watch(Person{}, 2, cancel))
	visa("seats_gone_at_dawn", Person{}, watch(Person{Quiet: 2 * time.Hour}, 2, func(o *Options) {
		cancel(o)
		next := o.Requests[0]
		next.ID, next.At, next.Cancel = "req-00002", 10*time.Minute, 0
		o.Requests = append(o.Requests, next)
	}))
}
