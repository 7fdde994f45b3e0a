// Somebody else's program beside Tourbillon, in another language and with other
// people's clients. It asks for a booking by a CloudEvent to the broker, and
// reads what comes of it from every broker that is set, as CloudEvents, until
// each has told the booking's whole way. Topics are read side by side, so facts
// of different records come in any order.
//
//   RABBITMQ_URL RABBITMQ_EXCHANGE   read from, and asked through where it is set
//   KAFKA_BROKERS KAFKA_TOPIC_PREFIX read from, and asked through otherwise
//   DEPARTURE                        where the seats are
//
// It prints one line of JSON for each fact.

import { randomUUID } from 'node:crypto';
import amqplib from 'amqplib';
import { CloudEvent, Kafka as Binding } from 'cloudevents';
import { Kafka, Partitioners, logLevel } from 'kafkajs';

const { RABBITMQ_URL, RABBITMQ_EXCHANGE, KAFKA_BROKERS, KAFKA_TOPIC_PREFIX = '', DEPARTURE } = process.env;
const patience = 60_000;
const way = ['booking.requested', 'tour.spots.reserved', 'booking.created', 'payment.succeeded', 'booking.confirmed'];
const topics = ['bookings', 'payments', 'tours', 'notifications', 'sagas'].map((t) => KAFKA_TOPIC_PREFIX + t);

const heard = {}; // the names of facts, by broker
let complete; // resolves once every broker has told all

function hear(broker, ce) {
  ce.validate();
  if (ce.data.departureId !== DEPARTURE) return;
  (heard[broker] ??= []).push(ce.name);
  console.log(JSON.stringify({ broker, name: ce.name, type: ce.type, source: ce.source, subject: ce.subject, status: ce.data.status }));
  if (Object.values(heard).every((names) => way.every((n) => names.includes(n)))) complete();
}

// fromAMQP is a message as Knative's RabbitMQ broker writes it: attributes in
// headers under their bare names, the data in the body.
function fromAMQP({ content, properties: { headers, contentType } }) {
  const attributes = Object.fromEntries(Object.entries(headers).filter(([k]) => /^[a-z0-9]+$/.test(k)));
  return new CloudEvent({ ...attributes, datacontenttype: contentType, data: JSON.parse(content) });
}

async function listenToRabbitMQ() {
  heard.rabbitmq = [];
  const connection = await amqplib.connect(RABBITMQ_URL);
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, RABBITMQ_EXCHANGE, '#');
  await channel.consume(queue, (m) => hear('rabbitmq', fromAMQP(m)), { noAck: true });
  return {
    ask: async ({ data, datacontenttype, ...attributes }) => {
      const headers = Object.fromEntries(Object.entries(attributes).map(([k, v]) => [`ce-${k}`, v]));
      channel.publish(`${RABBITMQ_EXCHANGE}.commands`, 'request', Buffer.from(JSON.stringify(data)), {
        headers, contentType: datacontenttype, persistent: true, mandatory: true,
      });
      await channel.waitForConfirms();
    },
    close: () => connection.close(),
  };
}

async function listenToKafka() {
  heard.kafka = [];
  const kafka = new Kafka({ clientId: 'joins', brokers: KAFKA_BROKERS.split(','), logLevel: logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: `joins-${randomUUID()}` });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message }) => {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([k, v]) => [k, v.toString()]));
      hear('kafka', Binding.toEvent({ headers, key: message.key?.toString(), value: message.value.toString(), body: message.value.toString() }));
    },
  });
  return {
    ask: async ({ data, datacontenttype, ...attributes }) => {
      const headers = Object.fromEntries(Object.entries(attributes).map(([k, v]) => [`ce_${k}`, v]));
      headers['content-type'] = datacontenttype;
      await producer.send({ topic: `${KAFKA_TOPIC_PREFIX}commands`, acks: -1, messages: [{ key: attributes.id, headers, value: JSON.stringify(data) }] });
    },
    close: () => Promise.all([consumer.disconnect(), producer.disconnect()]),
  };
}

const request = () => ({
  specversion: '1.0',
  id: randomUUID(),
  source: '/partner/reseller',
  type: 'tourbillon.booking.request.v2',
  datacontenttype: 'application/json',
  name: 'booking.request',
  kind: 'command',
  to: 'request',
  data: {
    departureId: DEPARTURE,
    seats: 2,
    customer: { name: 'Ada', email: 'ada@example.com', locale: 'en' },
    payment: { token: 'tok_visa' },
  },
});

const told = new Promise((resolve, reject) => {
  complete = resolve;
  setTimeout(() => reject(new Error(`not all after ${patience / 1000} s: heard ${JSON.stringify(heard)}`)), patience).unref();
});
const brokers = [];
if (RABBITMQ_URL) brokers.push(await listenToRabbitMQ());
if (KAFKA_BROKERS) brokers.push(await listenToKafka());
await brokers[0].ask(request());
await told;
await Promise.all(brokers.map((b) => b.close()));
