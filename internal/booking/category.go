package booking

// Category is what a message is for. It decides who may say no to it, and what
// is done when nobody knows whether it was sent.
type Category string

// The categories.
const (
	CategoryEnding   Category = "ending"   // how a booking ended: it is expected, and nobody may miss it
	CategoryChange   Category = "change"   // what was booked is another now
	CategoryReceipt  Category = "receipt"  // money that moved
	CategoryInterest Category = "interest" // seats that somebody watches
)

// Err is which way is erred when a provider does not tell whether it has sent a
// message, and cannot be asked.
type Err string

// The two ways: a message too many, or one too few.
const (
	ErrAgain Err = "again" // it is sent again: it may come twice
	ErrOnce  Err = "once"  // it is taken for sent: it may not come
)

// Rule is what holds for a category.
type Rule struct {
	Critical bool // preferences and quiet hours do not hold it back
	Errs     Err
}

// Rule returns what holds for messages of the category; what is none is treated
// as interest.
func (c Category) Rule() Rule {
	switch c {
	case CategoryEnding, CategoryChange:
		return Rule{Critical: true, Errs: ErrAgain}
	case CategoryReceipt:
		return Rule{Errs: ErrAgain}
	}
	return Rule{Errs: ErrOnce}
}
