// @ts-check
// The API, as this page asks it.

const KEY = "tourbillon.operator";

/** A refusal: what the API says is wrong. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {any} body
   */
  constructor(status, body) {
    super(body?.detail || body?.title || `${status}`);
    this.status = status;
    this.body = body;
  }
}

/** No answer at all. */
export class Silence extends Error {}

/**
 * @template T
 * @param {Promise<T>} answer
 * @returns {Promise<T>}
 */
async function heard(answer) {
  try {
    return await answer;
  } catch (err) {
    throw new Silence("", { cause: err });
  }
}

/**
 * Tell the browser of an error that is the page's own.
 * @param {unknown} err
 */
export function report(err) {
  if (!(err instanceof Problem) && !(err instanceof Silence)) reportError(err);
}

/** The operator's token, for as long as this tab lives. */
export const token = {
  get: () => sessionStorage.getItem(KEY) ?? "",
  /** @param {string} v */
  set: (v) => (v ? sessionStorage.setItem(KEY, v) : sessionStorage.removeItem(KEY)),
};

/**
 * Ask, and read the answer.
 * @param {string} path
 * @param {{method?: string, body?: any, headers?: Record<string, string>, text?: boolean}} [o]
 * @returns {Promise<any>}
 */
export async function ask(path, o = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: o.text ? "text/plain" : "application/json", ...o.headers };
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  if (o.body !== undefined) headers["Content-Type"] = "application/json";
  const resp = await heard(fetch(path, { method: o.method ?? "GET", headers, body: o.body === undefined ? undefined : JSON.stringify(o.body) }));
  const raw = await heard(resp.text());
  if (o.text && resp.ok) return raw;
  let body = null;
  try {
    body = raw ? JSON.parse(raw) : null;
  } catch {
    body = { detail: raw };
  }
  if (!resp.ok) throw new Problem(resp.status, body);
  return body;
}

/**
 * All of a list, page after page, up to a bound.
 * @param {string} path
 * @param {string} field
 * @param {number} [most]
 * @returns {Promise<any[]>}
 */
export async function all(path, field, most = 500) {
  const found = [];
  let cursor = "";
  do {
    const page = await ask(path + (cursor ? (path.includes("?") ? "&" : "?") + "cursor=" + encodeURIComponent(cursor) : ""));
    found.push(...page[field]);
    cursor = page.next ?? "";
  } while (cursor && found.length < most);
  return found;
}
