/** A long list into its JSON, piece by piece, so that nobody waits while thousands of things are written down. */

/** About a millisecond of work. */
const PIECE = 100;

/** `{"<name>":[…],"next":…}` as a stream; each thing is written down when it is its turn. */
export function jsonPieces(name: string, things: readonly unknown[], next: string | null): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const tail = `],"next":${JSON.stringify(next)}}`;
  let at = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        const piece = things.slice(at, at + PIECE).map((thing) => JSON.stringify(thing));
        const head = at === 0 ? `{${JSON.stringify(name)}:[` : "";
        const separator = at > 0 && piece.length > 0 ? "," : "";
        at += piece.length;
        const isLast = at >= things.length;
        controller.enqueue(encoder.encode(`${head}${separator}${piece.join(",")}${isLast ? tail : ""}`));
        if (isLast) controller.close();
        else await new Promise((resolve) => setImmediate(resolve));
      },
    },
    { highWaterMark: 1 },
  );
}
