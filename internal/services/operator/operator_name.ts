/** The operator's name for the API server, as the owner of the fields that it applies. Never change it: fields of the old name would stay behind. */
export const FIELD_MANAGER = "global-cluster-operator";
