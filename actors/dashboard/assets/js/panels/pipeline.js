// The actors and the streams between them: who is at work, and who is behind.

import { body, h, missing, nothing, numbers, replace } from "../dom.js";
import { draws, get, set } from "../state.js";
import { moment, plain, span, words } from "../format.js";
import { graph } from "../chart/graph.js";

export function pipelinePanel() {
  draws(["pipeline", "pipelineRoom"], draw);
  new ResizeObserver(([entry]) => {
    // A node grows with the type of the page.
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 15;
    const room = Math.floor(entry.contentRect.width / unit / 20) * 20;
    if (room !== get("pipelineRoom")) set("pipelineRoom", room);
  }).observe(document.getElementById("pipeline"));
}

let known = null;

function draw() {
  const question = get("pipeline");
  const gone = missing(question, "The pipeline");
  if (gone) return replace(body("pipeline"), gone);
  const connected = question.data.bus_connected;
  // A bus that does not answer says nothing of anybody.
  if (connected) known = question.data;
  if (!known) return replace(body("pipeline"), nothing("The pipeline: nothing known yet", "The bus does not answer."));
  const { actors, streams } = known;
  const ill = actors.filter((one) => one.health !== "ok");
  const dead = streams.reduce((sum, one) => sum + one.dead, 0);
  const text = !connected ? "The bus does not answer: this is what was last known." : ill.length ? `Not as they should be: ${ill.map((one) => `${words(one.actor)} (${one.health})`).join(", ")}.` : `All ${actors.length} actors are at work and up to date.`;
  replace(body("pipeline"),
    h("p", { class: "note", "data-tone": connected && !ill.length ? "ok" : "warn" }, text, dead ? ` ${plain(dead)} dead letters wait for a person.` : ""),
    graph(actors, get("pipelineRoom") ?? 800),
    h("p", { class: "note" }, "Right of the health: how far the actor’s output is behind the newest candle. Lag: messages not read yet; pending: read, not finished."),
    numbers("pipeline-actors", "Actors", ["Actor", "Health", "At work", "Lag", "Pending", "Complete to", "Behind"], actors.map((one) => [words(one.actor), one.health, one.at_work ? "yes" : "no", plain(one.lag), plain(one.pending), moment(one.complete_to), span(one.behind_ms)])),
    numbers("pipeline-streams", "Streams", ["Stream", "Entries", "Dead", "Complete to", "Age", "Readers: lag, pending"], streams.map((one) => [h("code", {}, one.topic), plain(one.entries), plain(one.dead), moment(one.complete_to), span(one.age_ms), one.groups.map((group) => `${words(group.group)} ${plain(group.lag)}, ${plain(group.pending)}`).join("; ") || "–"])));
  const captions = body("pipeline").querySelectorAll("details.numbers > summary");
  ["Actors as a table", "Streams as a table"].forEach((caption, place) => { if (captions[place]) captions[place].textContent = caption; });
}
