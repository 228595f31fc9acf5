import { MAX_HITS_PER_REQUEST } from "../../core/names.ts";

/** What the body of a request that counts must be, for its sender. */
export const BY_RULE = `Send no body to count one hit, or {"by": N} with a whole number N from 1 to ${MAX_HITS_PER_REQUEST}.`;
