/** Words of the fleet page. */

export const fleet = {
  title: "Rooms",
  counts: (online: number, all: number) => `${online} of ${all} online`,
  search: "Find a room",
  columns: ["Room", "Tempo", "Confidence", "Sound", "Hand", "Seen"],
  none: "No room goes by that name.",
  emptyTitle: "No room has reported yet",
  empty: [
    "A box in a venue appears here by itself as soon as it connects. On this machine, one command brings up a cloud and a box that plays a recording:",
    "A box of your own needs this cloud's address. It then shows a claim code, on its console and on its own page; type it in here, with the admin token from the cloud's data directory:",
  ],
  emptyCommands: [
    "npm start",
    [
      "# device.yaml, for: tactus device --config device.yaml",
      "cloud:",
      "  url: http://<this cloud>:8080",
      "",
      "# then, with the code that the box shows",
      'curl -H "Authorization: Bearer <admin token>" -H "Content-Type: application/json" \\',
      '  -d \'{"code":"ABCD-EFGH","venue":"my-venue","device":"box"}\' http://<this cloud>:8080/api/v1/devices/claim',
    ].join("\n"),
  ],
  waiting: "Asking the cloud which rooms there are …",
} as const;
