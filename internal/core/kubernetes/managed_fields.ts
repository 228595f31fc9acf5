/** Which fields somebody set last: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
export interface ManagedFields {
  readonly manager?: string;
  /** Through which part of the API, for example `status` or `scale`; none: the object itself. */
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

/**
 * `f:NAME` for each field of a structure and `k:{"KEY":VALUE}` for each item of a list, with the set of the fields in it; `.` is the
 * structure or item itself.
 */
export interface FieldSet {
  readonly [field: string]: FieldSet;
}
