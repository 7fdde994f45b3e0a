// Package kafka is a transport on Kafka.
package kafka
