// All that shows a model while it is trained, as one: what they want to be computed, and what they draw of it.

import type { LabFacts, Views, Wanted } from "../../lab/protocol.ts";
import { AskView } from "./ask.ts";
import { MapViews } from "./maps.ts";
import { PlaneView } from "./plane.ts";
import { TryView } from "./tryit.ts";
import { UnitsView } from "./units.ts";

export class ModelViews {
  readonly plane: PlaneView;
  readonly pad: TryView;
  private readonly ask: AskView;
  private readonly units: UnitsView;
  private readonly maps: MapViews;

  constructor(changed: () => void) {
    this.plane = new PlaneView(() => this.units.release());
    this.pad = new TryView(changed);
    this.ask = new AskView(changed);
    this.units = new UnitsView((unit) => this.plane.choose(unit));
    this.maps = new MapViews();
  }

  get wanted(): Wanted {
    const { plane } = this.plane;
    const { row } = this.pad;
    const { answers } = this.ask;
    return {
      ...(plane ? { plane, units: true } : {}),
      ...(answers ? { answers } : {}),
      ...(row ? { row, activations: true, filters: true } : {}),
    };
  }

  open(facts: LabFacts): void {
    this.plane.open(facts);
    this.units.open(facts);
    this.pad.open(facts);
    this.ask.open(facts);
    this.maps.open(facts);
  }

  show(views: Views): void {
    this.plane.show(views);
    this.units.show(views);
    this.pad.show(views);
    this.ask.show(views);
    this.maps.show(views);
  }

  /** In the colours of now. */
  draw(): void {
    this.plane.draw();
    this.units.draw();
    this.maps.draw();
  }
}
