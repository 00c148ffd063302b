// Keeps the page new: by what the gateway tells, and by asking again where it does not.

import { get, set, now } from "./state.js";
import { load, names, offers, seconds, discover } from "./api.js";

const asked = new Map();
const due = new Map();
let source = null;
let retryAt = 0;
let wasAway = false;

// What is asked again after an event, and how long to wait for more of the same, in milliseconds.
const AFTER = {
  // A bar is over: of many minutes that come at once only the newest is told.
  forecast: [["latest", 200], ["candles", 1000], ["day", 1000], ["past", 1500], ["drift", 4000]],
  score: [["scoreboard", 2000], ["past", 2000], ["settled", 3000]],
  drift: [["drift", 500]],
  skill: [["scoreboard", 500], ["drift", 500]],
  coverage: [["scoreboard", 500], ["drift", 500]],
  model: [["models", 500], ["history", 500], ["latest", 1000], ["drift", 3000]],
};

/** Asks again soon. */
export function soon(name, wait = 0) {
  due.set(name, Math.min(due.get(name) ?? Infinity, Date.now() + wait));
}

function ask(name) {
  asked.set(name, Date.now());
  due.delete(name);
  load(name);
}

/** Begins. */
export async function begin() {
  // What every gateway has is asked at once, the rest when it is known what there is.
  ask("latest");
  set("link", "polling");
  await discover();
  names.filter((name) => name !== "latest").forEach(ask);
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", () => document.hidden || tick());
  addEventListener("online", () => { retryAt = 0; names.forEach((name) => soon(name)); });
  tick();
}

function tick() {
  set("tick", now());
  if (document.hidden) return;
  const away = Boolean(get("reach")?.away);
  if (wasAway && !away) {
    // Somebody answers again: everything may be new.
    retryAt = 0;
    names.forEach((name, place) => soon(name, 100 * place));
  }
  wasAway = away;
  listen();
  const live = get("link") === "live";
  for (const name of names) {
    // Where nobody answers, one question each few seconds is enough.
    const every = 1000 * (away ? (name === "latest" ? 5 : 20) : seconds(name, live));
    const absent = get(name)?.status === "absent" ? 3 : 1;
    if (Date.now() >= Math.min(due.get(name) ?? Infinity, (asked.get(name) ?? 0) + every * absent)) ask(name);
  }
}

function listen() {
  if (source || Date.now() < retryAt || !offers("/v1/live") || get("reach")?.away) return;
  source = new EventSource("/api/v1/live");
  source.addEventListener("open", () => {
    set("link", "live");
    // What was said before this is known by nobody else.
    names.forEach((name, place) => soon(name, 100 * place));
  });
  source.addEventListener("error", () => {
    set("link", "polling");
    if (source.readyState !== EventSource.CLOSED) return;
    source = null;
    retryAt = Date.now() + 30_000;
  });
  source.addEventListener("missed", () => names.forEach((name, place) => soon(name, 100 * place)));
  source.addEventListener("candle", (event) => set("candle", read(event)));
  for (const [kind, questions] of Object.entries(AFTER)) {
    source.addEventListener(kind, () => questions.forEach(([name, wait]) => soon(name, wait)));
  }
}

function read(event) {
  try { return JSON.parse(event.data); } catch { return null; }
}
