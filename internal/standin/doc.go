// Package standin is the world outside where there is none: for the process that
// stands for it, and for the simulation. It opens the books of a Stripe that is
// none, as the sandbox's are, and makes the webhooks that providers post.
//
//	what happened to a message ──▶ Post.Tell ──▶ Hook ──▶ /webhooks/<provider>
package standin
