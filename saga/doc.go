// Package saga is what happens next: the one plan of a booking, the routes of
// both flows that follow from it, and the keeper that makes progress certain.
//
//	reserve ─► book ─► charge ─► confirm ─► sell ─► tell ······► complete
//	   │                 │      (the pivot)
//	   ▼                 ▼
//	 close ─► refund ─► release ─► tell          one undo, whatever the reason
//
// The keeper hears the facts of a booking and always knows the next command.
// The flow is only a question of when it says it: in orchestration now, in
// choreography at the step's deadline, as a reminder that the next fact moves
// on. A lost message, a dead letter, a crashed worker are all just silence,
// and silence is what the armed command is for.
//
// [Plans.Decide] is pure and ends the same for any order of arrival: what is next
// follows from the set of facts heard, not from the way they came.
//
// Promised: a saga ends, or saga.stuck says that an operator is needed.
// Not promised: when. The deadlines are the plan's, the tick is the clock's.
package saga
