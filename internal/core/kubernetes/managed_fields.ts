/** Which fields a manager set last: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
export interface ManagedFields {
  readonly manager?: string;
  /** The part of the API that was used, for example `status` or `scale`; absent: the object itself. */
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

/**
 * `f:NAME` is a field of a structure and `k:{"KEY":VALUE}` an item of a list, each with the set of its own fields. `.` is the structure or
 * item itself.
 */
export interface FieldSet {
  readonly [field: string]: FieldSet;
}
