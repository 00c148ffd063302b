// The actors as a graph: a node each, an edge for each stream between two of them.

import { s } from "../dom.js";
import { plain, span, words } from "../format.js";

// Column and row of each, on a wide and on a narrow panel.
const WIDE = { fetcher: [0, 0], validator: [1, 0], feature_builder: [2, 0], predictor: [3, 0], drift_monitor: [4, 0], trainer: [3, 1], gateway: [4, 1], operator: [1, 1] };
const NARROW = { fetcher: [0, 0], validator: [1, 0], feature_builder: [1, 1], predictor: [0, 1], drift_monitor: [0, 2], trainer: [1, 2], gateway: [0, 3], operator: [1, 3] };
const [W, H] = [150, 84];
const HEALTH = { ok: ["●", "ok"], behind: ["▲", "behind"], away: ["✕", "away"] };

/** The graph, in so much room: in units, of which a node is 150 wide. */
export function graph(actors, room) {
  const narrow = room < 640;
  const places = { ...(narrow ? NARROW : WIDE) };
  const [gapX, gapY] = narrow ? [34, 46] : [Math.min(150, Math.max(26, (room - 8 - 5 * W) / 4)), 56];
  const here = actors.filter((one) => places[one.actor]);
  const strange = actors.filter((one) => !places[one.actor]);
  strange.forEach((one, place) => { places[one.actor] = narrow ? [place % 2, 4 + Math.floor(place / 2)] : [place, 2]; });
  const spots = new Map([...here, ...strange].map((one) => [one.actor, { column: places[one.actor][0], x: places[one.actor][0] * (W + gapX) + 4, y: places[one.actor][1] * (H + gapY) + 20 }]));
  const edges = edgesOf(actors);
  const columns = Math.max(...[...spots.values()].map((spot) => spot.x)) + W + 4;
  const rows = Math.max(...[...spots.values()].map((spot) => spot.y)) + H + 14;
  const label = `${actors.length} actors: ${actors.map((one) => `${words(one.actor)} ${one.health}`).join(", ")}`;
  return s("svg", { class: "graph", viewBox: `0 0 ${columns} ${rows}`, role: "img", "aria-label": label },
    s("defs", {}, s("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: "auto-start-reverse" }, s("path", { d: "M0 0 8 4 0 8z", class: "arrow" }))),
    edges.map(([from, to, topics]) => edge(spots.get(from), spots.get(to), topics)),
    actors.map((one) => node(one, spots.get(one.actor))));
}

function edgesOf(actors) {
  const found = new Map();
  for (const from of actors) {
    for (const to of actors) {
      const topics = from.actor === to.actor ? [] : from.publishes.filter((topic) => to.reads.includes(topic));
      if (topics.length) found.set(`${from.actor}>${to.actor}`, [from.actor, to.actor, topics]);
    }
  }
  return [...found.values()];
}

// From the side that faces the other, in a curve; neighbours by a straight line.
function edge(a, b, topics) {
  const [ca, cb] = [{ x: a.x + W / 2, y: a.y + H / 2 }, { x: b.x + W / 2, y: b.y + H / 2 }];
  const [dx, dy] = [cb.x - ca.x, cb.y - ca.y];
  let path;
  if (Math.abs(dy) < 1 && Math.abs(a.column - b.column) === 1) {
    const side = Math.sign(dx);
    path = `M${ca.x + (side * W) / 2} ${ca.y} L${cb.x - (side * W) / 2 - side * 2} ${cb.y}`;
  } else if (Math.abs(dy) < 1) {
    const lift = a.y - 10;
    path = `M${ca.x} ${a.y} C${ca.x} ${lift - 4} ${cb.x} ${lift - 4} ${cb.x} ${b.y - 2}`;
  } else {
    const side = Math.sign(dy);
    const shift = Math.sign(dx) * 36;
    const [y1, y2] = [ca.y + (side * H) / 2, cb.y - (side * H) / 2 - side * 2];
    path = `M${ca.x + shift} ${y1} C${ca.x + shift} ${(y1 + y2) / 2} ${cb.x - shift} ${(y1 + y2) / 2} ${cb.x - shift} ${y2}`;
  }
  return s("path", { d: path, class: "edge", "marker-end": "url(#arrow)" }, s("title", {}, topics.join(", ")));
}

function node(one, { x, y }) {
  const [mark, word] = HEALTH[one.health] ?? ["○", one.health];
  const lag = `${one.lag === null ? "?" : plain(one.lag)} behind, ${plain(one.pending)} open`;
  const age = one.behind_ms === null ? "" : `${span(one.behind_ms)} behind`;
  return s("g", { class: "node", "data-health": one.health, transform: `translate(${x} ${y})` },
    s("title", {}, `${words(one.actor)}: ${word}${one.holder ? `, at work: ${one.holder}` : ", not at work"}`),
    s("rect", { width: W, height: H, rx: 10 }),
    s("text", { x: 12, y: 23, class: "node-name" }, words(one.actor)),
    s("text", { x: 12, y: 43, class: "node-health" }, `${mark} ${word}`),
    s("text", { x: W - 12, y: 43, "text-anchor": "end", class: "node-small" }, age ? span(one.behind_ms) : ""),
    s("text", { x: 12, y: 60, class: "node-small" }, `lag ${one.lag === null ? "?" : plain(one.lag)}`),
    s("text", { x: 12, y: 74, class: "node-small" }, `pending ${plain(one.pending)}`),
    s("desc", {}, `${lag} ${age}`));
}
