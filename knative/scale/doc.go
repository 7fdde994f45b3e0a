// Package scale says how many processes a function has, and when.
package scale
