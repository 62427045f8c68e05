/** A canvas that knows its size in CSS pixels and its colours, drawn at every frame. */
import { useEffect, useRef } from "react";
import { useFrame } from "../context.js";
import { colour, onThemeChange } from "../theme.js";

export type Palette = Record<"beat" | "down" | "ink" | "muted" | "line" | "surface", string>;

export interface Picture {
  context: CanvasRenderingContext2D;
  width: number;
  height: number;
  palette: Palette;
  cloudUs: number;
}

export interface CanvasProps {
  className: string;
  /** Canvases say nothing by themselves: this is what a screen reader gets. */
  label: string;
  draw(picture: Picture): void;
  /** Draws only when this, the size or the colours have changed; absent = at every frame. */
  changes?(cloudUs: number): unknown;
}

export function Canvas({ className, label, draw, changes }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = useRef<Palette | undefined>(undefined);
  const drawn = useRef<unknown>(undefined);

  useEffect(() => {
    const read = () => {
      palette.current = readPalette();
      drawn.current = undefined;
    };
    read();
    return onThemeChange(read);
  }, []);

  useFrame((cloudUs) => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !palette.current) return;
    const next = changes?.(cloudUs);
    if (changes && next === drawn.current && isFitting(canvas.current)) return;
    drawn.current = next;
    const size = fit(canvas.current, context);
    draw({ context, ...size, palette: palette.current, cloudUs });
  });

  return <canvas ref={canvas} className={className} role="img" aria-label={label} />;
}

const bufferSize = ({ clientWidth, clientHeight }: HTMLCanvasElement): [number, number] => {
  const scale = window.devicePixelRatio || 1;
  return [Math.round(clientWidth * scale), Math.round(clientHeight * scale)];
};

function isFitting(canvas: HTMLCanvasElement): boolean {
  const [width, height] = bufferSize(canvas);
  return canvas.width === width && canvas.height === height;
}

/** Makes the drawing buffer as fine as the screen, and clears it. */
function fit(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = window.devicePixelRatio || 1;
  const [fullWidth, fullHeight] = bufferSize(canvas);
  if (canvas.width !== fullWidth || canvas.height !== fullHeight) {
    canvas.width = fullWidth;
    canvas.height = fullHeight;
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { width, height };
}

function readPalette(): Palette {
  return {
    beat: colour("beat"),
    down: colour("down"),
    ink: colour("ink"),
    muted: colour("muted"),
    line: colour("line"),
    surface: colour("surface"),
  };
}
