// Which model serves, which ones did, and why; what was trained and refused.

import { body, h, missing, replace } from "../dom.js";
import { answer, draws, get } from "../state.js";
import { cause, moment, plain, short, words } from "../format.js";

export function modelsPanel() {
  draws(["models", "history", "latest"], draw);
}

function draw() {
  const question = get("models");
  const gone = missing(question, "Models");
  if (gone) return replace(body("models"), gone);
  const { models, champion, last_trained: trained, last_refused: refused } = question.data;
  const deployments = answer("history")?.deployments ?? [];
  const serving = answer("latest")?.champion;
  const first = deployments.find((one) => one.model === champion);
  const newest = models[0];
  replace(body("models"),
    h("div", { class: "facts-cards" },
      fact("Champion", champion ? h("code", { title: champion }, short(champion)) : "none yet", champion ? `serves from ${moment(serving?.serves_from ?? first?.serves_from)}` : "Forecasts are of the level baseline."),
      fact("Last training", trained ? moment(trained.at) : newest ? moment(newest.trained_at) : "none yet", trained ? `${plain(trained.rows)} rows; ${cause(trained.cause)}` : newest ? `${plain(newest.rows)} rows; ${cause(newest.cause)}` : "", trained?.alarms),
      fact("Last refusal", refused ? moment(refused.at) : "none heard of", refused ? `${cause(refused.cause)}` : "", refused?.reasons)),
    deployments.length || models.length ? h("ol", { class: "timeline", "aria-label": "What happened to models, the newest first" }, events(deployments, models, champion).slice(0, 24).map(event))
      : h("div", { class: "nothing" }, h("strong", {}, "No model yet"), h("p", {}, "The first training wants two weeks of features.")));
}

const fact = (name, value, detail, list) => h("div", { class: "fact-card" }, h("h3", { class: "small muted" }, name), h("strong", {}, value), detail ? h("p", { class: "small" }, detail) : null,
  list?.length ? h("ul", { class: "small" }, list.map((one) => h("li", {}, one))) : null);

// What served and what did not, in one line of time.
function events(deployments, models, champion) {
  const served = deployments.map((one) => ({ at: one.serves_from, kind: one.kind, model: one.model, of: one.previous, cause: one.cause, by: one.requested_by, reasons: one.reasons, serves: one.model === champion }));
  const refused = models.filter((one) => !one.promoted && !deployments.some((other) => other.model === one.hash)).map((one) => ({ at: one.trained_at, kind: "refused", model: one.hash, cause: one.cause, by: one.requested_by, reasons: one.reasons }));
  const all = [...served, ...refused].toSorted((a, b) => b.at - a.at);
  const current = all.findIndex((one) => one.serves);
  return all.map((one, place) => ({ ...one, serves: place === current }));
}

function event(one) {
  const word = { promoted: "promoted", rolled_back: "rolled back to", refused: "refused" }[one.kind] ?? words(one.kind);
  return h("li", { class: "event", "data-kind": one.kind, "data-serves": String(Boolean(one.serves)) },
    h("p", { class: "event-head" }, h("time", { class: "muted small", datetime: new Date(one.at).toISOString() }, moment(one.at)), " ",
      h("span", { class: "chip", "data-tone": { promoted: "ok", refused: "warn", rolled_back: "bad" }[one.kind] }, word), " ",
      h("code", { title: one.model }, short(one.model)), one.serves ? h("span", { class: "chip", "data-tone": "forecast" }, "champion") : null),
    h("p", { class: "small" }, `Because ${cause(one.cause)}; asked by ${words(one.by)}.`),
    one.reasons?.length ? h("ul", { class: "small muted" }, one.reasons.map((reason) => h("li", {}, reason))) : null);
}
