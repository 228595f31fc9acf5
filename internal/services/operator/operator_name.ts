/** Who the operator is to the API server: the owner of the fields that it applies. Another name would leave the old one's fields behind. */
export const FIELD_MANAGER = "global-cluster-operator";
