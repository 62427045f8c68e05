/** What is said of every route, from all parts. */
import { alertDocs } from "./alerts/alert-docs.js";
import { auditDocs } from "./audit/audit-docs.js";
import { overrideDocs } from "./control/override-docs.js";
import { graphqlDocs } from "./graphql/graphql-docs.js";
import { identityDocs } from "./identity/identity-docs.js";
import { liveDocs } from "./live/live-docs.js";
import type { RouteDocs } from "./middleware/route-doc.js";
import { modelDocs } from "./models/model-docs.js";
import { openApiDocs } from "./openapi/openapi-docs.js";
import { queryDocs } from "./query/query-docs.js";
import { rolloutDocs } from "./rollouts/rollout-docs.js";
import { telemetryDocs } from "./telemetry/telemetry-docs.js";
import { trackDocs } from "./tracks/track-docs.js";
import { twinDocs } from "./twin/twin-docs.js";
import { userDocs } from "./users/user-docs.js";

export const ROUTE_DOCS: RouteDocs = {
  ...openApiDocs,
  ...userDocs,
  ...identityDocs,
  ...queryDocs,
  ...telemetryDocs,
  ...overrideDocs,
  ...twinDocs,
  ...trackDocs,
  ...graphqlDocs,
  ...modelDocs,
  ...rolloutDocs,
  ...alertDocs,
  ...auditDocs,
  ...liveDocs,
};
