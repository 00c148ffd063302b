// The candles, on an axis that goes on into the time that forecasts speak of.

import { CandlestickSeries, ColorType, CrosshairMode, LineStyle, createChart } from "/vendor/lightweight-charts/lightweight-charts.js";
import { Bands } from "./bands.js";
import { clock, day, moment, price } from "../format.js";

const AHEAD = 86_400_000;

// Small type, in pixels: a canvas knows no other.
const typeSize = () => Math.round(0.74 * parseFloat(getComputedStyle(document.documentElement).fontSize));

/** The colours of the page as a canvas needs them. */
function colours(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  // Forced colours would make one colour of all: pictures keep theirs, as the legend does.
  probe.style.forcedColorAdjust = "none";
  element.append(probe);
  const of = (name, share = 1) => {
    probe.style.color = share < 1 ? `color-mix(in srgb, var(--${name}) ${100 * share}%, transparent)` : `var(--${name})`;
    return rgba(getComputedStyle(probe).color);
  };
  const found = {
    text: of("muted"), line: of("grid"), up: of("rise"), down: of("fall"), last: of("text"),
    bands: { fan95: of("forecast", 0.16), fan80: of("forecast", 0.28), median: of("forecast"), past95: of("past", 0.13), past80: of("past", 0.2), miss: of("miss"), type: typeSize() },
  };
  probe.remove();
  return found;
}

// Mixed colours are computed as color(srgb …), which not every canvas reads.
function rgba(text) {
  const parts = /^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.e-]+))?\)$/.exec(text);
  if (!parts) return text;
  const [r, g, b] = parts.slice(1, 4).map((part) => Math.round(255 * Number(part)));
  return `rgba(${r}, ${g}, ${b}, ${parts[4] ?? 1})`;
}

// The library's days begin at UTC's midnight, which is an hour of the day where one is.
function tick(time, kind) {
  const at = new Date(time * 1000);
  if (kind >= 3) return clock(time * 1000);
  return at.getHours() + at.getMinutes() ? `${day(time * 1000)} ${clock(time * 1000)}` : day(time * 1000);
}

/** A chart in an element; `hover` is told of the bar below the pointer. */
export function candleChart(element, hover) {
  const bands = new Bands();
  const chart = createChart(element, {
    autoSize: true,
    // Its logo would bring a style of its own, which the page's policy forbids; the footer names it and links to it.
    layout: { attributionLogo: false, background: { type: ColorType.Solid, color: "transparent" }, fontSize: typeSize(), fontFamily: "system-ui, sans-serif" },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.06 } },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, minBarSpacing: 1, tickMarkFormatter: tick },
    crosshair: { mode: CrosshairMode.Magnet },
    localization: { timeFormatter: (time) => moment(time * 1000), priceFormatter: price },
    handleScroll: { vertTouchDrag: false },
  });
  const series = chart.addSeries(CandlestickSeries, { borderVisible: false, priceLineStyle: LineStyle.Dotted });
  series.attachPrimitive(bands);
  let [framed, step, known, places] = ["", 0, new Map(), 0];
  // Who has moved the picture has chosen what to see; for all others it is what fits, however the window changes.
  let moved = false;
  chart.subscribeCrosshairMove(({ time }) => hover(time === undefined ? null : known.get(time)));

  const paint = () => {
    const of = colours(element);
    chart.applyOptions({
      layout: { textColor: of.text },
      grid: { vertLines: { color: of.line }, horzLines: { color: of.line } },
      crosshair: { vertLine: { labelBackgroundColor: of.text }, horzLine: { labelBackgroundColor: of.text } },
    });
    series.applyOptions({ upColor: of.up, downColor: of.down, wickUpColor: of.up, wickDownColor: of.down, priceLineColor: of.last });
    bands.show({ colours: of.bands });
  };
  paint();
  addEventListener("wick-theme", paint);

  const view = {
    /** Shows bars, and what was and is said of them. */
    show(bars, width, { fan, past, misses }) {
      if (bars.length === 0) return;
      step = width;
      const [first, last] = [bars[0].at, bars.at(-1).at];
      const there = new Map(bars.map((bar) => [bar.at, bar]));
      // Holes have places of their own.
      places = (last - first) / step + 1;
      known = new Map(bars.map((bar) => [bar.at / 1000, bar]));
      const data = [];
      for (let at = first; at <= last + AHEAD + step; at += step) {
        const bar = there.get(at);
        data.push(bar ? { time: at / 1000, open: bar.open, high: bar.high, low: bar.low, close: bar.close } : { time: at / 1000 });
      }
      series.setData(data);
      bands.show({ fan, past, misses, grid: { from: first, step, gap: Math.max(step, 900_000) * 4.5 } });
      const frame = String(step);
      if (framed !== frame) {
        framed = frame;
        view.frame();
      }
    },
    /** Shows the last day or so, and the time ahead. */
    frame() {
      moved = false;
      const ahead = Math.ceil(AHEAD / step) + 2;
      const room = Math.floor(element.clientWidth / 5.5);
      const behind = Math.max(Math.round(ahead * 0.6), Math.min(room - ahead, 48 * 4));
      chart.timeScale().setVisibleLogicalRange({ from: Math.max(-1, places - behind), to: places + ahead });
    },
  };
  for (const kind of ["wheel", "pointerdown"]) element.addEventListener(kind, () => { moved = true; }, { passive: true });
  new ResizeObserver(() => { if (step && !moved) view.frame(); }).observe(element);
  return view;
}
