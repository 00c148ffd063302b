// What may come, for each horizon: in numbers, and in words that promise no more than the numbers.

import { body, h, s, missing, replace } from "../dom.js";
import { answer, draws, get, now } from "../state.js";
import { change, horizon, percent, price, span, when } from "../format.js";

const LEVELS = {
  champion: ["model", "the champion made it"],
  previous: ["previous model", "the model before the champion made it"],
  baseline: ["baseline", "no model: base rate and smoothed volatility"],
  stale: ["stale", "older than two bars: nothing newer could be made"],
};

export function forecastsPanel() {
  draws(["latest", "scoreboard"], draw);
  draws(["tick"], ages);
}

const quantile = (forecast, tau) => forecast.quantiles.find((one) => Math.abs(one.tau - tau) < 1e-9)?.price;

/** What a probability is worth, in words. */
export function wording(forecast) {
  const { p_up: p, baseline, level } = forecast;
  const base = level === "baseline" || (baseline && Math.abs(p - baseline.p_up) < 1e-9);
  if (base) return "The base rate is served: no model was proved better than how often the price rose before.";
  const edge = Math.abs(p - 0.5);
  const way = p > 0.5 ? "up" : "down";
  if (edge < 0.02) return "Little better than a coin.";
  const lean = edge < 0.05 ? `A slight lean ${way}` : edge < 0.1 ? `A lean ${way}` : `A clear lean ${way}`;
  const row = answer("scoreboard")?.rows.find((one) => one.horizon === forecast.horizon && one.baseline === "base_rate" && one.loss_name === "log_loss");
  if (!row) return `${lean}.`;
  const proved = row.skill > 0 && row.dm_t > 1.96;
  return proved ? `${lean}; such forecasts were better than the base rate so far.` : `${lean}; such forecasts were not proved better than the base rate so far.`;
}

function draw() {
  const latest = get("latest");
  const gone = missing(latest, "Forecasts");
  if (gone) return replace(body("forecasts"), gone);
  const { forecasts, price: newest } = latest.data;
  const low = Math.min(...forecasts.map((one) => quantile(one, 0.025)));
  const high = Math.max(...forecasts.map((one) => quantile(one, 0.975)));
  replace(body("forecasts"), h("div", { class: "cards" }, forecasts.map((one) => card(one, newest?.close ?? one.price, [low, high]))),
    h("p", { class: "note below" }, "Bars, on one scale of prices: 80\u202f% (dark) and 95\u202f% (light) intervals and median; the line across is the last price."));
  ages();
}

function card(forecast, last, range) {
  const { horizon: name, p_up: p, due, volatility, expected_return: drift, level, gaps } = forecast;
  const [word, meaning] = LEVELS[level] ?? [level, ""];
  const side = p > 0.5 ? "up" : p < 0.5 ? "down" : "none";
  const [q025, q10, q50, q90, q975] = [0.025, 0.1, 0.5, 0.9, 0.975].map((tau) => quantile(forecast, tau));
  return h("article", { class: "card", "data-horizon": name, "aria-label": `Forecast for ${horizon(name)}` },
    h("header", { class: "card-head" },
      h("h3", {}, horizon(name)), h("span", { class: "muted" }, "until ", h("time", { datetime: new Date(due).toISOString() }, when(due))),
      h("span", { class: "chip", "data-tone": { champion: "ok", previous: "warn", baseline: "idle", stale: "bad" }[level], title: meaning }, word)),
    h("div", { class: "card-row" },
      h("div", { class: "odds", "data-side": side }, h("span", { class: "odds-number" }, percent(p)), h("span", { class: "odds-word" }, "up")),
      oddsBar(p)),
    h("p", { class: "wording" }, wording(forecast)),
    interval([q025, q10, q50, q90, q975], last, range),
    h("dl", { class: "facts" },
      h("div", {}, h("dt", {}, "80\u202f%"), h("dd", {}, `${price(q10)} … ${price(q90)}`)),
      h("div", {}, h("dt", {}, "95\u202f%"), h("dd", {}, `${price(q025)} … ${price(q975)}`)),
      h("div", {}, h("dt", {}, "Volatility"), h("dd", {}, `±${percent(volatility, 2)}`)),
      h("div", {}, h("dt", {}, "Expected"), h("dd", {}, change(drift, 3)))),
    h("p", { class: "card-foot muted" }, "made ", h("span", { class: "age", "data-since": forecast.as_of }, ""), " ago",
      gaps?.length ? `; minutes of ${gaps.join(", ")} were missing` : ""));
}

// From 0 to 100 %, with the coin in the middle.
function oddsBar(p) {
  const [from, to] = [Math.min(p, 0.5), Math.max(p, 0.5)];
  return s("svg", { class: "odds-bar", viewBox: "0 0 100 12", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { x: 0, y: 4, width: 100, height: 4, rx: 2, class: "track" }),
    s("rect", { x: 100 * from, y: 4, width: Math.max(0.6, 100 * (to - from)), height: 4, class: p >= 0.5 ? "fill-up" : "fill-down" }),
    s("rect", { x: 49.75, y: 0, width: 0.5, height: 12, class: "tick" }));
}

// The intervals on the scale that all horizons share.
function interval([q025, q10, q50, q90, q975], last, [low, high]) {
  const pad = (high - low) * 0.03 || 1;
  const x = (value) => (100 * (value - low + pad)) / (high - low + 2 * pad);
  return s("svg", { class: "interval", viewBox: "0 0 100 16", preserveAspectRatio: "none", role: "img", "aria-label": `80\u202f% between ${price(q10)} and ${price(q90)}, 95\u202f% between ${price(q025)} and ${price(q975)}, median ${price(q50)}` },
    s("rect", { x: x(q025), y: 5, width: x(q975) - x(q025), height: 6, rx: 1, class: "band-95" }),
    s("rect", { x: x(q10), y: 3, width: x(q90) - x(q10), height: 10, rx: 1, class: "band-80" }),
    s("rect", { x: x(q50) - 0.3, y: 1, width: 0.6, height: 14, class: "band-median" }),
    s("rect", { x: x(last) - 0.2, y: 0, width: 0.4, height: 16, class: "band-last" }));
}

function ages() {
  // A recorded market has a time of its own.
  const latest = answer("latest");
  const market = latest?.origin === "replay" && latest.price ? latest.price.at : now();
  for (const one of document.querySelectorAll("#forecasts .age")) {
    const text = span(market - Number(one.dataset.since));
    if (one.textContent !== text) one.textContent = text;
  }
}
