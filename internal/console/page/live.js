// @ts-check
// What operators are told as it changes, over a connection of its own: it shows
// their token, or that they may do without.

import { connect } from "/tourbillon.js";
import { token } from "./api.js";

/** @type {import("/tourbillon.js").Relay | null} */ let relay = null;
let watching = 0;

/**
 * Watch a topic of operators' until what is returned is called, once.
 * @param {string} topic
 * @param {(v: import("/tourbillon.js").Value) => void} see
 * @returns {() => void}
 */
export function watch(topic, see) {
  relay ??= connect(location.origin.replace(/^http/, "ws") + "/ws?as=operator", { token: token.get() });
  watching++;
  const stop = relay.watch(topic, see);
  return () => {
    stop();
    if (--watching > 0) return;
    relay?.close();
    relay = null;
  };
}

/**
 * Whether changes of a topic are told. Where not, it is to be asked for.
 * @param {string} topic
 */
export const told = (topic) => relay?.state === "live" && relay.value(topic) !== undefined;
