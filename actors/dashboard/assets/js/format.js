// Numbers and times for people. A thin space parts number and unit.

const THIN = "\u202f";
const MINUS = "\u2212";
const DASH = "–";
const grouped = new Map();

function number(value, digits) {
  if (!grouped.has(digits)) {
    grouped.set(digits, new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  const text = grouped.get(digits).format(value);
  // What rounds to nothing has no sign.
  return text.startsWith("-") ? (/[1-9]/.test(text) ? text.replace("-", MINUS) : text.slice(1)) : text;
}

const plus = (text, value) => (value > 0 && /[1-9]/.test(text) ? `+${text}` : text);
const known = (value) => typeof value === "number" && Number.isFinite(value);

/** A plain number. */
export const plain = (value, digits = 0) => (known(value) ? number(value, digits) : DASH);
/** A price: as many digits as say something. */
export const price = (value) => plain(value, Math.abs(value) >= 10_000 ? 0 : Math.abs(value) >= 100 ? 1 : 4);
/** A price to the cent. */
export const cents = (value) => plain(value, 2);
/** A share as per cent. */
export const percent = (value, digits = 1) => (known(value) ? `${number(100 * value, digits)}${THIN}%` : DASH);
/** A signed share as per cent. */
export const change = (value, digits = 2) => (known(value) ? `${plus(number(100 * value, digits), value)}${THIN}%` : DASH);
/** A signed number. */
export const signed = (value, digits = 2) => (known(value) ? plus(number(value, digits), value) : DASH);

/** How long a span is, in its two largest units. */
export function span(ms) {
  if (!known(ms)) return DASH;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}${THIN}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}${THIN}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 && hours < 10 ? `${hours}${THIN}h ${minutes % 60}${THIN}min` : `${hours}${THIN}h`;
  const days = Math.floor(hours / 24);
  return hours % 24 && days < 7 ? `${days}${THIN}d ${hours % 24}${THIN}h` : `${days}${THIN}d`;
}

const clockOf = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const yearOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** The time of day. */
export const clock = (ms) => (known(ms) ? clockOf.format(ms) : DASH);
/** The day. */
export const day = (ms) => (known(ms) ? dayOf.format(ms) : DASH);
/** Day and time; the year where it is another one. */
export function moment(ms) {
  if (!known(ms)) return DASH;
  const same = new Date(ms).getFullYear() === new Date().getFullYear();
  return `${(same ? dayOf : yearOf).format(ms)}, ${clockOf.format(ms)}`;
}
/** The time of day, with the day where it is another one. */
export const when = (ms) => (known(ms) && Math.abs(ms - Date.now()) < 43_200_000 ? clock(ms) : moment(ms));

/** A hash, short enough to be read. */
export const short = (hash) => (hash ? hash.slice(0, 8) : DASH);

/** A name with underscores, in words. */
export const words = (name) => String(name ?? DASH).replaceAll("_", " ");

const HORIZONS = { "15m": ["15 min", 900_000], "1h": ["1 hour", 3_600_000], "4h": ["4 hours", 14_400_000], "24h": ["24 hours", 86_400_000] };
/** The horizons, the nearest first. */
export const horizons = Object.keys(HORIZONS);
/** A horizon in words. */
export const horizon = (name) => HORIZONS[name]?.[0] ?? name;
/** A horizon in milliseconds. */
export const horizonMs = (name) => HORIZONS[name]?.[1] ?? 0;

const CAUSES = { no_champion: "no model served yet", schedule: "the schedule", skill_lost: "skill was lost", features_drifted: "the features drifted", person: "a person asked" };
/** Why something was done. */
export function cause(told) {
  if (!told) return DASH;
  const more = told.evidence ?? told.reason;
  return (CAUSES[told.kind] ?? words(told.kind)) + (more ? `: ${more}` : "");
}
