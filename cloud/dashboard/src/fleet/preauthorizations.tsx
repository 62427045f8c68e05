/** Serials that are let in before they come: a box with one needs no code. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { listPreauthorizations, preauthorize, withdrawPreauthorization } from "../api/fleet.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { Asked } from "../components/query-states.js";
import { dayText } from "../format.js";
import { messages } from "../messages.js";
import { NO_PLACE, PlaceFields, placeOf } from "./place-fields.js";

const KEY = ["preauthorizations"] as const;
const DAYS = 90;

/** Folded away, it asks nothing. */
export function Preauthorizations() {
  const { claim } = messages;
  const [open, setOpen] = useState(false);
  return (
    <details className="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{claim.serialsTitle}</summary>
      {open && <Serials />}
    </details>
  );
}

function Serials() {
  const { claim } = messages;
  const queries = useQueryClient();
  const again = () => queries.invalidateQueries({ queryKey: KEY });
  const query = useQuery({ queryKey: KEY, queryFn: ({ signal }) => listPreauthorizations(signal) });
  const withdrawal = useDeed(withdrawPreauthorization, again);
  return (
    <>
      <p className="muted">{claim.serialsWhy}</p>
      <SerialForm onDone={again} />
      <Wrong problem={withdrawal.problem} />
      <Asked query={query} rows={1}>
        {({ preauthorizations }) => (
          <ul className="lines">
            {preauthorizations.map(({ serial, device, by, expiresUs }) => (
              <li key={serial}>
                <strong>{serial}</strong>
                <small>{claim.promised(device, by, dayText(expiresUs))}</small>
                <button
                  type="button"
                  className="quiet"
                  aria-label={claim.withdraw(serial)}
                  onClick={() => withdrawal.mutate(serial)}
                >
                  {messages.common.remove}
                </button>
              </li>
            ))}
          </ul>
        )}
      </Asked>
    </>
  );
}

function SerialForm({ onDone }: { onDone(): void }) {
  const { claim } = messages;
  const [serial, setSerial] = useState("");
  const [place, setPlace] = useState(NO_PLACE);
  const deed = useDeed(preauthorize, () => {
    setSerial("");
    setPlace({ ...place, name: "" });
    onDone();
  });
  return (
    <form onSubmit={onSubmit(() => deed.mutate({ serial: serial.trim(), ...placeOf(place), days: DAYS }))}>
      <Field label={claim.serial} name="serial" problem={deed.problem} hint={claim.serialHint}>
        {(control) => (
          <input
            {...control}
            required
            autoComplete="off"
            spellCheck={false}
            value={serial}
            onChange={(event) => setSerial(event.target.value)}
          />
        )}
      </Field>
      <PlaceFields place={place} problem={deed.problem} onPlace={setPlace} />
      <Wrong problem={deed.problem} fields={["serial", "venue", "device", "tags"]} />
      <button type="submit" disabled={deed.isPending}>
        {claim.letIn}
      </button>
    </form>
  );
}
