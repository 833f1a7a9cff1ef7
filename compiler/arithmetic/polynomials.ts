// The polynomials that every target computes its functions by, so that engines agree: coefficients, highest first.
// Fitted for the least relative error, or series of a known remainder.

export type Polynomial = readonly number[];

/** x P(x^2) / Q(x^2) from -end to end, where the value is as good as 1. */
export interface Odd {
  readonly end: number;
  readonly top: Polynomial;
  readonly bottom: Polynomial;
}

/** e^r for r from 0 to ln 2. */
export const EXP: Polynomial = [
  0.0019487797981128097, 0.007792254444211721, 0.041915006935596466, 0.16661012172698975, 0.500005841255188,
  0.9999998211860657, 1,
];

/** log m = t times this in t^2, for t = (m - 1)/(m + 1) with m from sqrt(1/2) to sqrt(2): the series of 2 artanh t. */
export const LOG: Polynomial = [2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];
/** The same for m from 1 to 2. */
export const LOG1P: Polynomial = [2 / 15, 2 / 13, 2 / 11, 2 / 9, 2 / 7, 2 / 5, 2 / 3, 2];

export const TANH: Odd = {
  end: 9.02,
  top: [1.3318488534252992e-8, 2.0583051082212478e-5, 0.00349400844424963, 0.13379696011543274, 1],
  bottom: [7.761777851555962e-7, 0.00032830500276759267, 0.025870973244309425, 0.4671301245689392, 1],
};

export const ERF: Odd = {
  end: 3.92,
  top: [
    2.0500781374721555e-6, 0.0002848769654519856, 0.0037654710467904806, 0.052748262882232666, 0.19040343165397644,
    1.1283791065216064,
  ],
  bottom: [
    3.809131885645911e-5, 0.0011624954640865326, 0.014968925155699253, 0.11410780251026154, 0.5020734071731567, 1,
  ],
};

/** sin r = r times this in r^2, for r from -pi/2 to pi/2. */
export const SINE: Polynomial = [
  2.605762574603432e-6, -0.00019809594959951937, 0.00833306647837162, -0.16666659712791443, 1,
];
/** pi in three parts, of which the first two have few bits, so that their products with n are exact. */
export const PI: readonly number[] = [3.140625, 9.67502593994140625e-4, 1.509957990978376432e-7];
/** Up to here three parts of pi are enough. */
export const NEAR = 8192;
