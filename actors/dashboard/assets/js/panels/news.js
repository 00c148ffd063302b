// What people write, and how it sounds.

import { body, h, s, missing, replace } from "../dom.js";
import { draws, get } from "../state.js";
import { moment, signed, when, words } from "../format.js";

export function newsPanel() {
  draws(["articles"], draw);
}

function draw() {
  const question = get("articles");
  const gone = missing(question, "News");
  if (gone) return replace(body("news"), gone);
  const { articles, readings } = question.data;
  const scored = articles.filter((one) => one.sentiment);
  const mean = scored.reduce((sum, one) => sum + one.sentiment.score, 0) / (scored.length || 1);
  const fear = readings?.find((one) => one.name === "fear_greed");
  replace(body("news"),
    h("div", { class: "gauges" },
      scored.length ? gauge("Mean sentiment", signed(mean), (mean + 1) / 2, `of ${scored.length} texts; −1 bad … +1 good`) : null,
      fear ? gauge("Fear & greed", String(Math.round(fear.value)), fear.value / 100, `0 fear … 100 greed; ${moment(fear.at)}`) : null),
    articles.length ? h("ol", { class: "articles", tabindex: "0", role: "list", "aria-label": "News, the newest first", "data-key": "articles" }, articles.map(article))
      : h("div", { class: "nothing" }, h("strong", {}, "No news yet"), h("p", {}, "News are read where the market is live; a recorded or simulated one has none.")));
}

function gauge(name, value, share, meaning) {
  return h("div", { class: "gauge" }, h("span", { class: "muted small" }, name), h("strong", {}, value),
    s("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" }, s("rect", { x: 0, y: 2, width: 100, height: 4, rx: 2, class: "track" }), s("rect", { x: Math.min(98, 100 * share), y: 0, width: 2, height: 8, class: "tick" })),
    h("span", { class: "muted small" }, meaning));
}

function article(one) {
  const link = safe(one.url);
  const score = one.sentiment?.score;
  const tone = score === undefined ? "none" : score > 0.15 ? "good" : score < -0.15 ? "bad" : "even";
  const mood = { good: "sounds good for the price", bad: "sounds bad for the price", even: "sounds neutral", none: "not judged" }[tone];
  const title = one.title || `a post on ${words(one.source)}`;
  const at = one.published ?? one.ingest_time;
  return h("li", { class: "article" },
    h("span", { class: "mood", "data-tone": tone, title: one.sentiment ? `${mood}, judged by ${words(one.sentiment.method)}` : mood },
      { good: "▲", bad: "▼", even: "■", none: "·" }[tone], " ", score === undefined ? "" : signed(score, 1),
      h("span", { class: "hidden-text" }, mood)),
    h("div", {},
      link ? h("a", { href: link, target: "_blank", rel: "noopener noreferrer", "data-key": `article-${one.id}` }, title) : h("span", {}, title),
      h("p", { class: "muted small" }, words(one.source), " · ", h("time", { datetime: iso(at) }, when(at)), one.kind === "post" ? " · post" : "")));
}

// A link of somebody else's leads to a web page, or nowhere.
function safe(text) {
  try {
    const url = new URL(text);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const iso = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
