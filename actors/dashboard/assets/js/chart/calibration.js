// A reliability diagram: how often the price rose, of the forecasts that said about the same.

import { s } from "../dom.js";
import { percent } from "../format.js";

/** Bins of about as many forecasts each, with the 95 % interval (Wilson) of their shares. */
export function bins(pairs, most = 8) {
  const sorted = pairs.toSorted((a, b) => a.p - b.p);
  const count = Math.max(1, Math.min(most, Math.floor(sorted.length / 20)));
  const found = [];
  let from = 0;
  while (from < sorted.length) {
    let to = Math.min(sorted.length, from + Math.ceil(sorted.length / count));
    // Who said the same is not told apart; what would be left over is too few.
    while (to < sorted.length && (sorted[to].p - sorted[to - 1].p < 1e-4 || sorted.length - to < 10)) to += 1;
    const part = sorted.slice(from, to);
    from = to;
    const n = part.length;
    const p = part.reduce((sum, one) => sum + one.p, 0) / n;
    const share = part.filter((one) => one.up).length / n;
    const z = 1.96;
    const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
    const reach = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
    found.push({ p, share, n, low: middle - reach, high: middle + reach });
  }
  return found;
}

// A scale around what there is, and around the coin, with four or five marks.
function axis(values, least) {
  const [min, max] = [Math.min(0.5 - least, ...values), Math.max(0.5 + least, ...values)];
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].find((one) => (max - min) / one <= 5.5) ?? 0.25;
  const low = Math.max(0, Math.floor(min / step + 1e-9) * step);
  const high = Math.min(1, Math.ceil(max / step - 1e-9) * step);
  return { low, high, digits: 0, marks: Array.from({ length: Math.round((high - low) / step) + 1 }, (_, place) => low + place * step) };
}

/** The diagram, on the part of the square where there are forecasts. */
export function diagram(found, label) {
  const [width, height, left, right, top, bottom] = [360, 250, 44, 12, 10, 36];
  const said = axis(found.map((bin) => bin.p), 0.03);
  const came = axis(found.flatMap((bin) => [bin.low, bin.high]), 0.05);
  const x = (p) => left + ((p - said.low) / (said.high - said.low)) * (width - left - right);
  const y = (p) => height - bottom - ((p - came.low) / (came.high - came.low)) * (height - top - bottom);
  // What was said and what came are the same here.
  const [from, to] = [Math.max(said.low, came.low), Math.min(said.high, came.high)];
  return s("svg", { class: "diagram", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    said.marks.map((mark) => [
      s("line", { x1: x(mark), x2: x(mark), y1: top, y2: height - bottom, class: "grid-line" }),
      s("text", { x: x(mark), y: height - bottom + 14, "text-anchor": "middle" }, percent(mark, said.digits)),
    ]),
    came.marks.map((mark) => [
      s("line", { x1: left, x2: width - right, y1: y(mark), y2: y(mark), class: "grid-line" }),
      s("text", { x: left - 6, y: y(mark) + 3.5, "text-anchor": "end" }, percent(mark, came.digits)),
    ]),
    s("line", { x1: x(from), y1: y(from), x2: x(to), y2: y(to), class: "ideal" }),
    s("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, "said: probability of a rise"),
    s("text", { x: 11, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 11 ${(top + height - bottom) / 2})` }, "came: share of rises"),
    found.map((bin) => [
      s("line", { x1: x(bin.p), x2: x(bin.p), y1: y(bin.low), y2: y(bin.high), class: "whisker" }),
      s("circle", { cx: x(bin.p), cy: y(bin.share), r: 4.5, class: "dot-forecast" },
        s("title", {}, `said ${percent(bin.p)}, came ${percent(bin.share)} of ${bin.n}`)),
    ]));
}
