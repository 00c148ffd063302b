// How far today's features and errors are from those that the model learnt from.

import { body, h, missing, numbers, replace } from "../dom.js";
import { draws, get } from "../state.js";
import { change, horizon, horizons, moment, percent, plain, short, words } from "../format.js";

const LEVELS = { stable: "as in 95\u202f% of the weeks learnt from", moderate: "as in the strangest of them", drifted: "as in none of them" };
const TARGETS = ["direction", "volatility", "return"];

export function driftPanel() {
  draws(["drift"], draw);
}

function draw() {
  const question = get("drift");
  const gone = missing(question, "Drift");
  if (gone) return replace(body("drift"), gone);
  const { features, targets, window_bars: bars, at, model, reference, detected, coverage_missed: missed } = question.data;
  const count = (level) => features.filter((one) => one.level === level).length;
  const groups = Map.groupBy ? Map.groupBy(features, (one) => one.group) : grouped(features);
  const heading = features.length === 0 ? "No feature was compared yet." : `${plain(features.length)} features of the last ${plain(bars)} bars against what model ${short(model)} learnt from${reference?.rows ? ` (${plain(reference.rows)} rows)` : ""}, as of ${moment(at)}.`;
  replace(body("drift"),
    h("p", { class: "note" }, heading),
    // Of a model that no longer serves it says nothing.
    detected?.model === model ? h("p", { class: "note", "data-said": "drift" }, `On ${moment(detected.at)} the monitor found ${percent(detected.statistic)} of them drifted, more than ${percent(detected.threshold)}.`) : null,
    missed ? h("p", { class: "note", "data-said": "coverage" }, `On ${moment(missed.at)} the ${percent(missed.interval)} interval at ${horizon(missed.horizon)} had held ${percent(missed.statistic)} of ${plain(missed.window)} outcomes.`) : null,
    features.length ? [
      h("ul", { class: "legend" }, Object.keys(LEVELS).map((level) => h("li", {}, h("span", { class: "key heat", "data-level": level, "aria-hidden": "true" }, level === "drifted" ? "!" : ""), `${level}: ${plain(count(level))}`, h("span", { class: "muted" }, ` (${LEVELS[level]})`)))),
      h("div", { class: "heat-map" }, [...groups].map(([group, some]) => h("section", { class: "heat-group", "aria-label": `${words(group)}: ${some.filter((one) => one.level === "drifted").length} of ${some.length} drifted` },
        h("h3", { class: "small" }, words(group)),
        h("div", { class: "heat-cells" }, some.map((one) => h("span", { class: "heat", "data-level": one.level, css: { "--share": share(one).toFixed(3) }, title: `${one.name}: PSI ${plain(one.statistic, 3)}, ${one.level}; usual up to ${plain(one.usual, 3)}, at most ${plain(one.most, 3)}` }, one.level === "drifted" ? "!" : "")))))),
      h("p", { class: "note" }, "Most drifted: ", features.slice(0, 3).map((one, place) => [place ? ", " : "", h("code", {}, one.name), ` ${plain(one.statistic, 2)}`]), "."),
      numbers("drift-numbers", "Drift of each feature", ["Feature", "PSI", "Usual up to", "At most", "Level"], features.map((one) => [h("code", {}, one.name), plain(one.statistic, 3), plain(one.usual, 3), plain(one.most, 3), one.level])),
    ] : null,
    h("h3", {}, "Skill of each target"),
    targets.length ? skills(targets) : h("p", { class: "note" }, "Nothing was scored yet."));
}

// Where a feature is between nothing and far beyond all that was learnt from, from 0 to 1.
function share({ statistic, usual, most, level }) {
  const part = (from, to) => Math.min(1, Math.max(0, to > from ? (statistic - from) / (to - from) : 0));
  if (level === "stable") return 0.15 * part(0, usual);
  if (level === "moderate") return 0.35 + 0.2 * part(usual, most);
  return 0.65 + 0.35 * part(most, 2 * most);
}

function skills(targets) {
  const there = horizons.filter((name) => targets.some((one) => one.horizon === name));
  const kinds = TARGETS.filter((kind) => targets.some((one) => one.target === kind));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Skill of each target", "data-key": "skills" }, h("table", { class: "scores" },
    h("caption", { class: "hidden-text" }, "Skill of each target and whether it is degraded"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "target"), there.map((name) => h("th", { scope: "col" }, horizon(name))))),
    h("tbody", {}, kinds.map((kind) => h("tr", {}, h("th", { scope: "row" }, kind), there.map((name) => {
      const one = targets.find((target) => target.horizon === name && target.target === kind);
      if (!one) return h("td", { class: "muted" }, "–");
      const tone = one.degraded ? "worse" : (one.skill ?? 0) >= 0.0005 ? "better" : "same";
      return h("td", { class: "score", "data-tone": tone, "data-proved": String(Boolean(one.degraded)), title: `${plain(one.n)} forecasts against ${words(one.baseline ?? "the baseline")}; loss ${plain(one.loss, 4)}, baseline ${plain(one.baseline_loss, 4)}` },
        h("span", { class: "score-skill" }, change(one.skill, 1)), h("span", { class: "small" }, one.degraded ? "degraded" : "holds"));
    }))))));
}

function grouped(features) {
  const found = new Map();
  for (const one of features) found.set(one.group, [...(found.get(one.group) ?? []), one]);
  return found;
}
