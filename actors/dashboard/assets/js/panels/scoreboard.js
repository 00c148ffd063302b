// How good the forecasts were, beside each baseline, and whether the intervals hold what they promise.

import { body, h, s, missing, replace } from "../dom.js";
import { answer, draws, get } from "../state.js";
import { change, day, horizon, horizons, percent, plain, signed, span, words } from "../format.js";

const LOSSES = { log_loss: "log loss", brier: "Brier", qlike: "QLIKE", pinball: "pinball" };
const BASELINES = { base_rate: "base rate", ewma: "EWMA", garch: "GARCH(1,1)", har: "HAR", seasonal_har: "seasonal HAR", rolling_quantiles: "rolling quantiles" };

export function scoreboardPanel() {
  draws(["scoreboard"], draw);
}

function draw() {
  const question = get("scoreboard");
  const gone = missing(question, "Scores");
  if (gone) return replace(body("scoreboard"), gone);
  const { rows, summaries, from, to, skill_lost: lost, levels } = question.data;
  if (summaries.length === 0) return replace(body("scoreboard"), h("div", { class: "nothing" }, h("strong", {}, "Nothing was scored yet"), h("p", {}, "The first forecast is scored when its horizon is over.")));
  const there = horizons.filter((name) => summaries.some((one) => one.horizon === name));
  const kinds = [...new Map(rows.map((row) => [`${row.target}/${row.loss_name}/${row.baseline}`, row])).values()];
  const made = Object.entries(levels ?? {}).map(([level, n]) => `${plain(n)} by ${level}`).join(", ");
  replace(body("scoreboard"),
    h("p", { class: "note" }, `Forecasts of ${day(from)} to ${day(to)}: ${made}. Skill against each baseline, t below it; filled where |t|\u00a0>\u00a01.96.`),
    lost ? h("p", { class: "banner", "data-tone": "warn" }, h("strong", {}, "Skill was lost"), ` for ${horizon(lost.horizon)}: ${change(lost.statistic, 1)} in ${words(lost.loss_name)} over ${plain(lost.window)} forecasts (below ${change(lost.threshold, 1)}).`) : null,
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Skill against each baseline", "data-key": "scores" },
      h("table", { class: "scores" }, h("caption", { class: "hidden-text" }, "Skill against each baseline, by horizon"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "against"), there.map((name) => h("th", { scope: "col" }, horizon(name))))),
        h("tbody", {}, kinds.map((kind) => h("tr", {},
          h("th", { scope: "row" }, h("span", {}, BASELINES[kind.baseline] ?? words(kind.baseline)), h("span", { class: "muted small" }, `${kind.target}, ${LOSSES[kind.loss_name] ?? kind.loss_name}`)),
          there.map((name) => cell(rows.find((row) => row.horizon === name && row.baseline === kind.baseline && row.loss_name === kind.loss_name)))))))),
    h("h3", {}, "Coverage"),
    h("p", { class: "note" }, "Share of outcomes inside the interval; the line is what it promises."),
    h("div", { class: "coverage" }, there.map((name) => coverage(summaries.find((one) => one.horizon === name)))));
}

function cell(row) {
  if (!row) return h("td", { class: "muted" }, "–");
  const proved = Math.abs(row.dm_t ?? 0) > 1.96;
  const tone = Math.abs(row.skill ?? 0) < 0.0005 ? "same" : row.skill > 0 ? "better" : "worse";
  const meaning = `${plain(row.n)} forecasts; loss ${plain(row.loss, 4)}, baseline ${plain(row.baseline_loss, 4)}${row.dm_p === null ? "" : `, p ${plain(row.dm_p, 3)}`}`;
  return h("td", { class: "score", "data-tone": tone, "data-proved": String(proved), title: meaning },
    h("span", { class: "score-skill" }, change(row.skill, 1)), h("span", { class: "small" }, row.dm_t === null ? "" : `t ${signed(row.dm_t, 1)}`));
}

function coverage(summary) {
  const bar = (share, promise) => {
    const from = 50;
    const x = (value) => Math.max(0, (100 * (100 * value - from)) / (100 - from));
    return h("div", { class: "coverage-row" },
      h("span", { class: "muted small" }, percent(promise, 0)),
      s("svg", { class: "coverage-bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
        s("rect", { x: 0, y: 2, width: 100, height: 6, rx: 1, class: "track" }),
        s("rect", { x: 0, y: 2, width: x(share), height: 6, rx: 1, class: "fill-forecast" }),
        s("rect", { x: x(promise) - 0.4, y: 0, width: 0.8, height: 10, class: "tick" })),
      h("span", {}, percent(share)));
  };
  return h("div", { class: "coverage-one" }, h("h4", {}, horizon(summary.horizon), h("span", { class: "muted small" }, ` n ${plain(summary.n)}`)),
    bar(summary.coverage_80, 0.8), bar(summary.coverage_95, 0.95),
    h("p", { class: "small muted" }, `right direction ${percent(summary.accuracy)}${summary.auc === null ? "" : `, AUC ${plain(summary.auc, 3)}`}`));
}
