/** Alerts that are not cleared, asked again every some seconds; shared by everybody who shows them. */
import type { StoredAlert } from "@tactus/cloud";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { listAlerts } from "./api/alerts.js";

const AGAIN_MS = 10_000;
const NONE: StoredAlert[] = [];

export const OPEN_ALERTS = ["alerts", "open"] as const;

export function useOpenAlerts(): { alerts: StoredAlert[]; byDevice: ReadonlyMap<string, StoredAlert[]> } {
  const { data } = useQuery({
    queryKey: OPEN_ALERTS,
    queryFn: ({ signal }) => listAlerts({ state: "open", limit: 500 }, signal),
    refetchInterval: AGAIN_MS,
  });
  const alerts = data?.alerts ?? NONE;
  const byDevice = useMemo(() => {
    const found = new Map<string, StoredAlert[]>();
    for (const alert of alerts) found.set(alert.subject, [...(found.get(alert.subject) ?? []), alert]);
    return found;
  }, [alerts]);
  return { alerts, byDevice };
}
