// What tourbillon.js does when a relay is slow, mute, gone or wrong: with a
// socket and a clock of the test's.
import assert from "node:assert/strict";
import { beforeEach, test, mock } from "node:test";
import { connect } from "./tourbillon.js";

/** A socket whose other end is the test. */
class Fake {
  static all = [];
  readyState = 0;
  sent = [];
  constructor(url) {
    this.url = url;
    Fake.all.push(this);
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code) {
    this.readyState = 3;
    this.closed = code;
  }
  open(stale = false) {
    this.readyState = 1;
    this.say({ type: "hello", protocol: 1, stale });
  }
  say(what) {
    this.onmessage({ data: JSON.stringify(what) });
  }
  value(topic, version, epoch = "e") {
    this.say({ type: "value", topic, version, epoch, data: { available: version } });
  }
  end(code, reason = "") {
    this.readyState = 3;
    this.onclose({ code, reason });
  }
}

const newest = () => Fake.all.at(-1);
// By small steps: what a timer does is done at its time.
const wait = (ms) => {
  for (let left = ms; left > 0; left -= 50) mock.timers.tick(Math.min(50, left));
};

beforeEach(() => {
  Fake.all = [];
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1e12 });
});

function open(options = {}) {
  const relay = connect("ws://relay/ws", { socket: (u) => new Fake(u), random: () => 0.5, ...options });
  const states = [];
  relay.on("state", (s) => states.push(s));
  newest().open();
  return { relay, states };
}

test("it says what it has when it comes back, and takes what is newer alone", () => {
  const { relay, states } = open({ token: "secret" });
  const seen = [];
  relay.watch("departure:a", (v) => seen.push([v.epoch, v.version]));
  for (const version of [3, 5, 4, 5]) newest().value("departure:a", version);
  newest().end(1006);
  wait(500);
  newest().open();
  assert.deepEqual(newest().sent, [{ type: "hello", token: "secret" }, { type: "subscribe", topic: "departure:a", version: 5, epoch: "e" }]);
  newest().value("departure:a", 1, "f");
  newest().value("departure:b", 9);
  assert.deepEqual(seen, [["e", 3], ["e", 5], ["f", 1]]);
  assert.deepEqual(states, ["live", "offline", "connecting", "live"]);
  relay.close();
});

test("it waits longer and longer, each time another while", () => {
  for (const [random, first] of [[0, 250], [0.5, 500], [0.999, 749]]) {
    const { relay } = open({ random: () => random });
    const waits = [];
    for (let i = 0; i < 8; i++) {
      const before = Fake.all.length;
      newest().end(1006);
      let ms = 0;
      for (; Fake.all.length === before; ms++) wait(1);
      waits.push(ms);
    }
    assert.ok(Math.abs(waits[0] - first) <= 1, `the first wait is ${waits[0]}`);
    assert.ok(waits.every((ms, i) => ms <= 15_000 * 1.5 && (i === 0 || ms >= waits[i - 1])), String(waits));
    relay.close();
  }
});

test("it comes back when it is told to", () => {
  const { relay } = open();
  newest().end(1012, "reconnect in 1700 ms");
  wait(1699);
  assert.equal(Fake.all.length, 1);
  wait(1);
  assert.equal(Fake.all.length, 2);
  relay.close();
});

test("it does not come back where that would change nothing", () => {
  for (const code of [4400, 4401]) {
    const { relay } = open();
    const sockets = Fake.all.length;
    newest().end(code);
    wait(60_000);
    assert.equal(relay.state, "closed");
    assert.equal(Fake.all.length, sockets);
  }
});

test("it asks a mute relay for a word, and leaves one that has none", () => {
  const { relay } = open({ check: 1e9 });
  wait(35_000);
  assert.deepEqual(newest().sent, [{ type: "ping" }]);
  newest().say({ type: "pong" });
  wait(20_000);
  assert.equal(Fake.all.length, 1);
  const mute = newest();
  wait(27_000);
  assert.equal(mute.closed, 4000);
  assert.equal(Fake.all.length, 2);
  mute.onmessage({ data: '{"type":"hello"}' }); // from the grave
  assert.equal(relay.state, "connecting");
  relay.close();
});

test("it leaves a connection that is not made in time", () => {
  const relay = connect("ws://relay/ws", { socket: (u) => new Fake(u), random: () => 0.5 });
  wait(15_000);
  assert.ok(Fake.all.length > 1);
  relay.close();
});

test("it checks now and then that what it has is the newest", () => {
  const { relay } = open({ check: 5000 });
  relay.watch("departure:a", () => {});
  newest().value("departure:a", 7);
  newest().sent = [];
  wait(6500);
  assert.deepEqual(newest().sent, [{ type: "subscribe", topic: "departure:a", version: 7, epoch: "e" }]);
  relay.close();
});

test("a group is its members, and what was seen of them is said", () => {
  const { relay } = open();
  const seen = [];
  const stop = relay.watch("tours", (v) => seen.push(v.topic));
  newest().say({ type: "members", topic: "tours", topics: ["departure:a", "departure:b"] });
  newest().value("departure:a", 1);
  newest().value("departure:c", 1);
  newest().end(1006);
  wait(500);
  newest().open();
  assert.deepEqual(newest().sent, [{ type: "subscribe", topic: "tours", epoch: "e", seen: { "departure:a": 1 } }]);
  newest().say({ type: "members", topic: "tours", topics: ["departure:b"] });
  assert.equal(relay.value("departure:a"), undefined);
  assert.deepEqual(relay.members("tours"), ["departure:b"]);
  stop();
  stop();
  assert.deepEqual(newest().sent.at(-1), { type: "unsubscribe", topic: "tours" });
  assert.deepEqual(seen, ["departure:a"]);
  relay.close();
});

test("a second watcher is told at once, and one that stopped no more", async () => {
  const { relay } = open();
  const first = [], second = [];
  const stop = relay.watch("departure:a", (v) => first.push(v.version));
  newest().value("departure:a", 1);
  relay.watch("departure:a", (v) => second.push(v.version));
  await Promise.resolve();
  stop();
  newest().value("departure:a", 2);
  assert.deepEqual([first, second], [[1], [1, 2]]);
  assert.equal(newest().sent.filter((m) => m.type === "subscribe").length, 1);
  relay.close();
});

test("it says that values may be old", () => {
  const { relay, states } = open();
  newest().say({ type: "stale", stale: true });
  newest().say({ type: "stale", stale: false });
  const errors = [];
  relay.on("error", (e) => errors.push(e.code));
  newest().say({ type: "error", code: "forbidden", topic: "sagas" });
  assert.deepEqual(states, ["live", "stale", "live"]);
  assert.deepEqual(errors, ["forbidden"]);
  relay.close();
});
