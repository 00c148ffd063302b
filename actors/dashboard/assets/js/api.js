// What is asked of the gateway: through this page's own address, and only what the gateway's description offers.

import { get, set, setClock } from "./state.js";

const PATIENCE = 20_000;
// What says that there is nothing, and not that it is not told.
const NONE = ["no_forecast", "no_features"];
/** How many of the past are looked at. */
export const PAST = 500;

// Route, what it is asked with, and how often in seconds: where the gateway tells of news by itself, and where not.
const QUESTIONS = {
  latest: { route: "/v1/predictions/latest", live: 60, polled: 15 },
  candles: { route: "/v1/candles", live: 300, polled: 20, query: candlesQuery, when: () => get("venue") || (get("latest") && !get("latest").data) },
  day: { route: "/v1/candles", live: 60, polled: 60, query: dayQuery, when: () => get("venue") && get("latest")?.data?.price },
  past: { route: "/v1/predictions", live: 600, polled: 60, query: () => `horizon=1h&limit=${PAST}` },
  settled: { route: "/v1/predictions", live: 600, polled: 300, query: () => `horizon=${get("calibrated") ?? "1h"}&limit=${PAST}`, when: () => (get("calibrated") ?? "1h") !== "1h" },
  scoreboard: { route: "/v1/scoreboard", live: 300, polled: 60 },
  drift: { route: "/v1/drift", live: 300, polled: 60 },
  articles: { route: "/v1/articles", live: 60, polled: 60, query: () => "limit=40" },
  pipeline: { route: "/v1/pipeline", live: 5, polled: 10 },
  models: { route: "/v1/models", live: 300, polled: 120, query: () => "limit=40" },
  history: { route: "/v1/models/history", live: 300, polled: 120, query: () => "limit=40" },
};

/** Every question's name. */
export const names = Object.keys(QUESTIONS);

let offered = null;
const asking = new Map();

/** Asks what the gateway offers; where that is not known, everything is tried. */
export async function discover() {
  const { data } = await fetched("/openapi.json");
  offered = data?.paths ?? null;
  return offered !== null;
}

/** Whether the gateway offers a route, and takes a parameter there. */
export function offers(route, parameter) {
  if (!offered) return parameter === undefined;
  const get = offered[route]?.get;
  return Boolean(get) && (parameter === undefined || (get.parameters ?? []).some((one) => one.name === parameter));
}

/** How many seconds an answer is good for. */
export const seconds = (name, live) => (live ? QUESTIONS[name].live : QUESTIONS[name].polled);

function candlesQuery() {
  const venue = get("venue");
  const of = venue ? `&venue=${encodeURIComponent(venue)}` : "";
  return offers("/v1/candles", "interval") ? `interval=${get("interval")}&limit=${PAST}${of}` : `limit=1000${of}`;
}

// The minute that closed a day before the newest price, by the market's own time.
function dayQuery() {
  const dayAgo = get("latest").data.price.at - 86_400_000;
  return `limit=1&venue=${encodeURIComponent(get("venue"))}&from=${dayAgo - 3_600_000}&to=${dayAgo - 59_999}`;
}

/** Asks one question. The last answer stays where there is no new one, and says how old it is. */
export async function load(name) {
  const { route, query, when } = QUESTIONS[name];
  if (when && !when()) return;
  if (!offers(route)) {
    set(name, { status: "absent", note: "This gateway does not offer it." });
    return;
  }
  const text = query?.();
  const path = text ? `${route}?${text}` : route;
  if (asking.get(name) === path) return;
  asking.set(name, path);
  const found = await fetched(path);
  // The question has changed in the meantime: the newer one's answer counts.
  if (asking.get(name) !== path) return;
  asking.delete(name);
  const before = get(name);
  if (found.data) {
    if (!found.kept) setClock(found.data.now);
    set(name, { status: "ok", data: found.data, at: found.at, kept: found.kept, path });
  } else if (before?.data && !NONE.includes(found.code)) {
    // Whatever the reason is: what was known stays, and says how old it is.
    set(name, { ...before, kept: true, note: found.note, refused: !found.away });
  } else {
    set(name, { status: found.away ? "away" : "absent", note: found.note, code: found.code, asked: Date.now() });
  }
  set("reach", { at: found.away || found.kept ? get("reach")?.at : Date.now(), away: Boolean(found.away || found.kept), keptAt: found.kept ? found.at : get(name)?.at });
}

async function fetched(path) {
  try {
    const response = await fetch(`/api${path}`, { headers: { accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
    const kept = Number(response.headers.get("x-wick-kept-at")) || null;
    if (response.ok) return { data: await response.json(), at: kept ?? Date.now(), kept: kept !== null };
    const problem = await response.json().catch(() => ({}));
    const away = response.status === 502 || problem.code === "offline";
    return { away, code: problem.code, note: problem.detail ?? `The gateway answered ${response.status}.` };
  } catch {
    return { away: true, note: "There is no connection." };
  }
}
