// @ts-check
// SPDX-License-Identifier: Apache-2.0

/**
 * A client of Tourbillon's relay, for browsers: seats and bookings as they stand.
 *
 *     import { connect } from "./tourbillon.js";
 *     const relay = connect("wss://relay.example/ws");
 *     const stop = relay.watch("departure:lyon-0900", v => show(v.data.available));
 *     relay.on("state", s => mark(s));  // connecting, live, stale, offline, closed
 *
 * It speaks the plain protocol (package realtime documents it), reconnects after
 * a time of its own, says then what it has, and asks now and then whether that
 * is still the newest. What it hands over only ever becomes newer.
 *
 * @module tourbillon
 */

/**
 * How a topic stands.
 * @typedef {Object} Value
 * @property {"value"} type
 * @property {string} topic
 * @property {number} version rises, with holes
 * @property {string} [epoch] another one means that versions began anew
 * @property {string} [time] when it became so
 * @property {any} data
 */

/**
 * The relay's refusal of something that was asked for.
 * @typedef {Object} Refusal
 * @property {string} code one of the documented codes, as unknown-topic
 * @property {string} [topic]
 * @property {string} [detail]
 */

/**
 * @typedef {"connecting"|"live"|"stale"|"offline"|"closed"} State
 *   stale: connected, but the relay cannot see what is new.
 *   offline: not connected, and about to try again.
 */

/**
 * @typedef {Object} Options
 * @property {string} [token] an operator's
 * @property {number} [least] ms before the first reconnect; 500
 * @property {number} [most] ms before any; 15000
 * @property {number} [silence] ms without a word before the relay is asked for one; 30000
 * @property {number} [patience] ms for its answer, and for a connection; 10000
 * @property {number} [check] ms between two checks of what one has; 60000
 * @property {(url: string) => WebSocket} [socket] makes a connection
 * @property {() => number} [random] from 0 to 1
 */

/** The codes after which coming back would change nothing. */
const FINAL = new Set([4400, 4401]);

/**
 * Connect to a relay, and stay connected.
 * @param {string} url of its /ws
 * @param {Options} [options]
 * @returns {Relay}
 */
export function connect(url, options = {}) {
  return new Relay(url, options);
}

/** A connection that outlives its sockets. Make it with connect. */
export class Relay {
  /** @type {Required<Options>} */ #o;
  /** @type {string} */ #url;
  /** @type {WebSocket|undefined} */ #ws;
  /** @type {State} */ #state = "connecting";
  /** @type {Map<string, Set<(v: Value) => void>>} by topic that was asked for */ #watchers = new Map();
  /** @type {Map<string, Value>} */ #values = new Map();
  /** @type {Map<string, string[]>} the members of groups */ #members = new Map();
  /** @type {Map<string, Set<Function>>} */ #listeners = new Map();
  #tries = 0;
  #heard = 0;
  #asked = 0;
  #checked = 0;
  /** @type {any} */ #retry;
  /** @type {any} */ #beat;
  #online = () => this.#hurry();

  /**
   * @param {string} url
   * @param {Options} options
   */
  constructor(url, options) {
    this.#url = url;
    this.#o = {
      token: "", least: 500, most: 15_000, silence: 30_000, patience: 10_000, check: 60_000,
      socket: (u) => new WebSocket(u), random: Math.random, ...options,
    };
    globalThis.addEventListener?.("online", this.#online);
    this.#beat = setInterval(() => this.#tick(), Math.min(this.#o.silence, this.#o.patience, this.#o.check) / 4);
    this.#beat.unref?.();
    this.#open();
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /**
   * The newest value of a topic that is watched, if it was heard of.
   * @param {string} topic
   * @returns {Value|undefined}
   */
  value(topic) {
    return this.#values.get(topic);
  }

  /**
   * The topics of a group that is watched, if they were heard of.
   * @param {string} group
   * @returns {string[]|undefined}
   */
  members(group) {
    return this.#members.get(group);
  }

  /**
   * Watch a topic: see is called with its value, as soon as that is known, and
   * with every newer one. Of a group (tours, tour:ID) those of its members come.
   * @param {string} topic
   * @param {(v: Value) => void} see
   * @returns {() => void} stops it
   */
  watch(topic, see) {
    let all = this.#watchers.get(topic);
    if (!all) {
      this.#watchers.set(topic, (all = new Set()));
      this.#subscribe(topic);
    }
    const one = (/** @type {Value} */ v) => see(v); // a function of this call alone
    all.add(one);
    for (const name of this.#members.get(topic) ?? [topic]) {
      const known = this.#values.get(name);
      if (known) queueMicrotask(() => this.#watchers.get(topic)?.has(one) && see(known));
    }
    return () => {
      all.delete(one);
      if (all.size > 0 || this.#watchers.get(topic) !== all) return;
      this.#watchers.delete(topic);
      this.#say({ type: "unsubscribe", topic });
      this.#members.delete(topic);
      this.#forget();
    };
  }

  /**
   * Hear of "state" (State), "members" (group, topics), "error" (Refusal).
   * @param {"state"|"members"|"error"} kind
   * @param {(...what: any[]) => void} listener
   * @returns {() => void} stops it
   */
  on(kind, listener) {
    const all = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, all.add(listener));
    return () => all.delete(listener);
  }

  /** Hang up for good. */
  close() {
    clearInterval(this.#beat);
    clearTimeout(this.#retry);
    globalThis.removeEventListener?.("online", this.#online);
    this.#become("closed");
    this.#drop(1000);
  }

  // The connection.

  #open() {
    this.#become("connecting");
    this.#heard = this.#asked = Date.now();
    const ws = this.#o.socket(this.#url);
    this.#ws = ws;
    ws.onmessage = (e) => this.#ws === ws && this.#hear(e.data);
    ws.onclose = (e) => this.#ws === ws && this.#over(e.code, e.reason);
    ws.onerror = () => {}; // a close follows
  }

  /**
   * Give up a socket, and hear no more of it.
   * @param {number} code
   */
  #drop(code) {
    const ws = this.#ws;
    this.#ws = undefined;
    ws?.close(code);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #over(code, reason) {
    this.#ws = undefined;
    if (FINAL.has(code)) {
      this.close();
      return;
    }
    this.#become("offline");
    const said = /^reconnect in (\d+) ms$/.exec(reason);
    let wait = Math.min(this.#o.most, this.#o.least * 2 ** Math.min(this.#tries++, 20));
    wait *= 0.5 + this.#o.random(); // all are not to come at once
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), said ? Number(said[1]) : wait);
  }

  /** Try at once: the network is back. */
  #hurry() {
    if (this.#state !== "offline") return;
    clearTimeout(this.#retry);
    this.#open();
  }

  /** Look for silence: of a relay that is gone, a machine that slept, a value that was lost. */
  #tick() {
    const now = Date.now();
    if (!this.#ws) return;
    if (this.#state === "connecting" ? now - this.#asked > this.#o.patience : this.#asked > this.#heard && now - this.#asked > this.#o.patience) {
      this.#drop(4000);
      this.#over(4408, "");
      return;
    }
    if (this.#state === "connecting") return;
    if (now - this.#heard > this.#o.silence && this.#asked <= this.#heard) {
      this.#asked = now;
      this.#say({ type: "ping" });
    }
    if (now - this.#checked > this.#o.check) this.#resume();
  }

  /** @param {Record<string, any>} what */
  #say(what) {
    if (this.#ws?.readyState === 1) this.#ws.send(JSON.stringify(what));
  }

  /** @param {State} s */
  #become(s) {
    if (this.#state === s || this.#state === "closed") return;
    this.#state = s;
    this.#tell("state", s);
  }

  /**
   * @param {string} kind
   * @param {any[]} what
   */
  #tell(kind, ...what) {
    for (const listener of this.#listeners.get(kind) ?? []) listener(...what);
  }

  // What is said.

  /** @param {string} raw */
  #hear(raw) {
    this.#heard = Date.now();
    const m = JSON.parse(raw);
    switch (m.type) {
      case "hello":
        this.#tries = 0;
        if (this.#o.token) this.#say({ type: "hello", token: this.#o.token });
        this.#resume();
        this.#become(m.stale ? "stale" : "live");
        break;
      case "stale":
        this.#become(m.stale ? "stale" : "live");
        break;
      case "value":
        this.#take(m);
        break;
      case "members":
        this.#members.set(m.topic, m.topics);
        this.#forget();
        this.#tell("members", m.topic, m.topics);
        break;
      case "error":
        this.#tell("error", m);
    }
  }

  /** Ask for all that is watched, but for what is here already. */
  #resume() {
    this.#checked = Date.now();
    for (const topic of this.#watchers.keys()) this.#subscribe(topic);
  }

  /** @param {string} topic */
  #subscribe(topic) {
    const has = this.#values.get(topic);
    /** @type {Record<string, any>} */
    const what = { type: "subscribe", topic };
    if (has) Object.assign(what, { version: has.version, epoch: has.epoch });
    /** @type {Record<string, number>} */
    const seen = {};
    for (const name of this.#members.get(topic) ?? []) {
      const v = this.#values.get(name);
      if (!v || (what.epoch && what.epoch !== v.epoch) || Object.keys(seen).length >= 150) continue; // a message has its bound
      what.epoch = v.epoch;
      seen[name] = v.version;
    }
    if (Object.keys(seen).length > 0) what.seen = seen;
    this.#say(what);
  }

  /** @param {Value} v */
  #take(v) {
    const had = this.#values.get(v.topic);
    if (had && had.epoch === v.epoch && had.version >= v.version) return;
    this.#values.set(v.topic, v);
    for (const [topic, all] of this.#watchers) {
      if (topic !== v.topic && !this.#holds(topic, v.topic)) continue;
      for (const see of [...all]) see(v);
    }
  }

  /**
   * @param {string} group
   * @param {string} topic
   */
  #holds(group, topic) {
    return (this.#members.get(group) ?? []).includes(topic);
  }

  /** Let go of the values that nobody watches any more. */
  #forget() {
    for (const name of this.#values.keys()) {
      if (!this.#watchers.has(name) && ![...this.#watchers.keys()].some((g) => this.#holds(g, name))) this.#values.delete(name);
    }
  }
}
