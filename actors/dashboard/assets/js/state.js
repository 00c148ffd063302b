// What is known, and who wants to hear of it.

const values = new Map();
const listeners = [];
let waiting = new Set();

/** What is known of something. */
export const get = (name) => values.get(name);

/** Says something new. Those who want to hear of it do so at the next frame, once for all that was said until then. */
export function set(name, value) {
  values.set(name, value);
  if (waiting.size === 0) (document.hidden ? setTimeout : requestAnimationFrame)(tell);
  waiting.add(name);
}

function tell() {
  const said = waiting;
  waiting = new Set();
  for (const { names, draw } of listeners) if (names.some((name) => said.has(name))) attempt(draw);
}

/** Draws now, and again whenever one of these changes. */
export function draws(names, draw) {
  listeners.push({ names, draw });
  attempt(draw);
}

// One panel that fails takes no other with it.
function attempt(draw) {
  try {
    draw();
  } catch (error) {
    console.error(error);
  }
}

/** The answer to a question where there is one, else `undefined`. */
export const answer = (name) => values.get(name)?.data;

let skew = 0;
/** Takes the house's clock for the time, whatever this device believes. */
export function setClock(now) {
  if (Number.isFinite(now)) skew = now - Date.now();
}
/** What time it is in the house. */
export const now = () => Date.now() + skew;
