// The price, what may come of it, and what was said before against what came.

import { body, choice, h, missing, numbers, replace, tools } from "../dom.js";
import { answer, draws, get, set } from "../state.js";
import { load, offers } from "../api.js";
import { cents, change, horizon, horizonMs, horizons, moment, percent, plain, price, when, words } from "../format.js";
import { candleChart } from "../chart/candles.js";
import { fanOf } from "../chart/bands.js";

const INTERVALS = { "15m": 900_000, "1h": 3_600_000, "4h": 14_400_000 };
let chart = null;
let parts = null;

export function pricePanel() {
  toolbar();
  draws(["latest"], venue);
  draws(["candles", "interval", "candle"], fold);
  draws(["series", "latest", "past"], draw);
}

function toolbar() {
  tools("price", choice("interval", "Length of a bar", Object.keys(INTERVALS).map((name) => [name, name]), get("interval") ?? "15m", (name) => {
    set("interval", name);
    load("candles");
  }));
}

// One venue's candles: the consensus where there is one, because forecasts start from it.
function venue() {
  const latest = answer("latest");
  if (get("venue")) return;
  // Prices come before the first forecast.
  if (!latest?.price) return void (get("latest") && !get("candles") && load("candles"));
  const one = latest.origin === "live" && !get("noConsensus") ? "consensus" : latest.price.venue;
  set("venue", one);
  load("candles");
  load("day");
}

const minutes = new Map();

// What was told of a venue in the last hours.
function heard(venue) {
  const fresh = get("candle");
  if (fresh && (!venue || fresh.venue === venue)) minutes.set(fresh.open_time, fresh);
  for (const at of minutes.keys()) if (minutes.size > 240) minutes.delete(at);
  return [...minutes.values()].filter((one) => !venue || one.venue === venue);
}

// Minutes are put together here where the gateway does not do it.
function fold() {
  const answered = get("candles");
  if (!answered?.data) return;
  if (answered.data.candles.length === 0 && get("venue") === "consensus") {
    set("noConsensus", true);
    set("venue", answer("latest")?.price?.venue);
    load("day");
    return void load("candles");
  }
  const width = INTERVALS[get("interval")];
  // Minutes that were told since, by the house's clock: nobody knows how wrong that of a device is. What is told late of bars
  // that are over comes with the next answer.
  const [known, begun] = ["ingest_time", "open_time"].map((name) => Math.max(...answered.data.candles.map((one) => one[name])));
  const newest = heard(get("venue")).filter((one) => one.ingest_time > known && one.open_time >= begun);
  const bars = new Map();
  for (const candle of [...answered.data.candles.toReversed(), ...newest].toSorted((a, b) => a.open_time - b.open_time)) {
    const at = candle.open_time - (candle.open_time % width);
    const bar = bars.get(at);
    if (!bar) bars.set(at, { at, end: at + width, open: candle.open, high: candle.high, low: candle.low, close: candle.close });
    else Object.assign(bar, { high: Math.max(bar.high, candle.high), low: Math.min(bar.low, candle.low), close: candle.close });
  }
  set("series", [...bars.values()]);
}

const quantiles = (forecast) => [0.025, 0.1, 0.5, 0.9, 0.975].map((tau) => forecast.quantiles.find((one) => Math.abs(one.tau - tau) < 1e-9)?.price);

function said(width) {
  const latest = answer("latest")?.forecasts ?? [];
  const newest = Math.max(0, ...latest.map((one) => one.as_of));
  const ahead = latest.filter((one) => one.as_of === newest).toSorted((a, b) => horizonMs(a.horizon) - horizonMs(b.horizon));
  // In long bars the near horizons lie on one another: their names would, too.
  const points = ahead.map((one) => ({ at: one.due, q: quantiles(one), label: horizon(one.horizon), named: horizonMs(one.horizon) >= 8 * width || one.horizon === "24h" }));
  const fan = points.length ? fanOf(newest, ahead[0].price, points) : [];
  const before = (answer("past")?.forecasts ?? []).filter((one) => one.horizon === "1h").toSorted((a, b) => a.due - b.due);
  const past = before.map((one) => ({ at: one.due, q: quantiles(one) }));
  const misses = before.filter((one) => one.outcome).flatMap((one) => {
    const came = one.price * Math.exp(one.outcome.log_return);
    const [q025, q10, , q90, q975] = quantiles(one);
    const far = came < q025 || came > q975;
    return far || came < q10 || came > q90 ? [{ at: one.due, price: came, far }] : [];
  });
  return { fan, past, misses, before, ahead };
}

function draw() {
  const question = get("candles");
  const panel = body("price");
  if (!get("series")?.length) {
    const gone = question?.data ? null : missing(question, "Prices");
    if (gone && question && question.status !== "loading") replace(panel, gone);
    return;
  }
  if (!chart) begin(panel);
  const bars = get("series");
  const width = INTERVALS[get("interval")];
  const told = said(width);
  chart.show(bars, width, told);
  const last = bars.at(-1);
  readout(last);
  const settled = told.before.filter((one) => one.outcome);
  const outside = (far) => told.misses.filter((one) => !far || one.far).length;
  const checked = settled.length ? `Of the last ${plain(settled.length)} forecasts for 1 hour, ${percent(1 - outside(false) / settled.length, 0)} of outcomes were inside the 80\u202f% interval and ${percent(1 - outside(true) / settled.length, 0)} inside the 95\u202f% interval.` : "No forecast for 1 hour is over yet.";
  parts.note.textContent = checked;
  parts.chart.setAttribute("aria-label", `Candles of ${get("interval")} at ${words(get("venue"))}, last price ${cents(last.close)}, with forecasts for ${told.ahead.map((one) => horizon(one.horizon)).join(", ")}. ${checked}`);
  replace(parts.table,
    numbers("price-numbers", "The last bars", ["Bar", "Open", "High", "Low", "Close"], bars.slice(-24).toReversed().map((bar) => [moment(bar.at), cents(bar.open), cents(bar.high), cents(bar.low), cents(bar.close)])));
}

function begin(panel) {
  parts = {
    readout: h("p", { class: "readout" }),
    chart: h("div", { class: "chart", role: "img", "aria-label": "Candles" }),
    note: h("p", { class: "note" }),
    table: h("div", {}),
  };
  const key = (kind, word) => h("li", {}, h("span", { class: `key key-${kind}`, "aria-hidden": "true" }), word);
  replace(panel, parts.readout, parts.chart,
    h("ul", { class: "legend" }, key("up", "rose"), key("down", "fell"), key("fan", "forecast: 80 and 95\u202f%, median"), key("past", "said 1 hour before: 80 and 95\u202f%"), key("miss", "came outside 80\u202f%"), key("far", "came outside 95\u202f%")),
    parts.note, parts.table);
  chart = candleChart(parts.chart, (bar) => readout(bar ?? get("series")?.at(-1)));
}

function readout(bar) {
  if (!bar) return;
  const one = (name, value) => [h("span", { class: "muted" }, name), ` ${value}  `];
  replace(parts.readout, h("span", { class: "muted" }, `${words(get("venue") ?? "")} · ${moment(bar.at)}  `), one("O", cents(bar.open)), one("H", cents(bar.high)), one("L", cents(bar.low)), one("C", cents(bar.close)),
    h("span", { "data-sign": Math.sign(bar.close - bar.open) }, change(bar.close / bar.open - 1)));
}
