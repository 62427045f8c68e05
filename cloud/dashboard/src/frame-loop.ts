/** The browser's frames to everybody who draws, from one loop that rests when nobody does. */

/** Microseconds on this page's monotonic clock. */
export const pageNowUs = (): number => (performance.timeOrigin + performance.now()) * 1000;

/** Half a frame at 60 Hz: what is due by then is shown now, which is nearest to its time. */
const HALF_FRAME_US = 8333;

type Draw = (frameUs: number) => void;

const drawers = new Set<Draw>();
let running = false;

/** `draw` gets the instant the frame stands for, on the page's clock. Returns how to stop. */
export function onFrame(draw: Draw): () => void {
  drawers.add(draw);
  if (!running) {
    running = true;
    requestAnimationFrame(tick);
  }
  return () => drawers.delete(draw);
}

function tick(frameStart: DOMHighResTimeStamp): void {
  const frameUs = (performance.timeOrigin + frameStart) * 1000 + HALF_FRAME_US;
  for (const draw of drawers) draw(frameUs);
  running = drawers.size > 0;
  if (running) requestAnimationFrame(tick);
}
