//go:build unix

// Chaos breaks a real system on purpose and demands that nothing is lost and
// nothing happens twice.
//
//	go run ./internal/tools/chaos [-rounds 10] [-bookings 2000] [-faults 20] [-seed N] [-short] [-plant NAME]
//
//	customers ──▶ 3 × tourbillon up ──▶ proxies ──▶ RabbitMQ, Kafka, Redis
//	                    │      ▲                        (servers of its own)
//	                    ▼      │
//	          payments, mail: processes of their own, never killed
//
// A round has customers book, ask twice and cancel in both flows, over a mix of
// cards, while faults strike at times that follow from the seed: processes are
// killed and frozen, lines cut and hung, a queue filled past its bound, old
// messages delivered again, answers of the providers lost. Then everything is
// healed, what is under way must come to rest, and what the payment process,
// the mail process, the departures and the bookings say must agree:
//
//   - every booking that was accepted has ended, and no other is known
//   - nobody was charged twice, and who has seats has paid: to the cent
//   - each ending was told once, and the last ending told is how it ended; each
//     payment's receipt came once: by each channel
//   - no departure is oversold, and none holds seats any more
//   - cards and cancellations have the same ends in both flows
//   - `tourbillon audit verify` finds no difference between archive and records,
//     once facts that were overtaken before they were said are said again by its
//     --repair: how many is told
//
// It fails if one of these does not hold. With -plant the system is built with
// a fault in it (see the folder plants), and the run fails if that is NOT found.
//
// RabbitMQ, Kafka and Redis are looked for where `make brokers` puts them. With
// -short there is one round of some 360 bookings and ten faults, each kind among
// them. What is asked for and what goes wrong follows from the seed; what comes of
// it, from the machine too.
package main
