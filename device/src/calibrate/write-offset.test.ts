import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "@tactus/shared";
import { afterAll, describe, expect, it } from "vitest";
import { writeOffset } from "./write-offset.js";

const folder = mkdtempSync(join(tmpdir(), "tactus-offset-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

describe("writeOffset()", () => {
  it("makes the file and its folder when there is none", async () => {
    await writeOffset(path("new/device.yaml"), -35.5);

    expect(readFileSync(path("new/device.yaml"), "utf8")).toBe("captureOffsetMs: -35.5\n");
  });

  it("changes the one value and leaves everything else, comments too", async () => {
    writeFileSync(
      path("kept.yaml"),
      "# The bar\nsource: default # the desk\ncaptureOffsetMs: 3\nmqtt:\n  port: 1884\n",
    );

    await writeOffset(path("kept.yaml"), -12);

    expect(readFileSync(path("kept.yaml"), "utf8")).toBe(
      "# The bar\nsource: default # the desk\ncaptureOffsetMs: -12\nmqtt:\n  port: 1884\n",
    );
  });

  it("leaves a file alone that is not YAML", async () => {
    writeFileSync(path("broken.yaml"), "a: [1,\n");

    await expect(writeOffset(path("broken.yaml"), 1)).rejects.toThrow(InputError);
    expect(readFileSync(path("broken.yaml"), "utf8")).toBe("a: [1,\n");
  });
});
