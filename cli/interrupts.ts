// Ctrl-C: the first lets the stretch under way finish, so that it can be saved; the second ends at once.

import { EXIT } from "./failure.ts";
import { note } from "./say.ts";

export class Interrupts {
  asked = false;
  private readonly listener: () => void;

  constructor() {
    this.listener = () => this.interrupt();
    process.on("SIGINT", this.listener);
    process.on("SIGTERM", this.listener);
  }

  private interrupt(): void {
    if (this.asked) process.exit(EXIT.interrupted);
    this.asked = true;
    note("\nstopping after this step; again to stop at once");
  }

  /** Lets signals and the terminal have their turn. */
  pause(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  stop(): void {
    process.off("SIGINT", this.listener);
    process.off("SIGTERM", this.listener);
  }
}
