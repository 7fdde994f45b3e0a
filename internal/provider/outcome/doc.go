// Package outcome is what came of asking a message provider to send, in the
// same words for all of them, and the one request that it takes to ask.
//
//	accepted            Receipt.ID         the provider has it
//	refused for good    Receipt.Refused    because of the recipient: nobody else would do better
//	not sent            [NotSentError]     by this one, now: another may be asked at once
//	not known           any other error    it may have been sent
//
// No provider of ours takes a key under which it sends once. So what is not
// known stays not known, and who sends decides by the message's category: see
// package post.
//
// An [Attempt] is one HTTP request, by whatever library makes it. It keeps what
// libraries lose (when to ask again, whether a connection was made at all),
// gives them the context and the bound that some do not take, and refuses
// a second request, so that no library asks again by itself.
//
// Nothing that a provider writes in words is in an error, nor an address, nor a
// key: errors name the provider, the status and, where it is one that we know,
// the code.
package outcome
