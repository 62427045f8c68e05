/** How warm the box is and how much room its disk has, as the system says. */
import { readdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";

export interface BoxReading {
  temperatureC?: number;
  diskFreeMb?: number;
}

const THERMAL = "/sys/class/thermal";

/** What cannot be read is left out. `folder`: where the box keeps its state. */
export async function readBox(folder: string): Promise<BoxReading> {
  const [temperatureC, diskFreeMb] = await Promise.all([warmest(), freeMb(folder)]);
  return {
    ...(temperatureC === undefined ? {} : { temperatureC }),
    ...(diskFreeMb === undefined ? {} : { diskFreeMb }),
  };
}

/** The warmest zone of the system that gives a believable number. */
async function warmest(): Promise<number | undefined> {
  const zones = (await readdir(THERMAL).catch((): string[] => [])).filter((name) => name.startsWith("thermal_zone"));
  const readings = await Promise.all(
    zones.map((zone) =>
      readFile(join(THERMAL, zone, "temp"), "utf8").then(
        (text) => Number(text) / 1000,
        () => Number.NaN,
      ),
    ),
  );
  const believable = readings.filter((reading) => reading > -60 && reading < 200);
  return believable.length > 0 ? Math.round(Math.max(...believable) * 10) / 10 : undefined;
}

async function freeMb(folder: string): Promise<number | undefined> {
  const disk = await statfs(folder).catch(() => undefined);
  return disk ? Math.round((disk.bavail * disk.bsize) / 2 ** 20) : undefined;
}
