// Dawn's binding for Node looks for finished work each time that Node is idle, which takes a whole core from a driver that computes on
// the processor. Here it looks once a millisecond.

const PAUSE = 1;

const immediately = globalThis.setImmediate;
const later = globalThis.setTimeout;

/** Only what native code asks for waits: JavaScript's own calls stay what they are. */
export function pollPatiently(): void {
  const patiently = (ask: (...given: unknown[]) => void, ...given: unknown[]): unknown =>
    isOfBinding(ask) ? later(ask, PAUSE, ...given) : immediately(ask, ...given);
  globalThis.setImmediate = Object.assign(patiently, immediately) as typeof setImmediate;
}

/** Functions of the engine itself, such as a promise's `resolve`, have native code, too, but no prototype. */
const isOfBinding = (called: unknown): boolean =>
  Object.hasOwn(Object(called), "prototype") &&
  /\{\s*\[native code\]\s*\}/.test(Function.prototype.toString.call(called));
