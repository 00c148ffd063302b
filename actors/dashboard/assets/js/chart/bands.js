// What is drawn behind the candles: the fan of what may come, and the bands of what was said to come.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** Bands as a primitive of a series. Times are in milliseconds; `grid` says where they are on the axis. */
export class Bands {
  #chart; #series; #update;
  #shown = { fan: [], past: [], misses: [], grid: null, colours: {} };

  attached({ chart, series, requestUpdate }) {
    this.#chart = chart;
    this.#series = series;
    this.#update = requestUpdate;
  }

  detached() { this.#chart = null; }

  show(shown) {
    this.#shown = { ...this.#shown, ...shown };
    this.#update?.();
  }

  updateAllViews() {}

  paneViews() {
    const view = (order, draw) => {
      const renderer = { draw: (target) => target.useBitmapCoordinateSpace((scope) => this.#shown.grid && this.#chart && draw(scope, this.#scales(scope))) };
      return { zOrder: () => order, renderer: () => renderer };
    };
    return [view("bottom", (scope, scales) => this.#areas(scope, scales)), view("top", (scope, scales) => this.#marks(scope, scales))];
  }

  /** The fan belongs to the picture: the axis makes room for what of it is in view. */
  autoscaleInfo(from, to) {
    const { fan, past, grid } = this.#shown;
    if (!grid) return null;
    const inside = [...fan, ...past].filter((one) => { const at = this.#logical(one.at); return at >= from - 1 && at <= to + 1; });
    if (inside.length === 0) return null;
    const wide = (one) => this.#logical(one.at) <= to + 1;
    return { priceRange: { minValue: Math.min(...inside.filter(wide).map((one) => one.q[0])), maxValue: Math.max(...inside.filter(wide).map((one) => one.q[4])) } };
  }

  // A bar's middle is at a whole number: its ends are half a bar away.
  #logical(at) {
    const { grid } = this.#shown;
    return (at - grid.from) / grid.step - 0.5;
  }

  #scales({ horizontalPixelRatio: rx, verticalPixelRatio: ry }) {
    const scale = this.#chart.timeScale();
    // The axis knows whole bars only.
    const [origin, width] = [scale.logicalToCoordinate(0), scale.logicalToCoordinate(1) - scale.logicalToCoordinate(0)];
    const x = (at) => (origin + this.#logical(at) * width) * rx;
    return { x, y: (price) => this.#series.priceToCoordinate(price) * ry };
  }

  #areas({ context }, { x, y }) {
    const { fan, past, grid, colours } = this.#shown;
    const band = (points, low, high, colour) => {
      if (points.length < 2) return;
      context.beginPath();
      points.forEach((one, place) => context[place ? "lineTo" : "moveTo"](x(one.at), y(one.q[high])));
      points.toReversed().forEach((one) => context.lineTo(x(one.at), y(one.q[low])));
      context.closePath();
      context.fillStyle = colour;
      context.fill();
    };
    for (const run of past.length ? runs(past, grid.gap) : []) {
      band(run, 0, 4, colours.past95);
      band(run, 1, 3, colours.past80);
    }
    band(fan, 0, 4, colours.fan95);
    band(fan, 1, 3, colours.fan80);
  }

  #marks({ context, horizontalPixelRatio: rx, verticalPixelRatio: ry }, { x, y }) {
    const { fan, misses, colours } = this.#shown;
    if (fan.length > 1) {
      context.beginPath();
      fan.forEach((one, place) => context[place ? "lineTo" : "moveTo"](x(one.at), y(one.q[2])));
      context.strokeStyle = colours.median;
      context.lineWidth = 1.5 * rx;
      context.setLineDash([5 * rx, 3 * rx]);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = colours.median;
      context.font = `${colours.type * ry}px system-ui, sans-serif`;
      for (const one of fan.filter((point) => point.label)) {
        context.beginPath();
        context.arc(x(one.at), y(one.q[2]), 3 * rx, 0, 7);
        context.fill();
        context.textAlign = one === fan.at(-1) ? "right" : "center";
        if (one.named) context.fillText(one.label, x(one.at), y(one.q[4]) - 5 * ry);
      }
    }
    for (const { at, price, far } of misses) {
      const [mx, my, size] = [x(at), y(price), (far ? 4.5 : 3) * rx];
      context.beginPath();
      if (far) {
        context.moveTo(mx, my - size); context.lineTo(mx + size, my); context.lineTo(mx, my + size); context.lineTo(mx - size, my); context.closePath();
        context.fillStyle = colours.miss;
        context.fill();
      } else {
        context.arc(mx, my, size, 0, 7);
        context.strokeStyle = colours.miss;
        context.lineWidth = 1.4 * rx;
        context.stroke();
      }
    }
  }
}

// Where forecasts are missing, there is no band between their neighbours.
function runs(points, gap) {
  const found = [[points[0]]];
  for (const one of points.slice(1)) {
    const last = found.at(-1);
    if (one.at - last.at(-1).at > gap) found.push([one]);
    else last.push(one);
  }
  return found;
}

/** Points of a fan between its horizons: spread grows with the square root of time. */
export function fanOf(from, price, horizons) {
  const start = { at: from, q: Array(5).fill(price) };
  const points = [start];
  let before = start;
  for (const one of horizons) {
    const [a, b] = [Math.sqrt(before.at - from), Math.sqrt(one.at - from)];
    for (let part = 1; part <= 8; part += 1) {
      const root = a + ((b - a) * part) / 8;
      const share = clamp((root - a) / (b - a), 0, 1);
      const q = one.q.map((value, place) => before.q[place] + (value - before.q[place]) * share);
      points.push(part === 8 ? one : { at: from + root * root, q });
    }
    before = one;
  }
  return points;
}
