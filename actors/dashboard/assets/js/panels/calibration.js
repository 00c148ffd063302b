// Whether what was said to happen so often happened so often.

import { body, choice, h, missing, numbers, replace, tools } from "../dom.js";
import { draws, get, set } from "../state.js";
import { load } from "../api.js";
import { horizon, horizons, percent, plain } from "../format.js";
import { bins, diagram } from "../chart/calibration.js";

export function calibrationPanel() {
  tools("calibration", choice("calibrated", "Horizon", horizons.map((name) => [name, name]), "1h", (name) => {
    set("calibrated", name);
    load(name === "1h" ? "past" : "settled");
  }));
  draws(["past", "settled", "calibrated"], draw);
}

function draw() {
  const name = get("calibrated") ?? "1h";
  const question = get(name === "1h" ? "past" : "settled");
  const gone = missing(question, "Outcomes");
  if (gone) return replace(body("calibration"), gone);
  const forecasts = question.data.forecasts.filter((one) => one.horizon === name && one.outcome);
  if (forecasts.length < 20) {
    return replace(body("calibration"), h("div", { class: "nothing" }, h("strong", {}, "Too few outcomes"), h("p", {}, `${forecasts.length} forecasts for ${horizon(name)} are over; a diagram wants 20.`)));
  }
  const found = bins(forecasts.map((one) => ({ p: one.p_up, up: one.outcome.up })));
  const said = forecasts.reduce((sum, one) => sum + one.p_up, 0) / forecasts.length;
  const came = forecasts.filter((one) => one.outcome.up).length / forecasts.length;
  const text = `Of the last ${plain(forecasts.length)} forecasts for ${horizon(name)} that are over: on average ${percent(said)} up was said, ${percent(came)} rose.`;
  replace(body("calibration"),
    h("p", { class: "note" }, text),
    diagram(found, `Reliability diagram. ${text}`),
    h("p", { class: "note" }, "On the dashed line what was said is what came. Whiskers are 95\u202f% intervals", name === "15m" ? "." : "; neighbouring outcomes overlap in time, so they are too narrow."),
    numbers("calibration-numbers", "Reliability by bin", ["Said", "Came", "95\u202f% interval", "Forecasts"], found.map((bin) => [percent(bin.p), percent(bin.share), `${percent(bin.low)} … ${percent(bin.high)}`, plain(bin.n)])));
}
