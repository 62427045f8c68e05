/** A box that shows a code, or one that will come, into its place in the fleet. */

import { NeedsAdmin } from "../components/needs-admin.js";
import { ClaimForm } from "../fleet/claim-form.js";
import { Preauthorizations } from "../fleet/preauthorizations.js";
import { WaitingBoxes } from "../fleet/waiting-boxes.js";
import { messages } from "../messages.js";

export function ClaimPage() {
  return (
    <div className="page page-narrow">
      <h1>{messages.claim.title}</h1>
      <NeedsAdmin>
        <ClaimForm />
        <WaitingBoxes />
        <Preauthorizations />
      </NeedsAdmin>
    </div>
  );
}
