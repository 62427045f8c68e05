/** Where a box belongs: its venue, its name, its tags. */
import type { Problem } from "@tactus/cloud";
import { useId } from "react";
import type { Place } from "../api/fleet.js";
import { Field } from "../components/form.js";
import { useCloud } from "../context.js";
import { messages } from "../messages.js";
import { slugOf, tagsOf } from "./claim-code.js";

/** As typed. */
export interface PlaceText {
  venue: string;
  name: string;
  tags: string;
}
export const NO_PLACE: PlaceText = { venue: "", name: "", tags: "" };

export const placeOf = ({ venue, name, tags }: PlaceText): Place => ({
  venue: slugOf(venue),
  device: slugOf(name),
  ...(name.trim() === "" ? {} : { name: name.trim() }),
  tags: tagsOf(tags),
});

interface PlaceFieldsProps {
  place: PlaceText;
  problem: Problem | undefined;
  onPlace(place: PlaceText): void;
}

export function PlaceFields({ place, problem, onPlace }: PlaceFieldsProps) {
  const { claim } = messages;
  const { store } = useCloud();
  const list = useId();
  const devices = [...store.view().devices.values()];
  const venues = [...new Set(devices.map(({ venue }) => venue))].sort();
  const slug = slugOf(place.venue);
  const venueHint =
    slug === "" ? claim.venueHint : venues.includes(slug) ? claim.venueKnown(slug) : claim.venueNew(slug);
  const id = `${slug}.${slugOf(place.name)}`;
  return (
    <>
      <Field label={claim.venue} name="venue" problem={problem} hint={venueHint}>
        {(control) => (
          <>
            <input
              {...control}
              required
              list={list}
              autoComplete="off"
              value={place.venue}
              onChange={(event) => onPlace({ ...place, venue: event.target.value })}
            />
            <datalist id={list}>
              {venues.map((venue) => (
                <option key={venue} value={venue} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field
        label={claim.device}
        name="device"
        problem={problem}
        hint={slugOf(place.name) === "" ? claim.deviceHint : claim.address(id)}
      >
        {(control) => (
          <input
            {...control}
            required
            maxLength={80}
            autoComplete="off"
            value={place.name}
            onChange={(event) => onPlace({ ...place, name: event.target.value })}
          />
        )}
      </Field>
      <Field label={claim.tags} name="tags" problem={problem} hint={claim.tagsHint}>
        {(control) => (
          <input
            {...control}
            autoComplete="off"
            value={place.tags}
            onChange={(event) => onPlace({ ...place, tags: event.target.value })}
          />
        )}
      </Field>
    </>
  );
}
