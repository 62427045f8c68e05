/** Words of the audit log. */
export const audit = {
  title: "Audit",
  intro:
    "Every change of the fleet, by whom and when. The lines are chained: the export can be checked with tactus cloud audit verify.",
  export: "Export all",
  columns: ["When", "Who", "What", "To what", "How"],
  filters: { by: "Who, as in: Ada", action: "What, as in: device.claim", subject: "To what, as in: club.main" },
  filter: "Filter",
  none: "Nothing is noted like that.",
  noneWhy: "The filters want the whole word: device.claim, not claim.",
} as const;
