// Watches a relay with every kind of client, and prints what each hears, a line
// of JSON each. A line on its input is something to do.
import { createInterface } from "node:readline";
import { EventSource } from "eventsource";
import { io } from "socket.io-client";
import { WebSocket } from "ws";
import { connect } from "./tourbillon.js";

const [at, topic, token] = process.argv.slice(2);
const say = (client, what) => console.log(JSON.stringify({ client, ...what }));
const value = (client) => (v) => say(client, { says: "value", topic: v.topic, version: v.version, epoch: v.epoch, available: v.data.available });
const never = (client) => (e) => say(client, { says: "broken", detail: String(e?.stack ?? e) });

// Ours.
const ours = connect(`ws://${at}/ws`, { token, least: 50, most: 500, silence: 1000, patience: 1000, check: 2000, socket: (u) => new WebSocket(u) });
ours.on("state", (s) => say("ours", { says: s }));
ours.on("error", (e) => say("ours", { says: e.code, topic: e.topic }));
ours.watch(topic, value("ours"));
ours.watch("sagas", (v) => say("ours", { says: "sagas", version: v.version }));
ours.watch("departure:nowhere", never("ours"));

// A group, by ours.
const group = connect(`ws://${at}/ws`, { least: 50, most: 500, socket: (u) => new WebSocket(u) });
group.watch("tours", (v) => v.topic === topic && value("group")(v));

// Socket.IO, with default options; by WebSocket alone; in a namespace.
const kinds = { default: [`http://${at}`], websocket: [`http://${at}`, { transports: ["websocket"] }], polling: [`http://${at}`, { transports: ["polling"] }], namespace: [`http://${at}/seats`, { auth: { token } }] };
for (const [name, [url, options]] of Object.entries(kinds)) {
  const socket = io(url, { forceNew: true, ...options });
  let last;
  socket.io.on("open", () => {
    say(name, { says: "open", transport: socket.io.engine.transport.name });
    socket.io.engine.once("upgrade", (t) => say(name, { says: "upgrade", transport: t.name }));
  });
  socket.on("connect", () => {
    socket.emit("subscribe", last ?? topic, (first) => {
      if (first.type === "value") see(first);
      say(name, { says: "ack", detail: first.type });
    });
  });
  const see = (v) => {
    last = { topic, version: v.version, epoch: v.epoch };
    value(name)(v);
  };
  socket.on("value", see);
  socket.on("close", (why) => say(name, { says: "close", version: why.code }));
  socket.on("disconnect", (why) => say(name, { says: "disconnect", detail: why }));
  socket.on("connect_error", (e) => say(name, { says: "connect_error", detail: e.message }));
}

// A token that nobody was given.
io(`http://${at}/seats`, { forceNew: true, auth: { token: "guess" } }).on("connect_error", (e) => say("guess", { says: "connect_error", detail: e.message }));

// Server-Sent Events.
const source = new EventSource(`http://${at}/sse?topic=${encodeURIComponent(topic)}`);
source.addEventListener("value", (e) => value("sse")(JSON.parse(e.data)));

process.on("unhandledRejection", never("all"));
createInterface({ input: process.stdin }).on("close", () => process.exit(0));
