/** Boxes that wait to be claimed: who they are, never their codes. */
import { useQuery } from "@tanstack/react-query";
import { listClaims } from "../api/fleet.js";
import { Asked, Empty } from "../components/query-states.js";
import { useNow } from "../components/use-now.js";
import { agoText, durationText } from "../format.js";
import { messages } from "../messages.js";

const AGAIN_MS = 3000;

export function WaitingBoxes() {
  const { claim } = messages;
  const now = useNow(1000);
  const query = useQuery({
    queryKey: ["claims"],
    queryFn: ({ signal }) => listClaims(signal),
    refetchInterval: AGAIN_MS,
  });
  return (
    <section className="card" aria-labelledby="waiting-title">
      <h2 id="waiting-title">{claim.waitingTitle}</h2>
      <Asked query={query} rows={1}>
        {({ claims }) =>
          claims.length === 0 ? (
            <Empty title={claim.noneWaiting}>{claim.noneWaitingWhy}</Empty>
          ) : (
            <ul className="lines">
              {claims.map(({ serial, keyFingerprint, createdUs, expiresUs }) => (
                <li key={keyFingerprint}>
                  <strong>{serial}</strong>
                  <small>
                    {claim.waiting(agoText(createdUs, now), durationText(expiresUs - now), keyFingerprint.slice(0, 16))}
                  </small>
                </li>
              ))}
            </ul>
          )
        }
      </Asked>
    </section>
  );
}
