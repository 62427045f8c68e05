/** The lamps of a rig on a canvas: drawn when new bytes have come, and only what they say. */
import { useRef } from "react";
import { messages } from "../messages.js";
import type { DmxFrame } from "../rig/dmx-frame.js";
import { drawStage } from "../rig/draw-stage.js";
import type { Lamp } from "../rig/lamp.js";
import { planStage, type StagePlan } from "../rig/stage-plan.js";
import { Canvas, type Picture } from "./canvas.js";

export interface StageProps {
  name: string;
  lamps: readonly Lamp[];
  /** The newest bytes; undefined = none that could be believed. */
  frame(): DmxFrame | undefined;
}

interface Planned {
  lamps: readonly Lamp[];
  width: number;
  height: number;
  plan: StagePlan;
}

export function Stage({ name, lamps, frame }: StageProps) {
  const planned = useRef<Planned | undefined>(undefined);
  const draw = (picture: Picture) => {
    const { width, height } = picture;
    const old = planned.current;
    const isSame = old?.lamps === lamps && old.width === width && old.height === height;
    const present = isSame ? old : { lamps, width, height, plan: planStage(lamps, { width, height }) };
    planned.current = present;
    drawStage(picture, present.plan, frame());
  };
  return (
    <Canvas
      key={lamps.length}
      className="stage"
      label={messages.rig.label(name)}
      draw={draw}
      changes={() => frame() ?? "no bytes"}
    />
  );
}
