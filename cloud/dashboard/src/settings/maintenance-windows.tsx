/** When the boxes of a venue may be worked on: weekdays and times, or a cron line. */
import type { VenueSettings } from "@tactus/cloud";
import { messages } from "../messages.js";

const { venues: words } = messages.settings;
type Window = VenueSettings["windows"][number];
type Weekly = Extract<Window, { from: string }>;
type Day = Weekly["days"][number];

const DAYS = Object.keys(words.days) as Day[];
const NEW: Weekly = { days: DAYS, from: "04:00", to: "08:00" };
const MAX_WINDOWS = 16;

interface WindowsProps {
  windows: Window[];
  isLocked: boolean;
  onWindows(windows: Window[]): void;
}

export function MaintenanceWindows({ windows, isLocked, onWindows }: WindowsProps) {
  const put = (index: number, next: Window) => onWindows(windows.map((window, at) => (at === index ? next : window)));
  return (
    <fieldset className="checks" disabled={isLocked}>
      <legend>{words.windows}</legend>
      {windows.map((window, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: windows have no names, their place is what they are
        <div key={index} className="window">
          {"cron" in window ? (
            <code>{words.cron(window.cron, window.minutes)}</code>
          ) : (
            <WeeklyLine number={index + 1} window={window} onWindow={(next) => put(index, next)} />
          )}
          {windows.length > 1 && (
            <button
              type="button"
              className="quiet"
              aria-label={words.removeWindow(index + 1)}
              onClick={() => onWindows(windows.filter((_, at) => at !== index))}
            >
              {messages.common.remove}
            </button>
          )}
        </div>
      ))}
      {windows.length < MAX_WINDOWS && (
        <button type="button" className="quiet" onClick={() => onWindows([...windows, NEW])}>
          {words.addWindow}
        </button>
      )}
    </fieldset>
  );
}

interface WeeklyProps {
  number: number;
  window: Weekly;
  onWindow(window: Weekly): void;
}

function WeeklyLine({ number, window, onWindow }: WeeklyProps) {
  const toggle = (day: Day) => {
    const days = DAYS.filter((one) => (one === day ? !window.days.includes(day) : window.days.includes(one)));
    if (days.length > 0) onWindow({ ...window, days });
  };
  return (
    <>
      <span className="days">
        {DAYS.map((day) => (
          <button
            key={day}
            type="button"
            className="quiet"
            aria-pressed={window.days.includes(day)}
            aria-label={words.dayOf(number, words.days[day])}
            onClick={() => toggle(day)}
          >
            {words.days[day]}
          </button>
        ))}
      </span>
      <input
        type="time"
        required
        aria-label={words.fromOf(number)}
        value={window.from}
        onChange={(event) => onWindow({ ...window, from: event.target.value })}
      />
      <input
        type="time"
        required
        aria-label={words.toOf(number)}
        value={window.to}
        onChange={(event) => onWindow({ ...window, to: event.target.value })}
      />
    </>
  );
}
