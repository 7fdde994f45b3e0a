// @ts-check
// Where an operator shows their token.

import { ask, Problem, token } from "./api.js";
import { h } from "./dom.js";
import { t } from "./words.js";

/**
 * A form for the token. It is kept for as long as the tab lives.
 * @param {() => any} then what to do once it is in
 */
export function gate(then) {
  const wrong = h("p.wrong", { role: "alert", hidden: true }, t("ops.wrong"));
  const field = h("input", { id: "g-token", type: "password", autocomplete: "off", required: true });
  return h("form.gate", {
    onsubmit: async (/** @type {Event} */ e) => {
      e.preventDefault();
      token.set(field.value.trim());
      try {
        await ask("/sagas?limit=1");
      } catch (err) {
        if (err instanceof Problem && err.status === 401) {
          token.set("");
          wrong.hidden = false;
          return;
        }
      }
      then();
    },
  }, h("p", null, t("ops.only")), h("div.field", null, h("label", { for: "g-token" }, t("ops.token")), h("div.row", null, field, h("button.primary", { type: "submit" }, t("ops.enter")))), wrong);
}
