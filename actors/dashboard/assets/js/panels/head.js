// The head of the page: the price, how it is connected, and what must be known before anything else.

import { h, replace } from "../dom.js";
import { answer, draws, get } from "../state.js";
import { cents, change, clock, horizon, percent, span, when } from "../format.js";

export function head() {
  draws(["latest", "candle", "series", "day"], ticker);
  draws(["tick", "reach", "link", "latest"], connection);
  draws(["latest", "reach", "tick"], banners);
  draws(["latest"], announce);
  draws(["latest", "reach"], announceConnection);
}

function ticker() {
  const latest = answer("latest");
  const told = get("candle");
  const bars = get("series");
  // One venue's price, as in the chart: venues differ, and it would flicker. A minute that was missing is told late.
  const here = told && (!get("venue") || told.venue === get("venue")) && !(told.open_time < bars?.at(-1)?.at);
  const candle = here ? told : bars?.at(-1);
  if (latest) document.getElementById("instrument").textContent = latest.instrument;
  const close = candle?.close ?? latest?.price?.close;
  if (close === undefined || close === null) return;
  // Where minutes of that hour are missing there is none.
  const dayAgo = answer("day")?.candles.at(0);
  const moved = dayAgo ? close / dayAgo.close - 1 : null;
  replace(document.getElementById("ticker"),
    h("span", { class: "ticker-price" }, cents(close)),
    moved === null ? null : h("span", { class: "ticker-change", "data-sign": Math.sign(moved) }, moved > 0 ? "▲ " : moved < 0 ? "▼ " : "", change(moved), h("span", { class: "muted" }, " 24 h")));
  document.title = `${cents(close)} · Wick`;
}

function connection() {
  const reach = get("reach");
  const pill = document.getElementById("connection");
  const latest = get("latest");
  const age = latest?.at ? span(Date.now() - latest.at) : null;
  let [tone, text] = ["idle", "connecting"];
  if (reach?.away) [tone, text] = ["bad", age ? `offline · ${age} old` : "offline"];
  else if (reach && latest?.data?.bus_connected === false) [tone, text] = ["warn", "bus away"];
  else if (reach) [tone, text] = get("link") === "live" ? ["ok", "live"] : ["warn", "asking again"];
  if (pill.dataset.said === text) return;
  pill.dataset.said = text;
  pill.dataset.tone = tone;
  pill.querySelector(".pill-text").textContent = text;
}

let shown = "";
function banners() {
  const latest = get("latest");
  const told = [];
  if (get("reach")?.away) {
    const since = latest?.at ? `What is shown is of ${when(latest.at)}, ${span(Date.now() - latest.at)} ago.` : "There is nothing kept from before.";
    const who = navigator.onLine === false ? "This device is offline." : "The gateway does not answer.";
    told.push(["bad", "Offline", `${who} ${since}`]);
  } else if (latest?.data?.bus_connected === false) {
    told.push(["warn", "Bus away", "The gateway answers from what it last heard."]);
  }
  const origin = latest?.data?.origin;
  if (origin === "simulated") told.push(["sim", "Simulated market", "Nobody traded at these prices."]);
  if (origin === "replay") told.push(["sim", "Replay", "A recorded market: these prices are of the past."]);
  if (latest?.status === "absent") told.push(["warn", latest.code === "no_forecast" ? "No forecast yet" : "Not told", latest.note ?? ""]);
  else if (latest?.refused) told.push(["warn", "Not told any more", `${latest.note} What is shown is of ${when(latest.at)}.`]);
  const text = JSON.stringify(told);
  if (text === shown) return;
  shown = text;
  replace(document.getElementById("banners"), told.map(([tone, title, detail]) => h("p", { class: "banner", "data-tone": tone }, h("strong", {}, title), " ", detail)));
}

let state = "";
/** Says aloud that the connection is gone or back: that it is still gone is not said again. */
function announceConnection() {
  const now = get("reach")?.away ? "Offline." : answer("latest")?.bus_connected === false ? "The bus is away." : get("reach") ? "Connected." : "";
  if (now === state) return;
  const first = state === "";
  state = now;
  if (!first || now !== "Connected.") document.getElementById("announcer").textContent = now;
}

let told = 0;
function announce() {
  const forecasts = answer("latest")?.forecasts ?? [];
  const newest = Math.max(0, ...forecasts.map((one) => one.as_of));
  if (newest <= told) return;
  const first = told === 0;
  told = newest;
  // What is there when the page opens is read with the page.
  if (first) return;
  const all = forecasts.map((one) => `${horizon(one.horizon)}: ${percent(one.p_up)} up`).join(", ");
  document.getElementById("announcer").textContent = `New forecast of ${clock(newest)}. ${all}.`;
}
