/** A claim code and a place into a box of the fleet; its page follows. */
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { claimDevice } from "../api/fleet.js";
import { Field, onSubmit, useDeed, Wrong } from "../components/form.js";
import { messages } from "../messages.js";
import { codeAsTyped, isWholeCode } from "./claim-code.js";
import { NO_PLACE, PlaceFields, placeOf } from "./place-fields.js";

const FIELDS = ["code", "venue", "device", "tags"] as const;

export function ClaimForm() {
  const { claim } = messages;
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const [place, setPlace] = useState(NO_PLACE);
  const [replace, setReplace] = useState(false);
  const deed = useDeed(claimDevice, async ({ device }) => {
    await queries.invalidateQueries({ queryKey: ["claims"] });
    await navigate({ to: "/devices/$id", params: { id: device } });
  });
  const { problem } = deed;
  const isTaken = problem?.status === 409;
  return (
    <form className="card" onSubmit={onSubmit(() => deed.mutate({ code, ...placeOf(place), replace }))}>
      <p>{claim.intro}</p>
      <Field label={claim.code} name="code" problem={problem} hint={claim.codeHint}>
        {(control) => (
          <input
            {...control}
            required
            className="code"
            inputMode="text"
            autoCapitalize="characters"
            autoComplete="one-time-code"
            spellCheck={false}
            placeholder="ABCD-EFGH"
            value={code}
            onChange={(event) => setCode(codeAsTyped(event.target.value))}
          />
        )}
      </Field>
      <PlaceFields place={place} problem={isTaken ? undefined : problem} onPlace={setPlace} />
      <Wrong problem={problem} fields={isTaken ? [] : FIELDS} />
      {(isTaken || replace) && (
        <label className="check">
          <input type="checkbox" checked={replace} onChange={(event) => setReplace(event.target.checked)} />
          {claim.replace}
        </label>
      )}
      <button type="submit" className="primary" disabled={deed.isPending || !isWholeCode(code)}>
        {deed.isPending ? claim.going : claim.go}
      </button>
    </form>
  );
}
