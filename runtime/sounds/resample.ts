// In: samples at one rate. Out: the same sound at another, by a sinc with a Hann window over ZEROS of its zeros to each side; what the new
// rate cannot hold is filtered out first (Smith, Digital Audio Resampling).
// Invariant: the same numbers on every machine, up to the rounding of its sine; beyond the ends is silence.

const ZEROS = 16;

export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const made = new Float32Array(Math.max(1, Math.round((samples.length * to) / from)));
  /** Of the band that both rates hold. */
  const band = Math.min(1, to / from);
  const reach = ZEROS / band;
  for (let i = 0; i < made.length; i++) {
    const centre = (i * from) / to;
    const [first, last] = [
      Math.max(0, Math.ceil(centre - reach)),
      Math.min(samples.length - 1, Math.floor(centre + reach)),
    ];
    let sum = 0;
    for (let k = first; k <= last; k++) sum += samples[k]! * band * kernel((k - centre) * band);
    made[i] = sum;
  }
  return made;
}

/** The sinc at t of its zeros, within its window. */
function kernel(t: number): number {
  if (t === 0) return 1;
  const angle = Math.PI * t;
  return (Math.sin(angle) / angle) * (0.5 + 0.5 * Math.cos(angle / ZEROS));
}
