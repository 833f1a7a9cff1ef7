// The flags of `dnn train`, as the command line gives them.

export interface TrainFlags {
  readonly only?: string;
  readonly data: readonly string[];
  readonly set: readonly string[];
  readonly epochs?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly splitSeed?: number;
  readonly device: string;
  readonly threads?: number;
  readonly revec: boolean;
  readonly precision: string;
  readonly out?: string;
  readonly resume?: string;
  readonly weights?: string;
  readonly json?: boolean;
}
