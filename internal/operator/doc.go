// Package operator is the operators' HTTP API: to look at bookings under way,
// at what was told and said, and to say what an operator wishes.
//
//	GET  /sagas?status=&departure=&over=&since=&older=&question=&cursor=&limit=
//	                                                        bookings under way and ended; question is stuck,
//	                                                        undo-owed or paid-without-seat
//	GET  /sagas/{id}                                        one, with its timeline
//	GET  /sagas/{id}/retry                                  what would come of it
//	POST /sagas/{id}/retry                                  say the armed command now; {who, why, preview}
//	GET  /sagas/{id}/cancel                                 what would come of it
//	POST /sagas/{id}/cancel                                 cancel it as its customer would: the policy says what
//	                                                        is given back; {who, why, preview}
//	GET  /sagas/{id}/compensate                             what would come of it
//	POST /sagas/{id}/compensate                             undo it whole: all is given back; {who, why, preview}
//
//	GET  /mailbox?booking=&cursor=&limit=                   messages as they were delivered
//	GET  /notifications/{id}                                what the customer of a booking was told
//	POST /notifications                                     tell a booking's ending
//	POST /notifications/test                                send an example to somebody
//	GET  /templates                                         what can be told, in which languages
//
//	GET  /events?booking=&name=&kind=&cursor=&limit=        the history, forward
//	GET  /events/{id}                                       one event of it
//	GET  /dead-letters?broker=&trigger=&function=&name=&booking=&since=&older=&cursor=&limit=
//	                                                        what was given up
//	GET  /dead-letters/{broker}/{letter}                    one, tried again without effect
//	POST /dead-letters/{broker}/{letter}/replay             once more to its broker, under its id
//	POST /dead-letters/{broker}/{letter}/drop               for good; {who, why}
//
//	POST /customers/find                                    the id of who has an address; {email}
//	GET  /customers/{id}                                    what is kept of them, by their id or a booking's
//	GET  /customers/{id}/page                               where they say what they are told; the address is a key
//	POST /customers/{id}/erase                              erase it; {who, why, preview}
//	GET  /audit?grace=                                      the archive held against the records: see package audit
//	GET  /audit/repair?grace=                               what the archive lacks
//	POST /audit/repair?grace=                               say it again, to the archive alone
//	GET  /audit/rebuild                                     what an empty store would be made to have
//	POST /audit/rebuild                                     make all records anew from the archive, in an empty store
//	GET  /replay?function=&booking=&name=&since=            archived facts tried with one function again, dry
//	POST /replay?function=&booking=&name=&since=            given to it, and its answers published
//
//	POST /functions/{name}                                  a CloudEvent to one function
//	POST /broker/{name}                                     a CloudEvent to one broker
//
// Each group is a handler of [Desk]. A list is an object with one named array
// and next, the cursor of the page after it, absent at the end.
//
// Promised: nobody but an operator gets through any of these handlers, to
// whatever path; nothing that an event holds of a person or a card is shown;
// a wish is answered with 202 once the broker has it, and not before; who wished
// it and why is a fact then, operator.intervened. A wish that is asked twice is
// one, and answered the same. What would come of one (GET) is rehearsed by the
// functions themselves; a wish that names the preview it was shown is refused
// where it would come to something else by now.
//
// A desk reads records and writes none but the operators' own wishes: what is
// wished is said as an event. One wish is not: who is to be erased is erased at
// once, where their data is, for no event may hold it.
package operator
